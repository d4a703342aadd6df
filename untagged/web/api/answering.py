"""What every operation of the API does with its answer: tags, pages, moments."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from http import HTTPStatus
from types import UnionType
from typing import Annotated, Any, TypeVar

from fastapi import Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, BeforeValidator

from mentions.errors import Outdated, UntaggedError
from mentions.times import parse_duration, parse_moment
from untagged.web.page import clock_now

MAX_LIMIT = 200
"""Items on one page; a cursor leads to the next."""

TAGGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Not modified since the answer whose ETag was sent as If-None-Match"}
}
IfMatch = Annotated[
    str | None,
    Header(
        description="The ETag that was decided on; if the thing changed since, 412.", max_length=200
    ),
]


def answered(request: Request, body: Any, *, version: int | None = None) -> Response:
    """The body with its ETag; 304 if the caller has it already.

    The tag begins with the `version` of what it shows, where that has one.
    """
    answer = JSONResponse(body)
    digest = blake2b(bytes(answer.body), digest_size=8).hexdigest()
    tag = f'"{digest}"' if version is None else f'"{version}.{digest}"'
    known = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or f"W/{tag}" in known:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
    answer.headers["ETag"] = tag
    return answer


def version_in(if_match: str | None) -> int | None:
    """The version that an If-Match header names; None where none is asked for.

    Raises Outdated for what is no tag of ours: it matches nothing that is there.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    said = if_match.strip().removeprefix("W/").strip('"').partition(".")[0]
    if not (said.isascii() and said.isdigit()) or len(said) > 9:
        raise Outdated(f"If-Match {if_match} is no ETag of this; get it again and decide")
    return int(said)


def written_cursor(place: Sequence[Any]) -> str:
    """Where a page ended, as an opaque text."""
    plain = json.dumps([_written(one) for one in place], separators=(",", ":"))
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, *kinds: type | UnionType) -> tuple[Any, ...] | None:
    """What `written_cursor` wrote, each part of its kind. Raises UntaggedError."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return tuple(_read(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise UntaggedError("this cursor is broken; begin again without one") from error


def _written(part: Any) -> Any:
    return part.isoformat() if isinstance(part, datetime) else part


def _read(part: Any, kind: type | UnionType) -> Any:
    if isinstance(part, str):
        part = parse_moment(part)
    if not isinstance(part, kind) or isinstance(part, bool):
        raise TypeError(f"{part!r} is no {kind}")
    if isinstance(part, int) and not 0 <= part < 2**31:
        raise ValueError(f"{part} is no number of ours")
    return part


def _moment(said: object) -> datetime:
    if not isinstance(said, str):  # a number would be read as seconds, or as milliseconds
        raise ValueError("a time is text, such as 2026-02-21T18:00Z or now-7d")  # noqa: TRY004  # pydantic's way
    return parse_moment(said, now=clock_now())


def _positive(span: timedelta) -> timedelta:
    if span <= timedelta(0):
        raise ValueError("must be longer than nothing")
    return span


def _duration(said: object) -> timedelta:
    if not isinstance(said, str):
        raise ValueError("a duration is text, such as 15m or 7d")  # noqa: TRY004  # pydantic's way
    try:
        return parse_duration(said)
    except OverflowError as error:
        raise ValueError(f"{said!r} is longer than the calendar") from error


Moment = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=str)]
"""2026-02-21, 2026-02-21T18:00Z, now-7d or 7d."""
Span = Annotated[
    timedelta, BeforeValidator(_duration, json_schema_input_type=str), AfterValidator(_positive)
]
"""90s, 15m, 2h, 7d or 1h30m."""


def window(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    """The window asked for; the last week where nothing is said. Raises UntaggedError."""
    end = until or clock_now()
    try:
        start = since or end - timedelta(days=7)
    except OverflowError as error:
        raise UntaggedError("the window is outside the calendar; give since as well") from error
    if start >= end:
        raise UntaggedError("until must be after since")
    return start, end


Operation = TypeVar("Operation", bound=Callable[..., Any])
"""What an operation's decorator gives back as it came."""


class Body(BaseModel):
    """What a change sends; fields that nobody knows are refused."""

    model_config = {"extra": "forbid", "frozen": True}


def page_of(items: Sequence[Mapping[str, Any]], cursor: str | None, **more: Any) -> dict[str, Any]:
    """One page as JSON; `next` is None on the last."""
    return {"items": list(items), "next": cursor, **more}

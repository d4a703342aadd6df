"""A row of somebody's file as a mention."""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

from mentions.collected import Reject
from mentions.errors import BadPost
from mentions.mention import Added, Mention
from spiders.columns import Columns
from spiders.quarantine import rejected
from spiders.rows import Row, decoded

PLATFORM = "file"
_ROUNDED = re.compile(r"[+-]?\d([.,]\d+)?[eE]\+?\d+")
_EPOCH = re.compile(r"(\d{10}|\d{13})(\.\d+)?")
"""Seconds from 2001 to 2286, or milliseconds; a shorter number may be a date without dashes."""
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+")
_MAX_COUNT = 2**53

_Said = Callable[[str], Any]


def row_mention(
    row: Row, columns: Columns | None, *, source: str, now: datetime, added: Added
) -> Mention | Reject:
    """Read a row with its column map, or by the names of a mention's own fields."""
    if row.problem:
        return rejected(source, f"{row.place} {row.problem}", row.values)
    try:
        values = _used(row, columns)
        record = _mapped(values, columns) if columns else _named(values)
        shared = {"source": source, "collected": now, "added": added}
        return Mention.from_json({**record, **shared})
    except BadPost as error:
        return rejected(source, f"{row.place}: {error}", row.values)


def _mapped(values: Mapping[str, Any], columns: Columns) -> dict[str, Any]:
    def said(field: str) -> Any:
        column = getattr(columns, field)
        return columns.constant.get(field) if column is None else values.get(column)

    zone = ZoneInfo(columns.timezone) if columns.timezone else None
    native_id = _joined_id([values.get(name) for name in columns.ids])
    return {"native_id": native_id, **_fields(said, zone, columns.published_format)}


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    """A record whose keys are a mention's fields; counts may be in `engagement` or beside it."""
    engagement = values.get("engagement")
    flat = {**(engagement if isinstance(engagement, dict) else {}), **values}
    native_id = _joined_id([flat.get("native_id") or flat.get("id")])
    tags = flat.get("tags")
    record = {"native_id": native_id, **_fields(flat.get, None, None)}
    return {**record, "tags": tags} if isinstance(tags, list) else record


def _fields(said: _Said, zone: ZoneInfo | None, published_format: str | None) -> dict[str, Any]:
    published, doubt = _moment(said("published"), "published", zone, published_format)
    if published is None:
        raise BadPost("has no published time")
    edited, _ = _moment(said("edited"), "edited", zone, published_format)
    return {
        "platform": _text(said("platform")) or PLATFORM,
        "kind": _text(said("kind")).lower() or "post",
        "text": _text(said("text")),
        "title": _text(said("title")),
        "url": _text(said("url")),
        "lang": _text(said("lang")) or "und",
        "reply_to": _text(said("reply_to")),
        "thread": _text(said("thread")),
        "author": _author(said),
        "published": published,
        "edited": edited,
        "rating": _number(said("rating"), "rating"),
        "engagement": {name: _count(said(name), name) for name in ("likes", "shares", "replies")},
        "reasons": {"published": doubt} if doubt else {},
    }


def _author(said: _Said) -> dict[str, Any]:
    """An author column holds a handle where it has no spaces, else a name."""
    given = said("author")
    if isinstance(given, dict):
        known = ("id", "name", "handle", "url", "followers")
        return {name: given[name] for name in known if given.get(name) is not None}
    text = _text(given).strip()
    is_handle = bool(text) and not any(char.isspace() for char in text)
    return {
        "handle": text.removeprefix("@") if is_handle else "",
        "name": _text(said("author_name")) or ("" if is_handle else text),
        "id": _text(said("author_id")),
        "followers": _count(said("followers"), "followers"),
    }


def _joined_id(parts: list[Any]) -> str:
    """One column as it is; several as a digest of all, which stays the same for ever."""
    texts = [_text(part) for part in parts]
    if not any(text.strip() for text in texts):
        raise BadPost("has no id")
    if len(texts) > 1:
        joined = json.dumps(texts, ensure_ascii=True)
        return hashlib.sha256(joined.encode()).hexdigest()[:32]
    said = texts[0].strip()
    if _ROUNDED.fullmatch(said) or (isinstance(parts[0], float) and abs(parts[0]) >= _MAX_COUNT):
        raise BadPost(
            f"id {said} was rounded by a spreadsheet, so that several posts share it; name more"
            " columns in the column map, as in id: [tweet_id, author, published, text]"
        )
    return said


def _moment(
    value: Any, name: str, zone: ZoneInfo | None, written: str | None
) -> tuple[datetime | None, str]:
    """The moment in UTC, and what is doubtful about it. Raises BadPost."""
    if value is None or value == "":
        return None, ""
    try:
        read = _read_moment(value, written)
        if read.tzinfo is not None:
            return read.astimezone(UTC), ""
        if zone is None:
            raise BadPost(f"{name} {value!r} has no time zone; name one in the column map")
        local = read.replace(tzinfo=zone)
        moment = local.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadPost(f"{name} {str(value)[:100]!r} is no time that can be read") from error
    if local.utcoffset() == local.replace(fold=1).utcoffset():
        return moment, ""
    return moment, f"clocks in {zone.key} showed {read} twice or never; the earlier is taken"


def _read_moment(value: Any, written: str | None) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time_of_day())
    said = str(value).strip()
    if written:
        return datetime.strptime(said, written)  # noqa: DTZ007 - the zone is the caller's to add
    if _EPOCH.fullmatch(said):
        seconds = float(said)
        return datetime.fromtimestamp(seconds / (1000 if seconds > 1e11 else 1), UTC)
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        return parsedate_to_datetime(said)


def _count(value: Any, name: str) -> int | None:
    number = _number(value, name)
    if number is None:
        return None
    if number < 0 or number >= _MAX_COUNT or number != int(number):
        raise BadPost(f"{name} {value!r} is no count")
    return int(number)


def _number(value: Any, name: str) -> float | None:
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    said = str(value).strip()
    try:
        number = float(said.replace(",", "") if _GROUPED.fullmatch(said) else said)
    except (ValueError, OverflowError) as error:
        raise BadPost(f"{name} {said[:100]!r} is no number") from error
    if not math.isfinite(number):
        raise BadPost(f"{name} {said} is no number")
    return number


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        raise BadPost(f"{json.dumps(value, default=str)[:100]} stands where a text belongs")
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < _MAX_COUNT else repr(value)
    return value if isinstance(value, str) else str(value)


def _used(row: Row, columns: Columns | None) -> dict[str, Any]:
    """The values that the map names, decoded: damage in other columns does no harm."""
    names = columns.needed if columns else tuple(row.values)
    encoding = columns.encoding if columns else None
    values = {name: row.values.get(name) for name in names}
    try:
        return {
            name: decoded(value, encoding) if isinstance(value, str | bytes) else value
            for name, value in values.items()
        }
    except UnicodeError as error:
        raise BadPost(str(error)) from error

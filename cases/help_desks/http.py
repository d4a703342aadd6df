"""Talking to help desks: one request at a time, answers of bounded size, errors as ours."""

import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import httpx

from cases.case import plain
from mentions.errors import DeliveryDelayed, DeliveryRefused
from mentions.webhooks import TIMEOUT_SECONDS, retry_after

MAX_BYTES = 5_000_000
"""A hundred tickets with all their fields are a tenth of it."""
ANSWER_SECONDS = 60.0
"""For the whole body: the time limit of a request is for each piece of it."""
MAX_SAID = 300
"""Characters of a desk's own words that an error repeats."""


class DeskAway(DeliveryDelayed):
    """The desk did not answer, or says when it wants to be asked again: so for all its tickets."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `data` is the body if it was JSON, else None."""

    status: int
    headers: Mapping[str, str]
    data: Any

    @property
    def is_success(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300


def request(
    desk: str,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    params: Mapping[str, str | int] | None = None,
    body: Any = None,
    content: bytes | None = None,
    form: Mapping[str, str] | None = None,
) -> Answer:
    """Send it and read what comes back, whatever its status. Raises DeskAway, DeliveryDelayed.

    Redirects are not followed: they would carry credentials to where nobody configured them to go.
    """
    sent = {"accept": "application/json", "user-agent": "untagged", **(headers or {})}
    try:
        with (
            httpx.Client(
                timeout=TIMEOUT_SECONDS, follow_redirects=False, auth=auth, verify=_authorities()
            ) as client,
            client.stream(
                method, url, headers=sent, params=params, json=body, content=content, data=form
            ) as answer,
        ):
            return Answer(answer.status_code, answer.headers, _json(_read(answer, desk)))
    except httpx.InvalidURL as error:
        raise DeliveryRefused(f"{desk}: its address is wrong: {error}") from error
    except httpx.HTTPError as error:
        # Without the address and the request, which may hold what nobody else may read.
        raise DeskAway(f"{desk} did not answer: {type(error).__name__}") from error


@cache  # reading them takes a fifth of a second, and a pass asks for many things
def _authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _read(answer: httpx.Response, desk: str) -> bytes:
    started, read = time.monotonic(), bytearray()
    for piece in answer.iter_bytes():
        read += piece
        if len(read) > MAX_BYTES:
            raise DeliveryDelayed(f"{desk} answered more than {MAX_BYTES:,} bytes")
        if time.monotonic() - started > ANSWER_SECONDS:
            raise DeskAway(f"{desk} did not finish its answer in {ANSWER_SECONDS:g} seconds")
    return bytes(read)


def _json(read: bytes) -> Any:
    try:
        return json.loads(read)
    except (ValueError, RecursionError):
        return None


def judged(
    desk: str,
    answer: Answer,
    *,
    now: datetime,
    said: Callable[[Any], str],
    variables: tuple[str, ...],
) -> Answer:
    """The answer if it is a success; `said` finds the desk's own words in the body of an error.

    Raises DeliveryDelayed, also for credentials that are refused: somebody may be changing them.
    """
    if answer.is_success:
        return answer
    words = plain(_safely(said, answer.data)).strip()[:MAX_SAID]
    why = f"{desk} answered {answer.status}" + (f": {words}" if words else "")
    match answer.status:
        case 401:
            names = " and ".join(variables)
            raise DeliveryDelayed(f"{why}; it does not take the credentials in {names}")
        case 403:
            raise DeliveryDelayed(f"{why}; give our account the rights in docs/help-desks.md")
        case 404 | 410:
            raise DeliveryRefused(f"{why}; it is not there, or our account may not see it")
        case 400 | 405 | 413 | 415 | 422:
            raise DeliveryRefused(f"{why}; correct the settings or the desk, and resend")
        case status if 300 <= status < 400:
            raise DeliveryRefused(f"{why}, a redirect; put its final address in the settings")
    after = retry_after(answer.headers.get("retry-after", ""), now)
    if after is not None:
        raise DeskAway(why, after_seconds=after)
    raise DeliveryDelayed(why)


def _safely(said: Callable[[Any], str], data: Any) -> str:
    """The desk's words; an error page of a proxy has none where they are looked for."""
    try:
        return said(data)
    except (AttributeError, IndexError, KeyError, TypeError):
        return ""


def unreadable(desk: str) -> DeliveryDelayed:
    """The error for an answer that is not as documented."""
    return DeliveryDelayed(f"{desk} answered something unreadable; is its address right?")


@contextmanager
def understanding(desk: str) -> Iterator[None]:
    """Turn what an adapter stumbles over in an answer into a delay that says so."""
    try:
        yield
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise unreadable(desk) from error

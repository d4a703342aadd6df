"""How long a server asks to be left alone, and whose turn it is at each host."""

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from math import isnan

from mentions.errors import SourceUnavailable
from mentions.times import as_utc
from spiders.run import Quota

MAX_WAIT_SECONDS = 60.0
"""A longer rest ends the pass; the source goes on in one that starts after it."""
MAX_REST = timedelta(hours=24)
"""A server that asks for more is wrong or hostile; we look again after a day."""
_TOO_MANY = 429
_BUSY = 503
_LIMITS = ("x-ratelimit", "x-rate-limit", "ratelimit")
_BAD_REQUEST = 400
_IN_SECONDS = re.compile(r"in (\d{1,9}) seconds?")


def asked_seconds(status: int, headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds that an answer asks us to wait, or None; header names in lower case.

    Reads Retry-After of 429 and 503 in both its forms (RFC 9110, 10.2.3), and a used-up
    X-RateLimit (X: X-Rate-Limit; Bluesky: RateLimit) with its reset as seconds, epoch seconds or
    ISO time (Mastodon).
    """
    server_now = _moment(headers.get("date", "")) or now
    if status in (_TOO_MANY, _BUSY) and (said := headers.get("retry-after")):
        return _span(said, server_now, may_be_epoch=False)
    if status == _TOO_MANY or _is_used_up(headers):
        resets = (headers.get(f"{name}-reset") for name in _LIMITS)
        said = next((reset for reset in resets if reset), None)
        return _span(said, server_now, may_be_epoch=True) if said else None
    return None


def said_quota(headers: Mapping[str, str]) -> Quota | None:
    """How many requests the host still allows, where its headers say so; names in lower case."""
    for name in _LIMITS:
        left, limit = _whole(headers, f"{name}-remaining"), _whole(headers, f"{name}-limit")
        if left is not None:
            return Quota(left, limit)
    return None


def body_seconds(status: int, body: bytes) -> float | None:
    """Seconds that a refusal asks us to wait in its body, or None.

    Discourse says extras.wait_seconds with a 429, Stack Exchange with a 400 "throttle_violation"
    that "more requests [are] available in 81000 seconds".
    """
    if status not in (_TOO_MANY, _BAD_REQUEST):
        return None
    try:
        answer = json.loads(body)
        if status == _TOO_MANY:
            said = float(answer["extras"]["wait_seconds"])
        elif answer["error_name"] == "throttle_violation":
            said = float(_IN_SECONDS.findall(answer["error_message"])[-1])
        else:
            return None
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, OverflowError):
        return None
    return None if isnan(said) else min(max(said, 0.0), MAX_REST.total_seconds())


def _is_used_up(headers: Mapping[str, str]) -> bool:
    """Whether any limit leaves less than one request."""
    return any(_whole(headers, f"{name}-remaining") == 0 for name in _LIMITS)


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    """The number in a header, rounded down; Reddit counts in parts: '0.0'."""
    try:
        return max(int(float(headers.get(name, ""))), 0)
    except (ValueError, OverflowError):
        return None


def _span(said: str, server_now: datetime, *, may_be_epoch: bool) -> float | None:
    """Seconds from what a header says; moments are told by the server's own clock."""
    said = said.strip()
    try:
        seconds = float(said)
        if may_be_epoch and seconds > server_now.timestamp() / 2:
            seconds -= server_now.timestamp()
    except (ValueError, OverflowError):
        moment = _moment(said)
        if moment is None:
            return None
        seconds = (moment - server_now).total_seconds()
    return None if isnan(seconds) else min(max(seconds, 0.0), MAX_REST.total_seconds())


def _moment(said: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return as_utc(read(said))
        except (ValueError, OverflowError):
            continue
    return None


class Turns:
    """Whose turn it is: requests to one host keep their distance, whichever source sends them."""

    def __init__(self) -> None:
        self._next_at: dict[str, float] = {}
        self._rest_until: dict[str, float] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def lock(self, host: str) -> asyncio.Lock:
        """Held by the one request that the host is answering."""
        return self._locks.setdefault(host, asyncio.Lock())

    async def take(self, host: str, *, distance: float) -> None:
        """Wait for this request's turn. Raises SourceUnavailable where that would be too long."""
        clock = asyncio.get_running_loop().time
        at = max(clock(), self._next_at.get(host, 0.0), self._rest_until.get(host, 0.0))
        self._next_at[host] = at + distance
        # The host may ask for a rest while we wait.
        while (wait := max(at, self._rest_until.get(host, 0.0)) - clock()) > 0:
            if wait > MAX_WAIT_SECONDS:
                raise SourceUnavailable(
                    f"{host} asked us to wait {wait:.0f} s", after_seconds=round(wait, 1)
                )
            await asyncio.sleep(wait)

    def rest(self, host: str, seconds: float) -> None:
        """Leave the host alone for that long."""
        until = asyncio.get_running_loop().time() + seconds
        self._rest_until[host] = max(until, self._rest_until.get(host, 0.0))

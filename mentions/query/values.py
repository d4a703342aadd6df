"""Values: what may stand behind a field's colon, read by the field's type."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import get_args

from mentions.fields import QueryField
from mentions.mention import Added, IntentLabel, Kind, SentimentLabel
from mentions.query.pattern import escaped, excess, pieces
from mentions.query.suggestion import nearest
from mentions.query.tree import Scalar
from mentions.times import parse_moment

MAX_NUMBER = 2**53
"""Beyond it a float no longer tells neighbours apart, and the stores would differ."""
MAX_KEYWORD_CHARACTERS = 8_000
"""Lucene refuses a term over 32,766 bytes, and a character takes up to four of them."""
_IDS = ("id", "cluster")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_EXTENTS = (
    (re.compile(r"[0-9]{4}-?W[0-9]{2}"), timedelta(weeks=1)),
    (re.compile(r"[0-9W-]+"), timedelta(days=1)),
    (re.compile(r"[^T ]+[T ][0-9]{2}(Z|[+-][0-9:]+)?"), timedelta(hours=1)),
    (re.compile(r"[^T ]+[T ][0-9]{2}:?[0-9]{2}(Z|[+-][0-9:]+)?"), timedelta(minutes=1)),
    (re.compile(r"[^T ]+[T ][0-9]{2}:?[0-9]{2}:?[0-9]{2}(Z|[+-][0-9:]+)?"), timedelta(seconds=1)),
)
"""How long what a moment names lasts; a fraction of a second names itself only."""
CHOICES = {
    "sentiment": get_args(SentimentLabel),
    "intent": get_args(IntentLabel),
    "kind": get_args(Kind),
    "added": get_args(Added),
}
"""Fields that hold one of a few words; any other word is a slip."""


class BadValue(ValueError):
    """The value is not of its field's type; `expected` says what is."""

    def __init__(self, message: str, expected: str) -> None:
        super().__init__(message)
        self.expected = expected


def number(field: QueryField, said: str) -> float:
    """Read a plain decimal number."""
    if not _NUMBER.fullmatch(said):
        raise BadValue(f"'{said}' is no {field.name}", "a number such as 3 or -0.5")
    if abs(float(said)) > MAX_NUMBER:
        raise BadValue(f"'{said}' is too large for {field.name}", f"at most {MAX_NUMBER:,}")
    return float(said)


def flag(field: QueryField, said: str) -> bool:
    """Read true or false."""
    if said.lower() not in ("true", "false"):
        raise BadValue(f"'{said}' is no value of {field.name}", "true or false")
    return said.lower() == "true"


def moments(field: QueryField, said: str, now: datetime | None) -> tuple[datetime, datetime]:
    """From (included) to (excluded): a day stands for all of it, and so does a minute."""
    try:
        start = parse_moment(said, now=now)
        return start, start + _extent(said)
    except (ValueError, OverflowError) as error:
        example = "2026-02-21 or 2026-02-21T18:00Z"
        expected = f"a date such as {example}" if now is None else f"{example}, or now-7d"
        raise BadValue(f"'{said}' is no time of {field.name}", expected) from error


def _extent(said: str) -> timedelta:
    fitting = (extent for written, extent in _EXTENTS if written.fullmatch(said))
    return next(fitting, timedelta(microseconds=1))


def is_relative(said: str) -> bool:
    """Whether it counts from now: 'now', 'now-7d', '7d'."""
    return said == "now" or said.lower().endswith(("s", "m", "h", "d", "w"))


def keyword(field: QueryField, said: str) -> str:
    """The value as it is stored and compared: see `stored_keyword`."""
    value = _READ.get(field.name, str)(said)
    allowed = CHOICES.get(field.name)
    if allowed and value.casefold() not in allowed:
        hint = nearest(value, allowed)
        raise BadValue(f"'{said}' is no {field.name}{hint}", ", ".join(allowed))
    if not value:
        raise BadValue(f"{field.name} has no value here", "a value, or * for any")
    return stored_keyword(field.name, value)


def keyword_pattern(field: QueryField, written: str) -> str:
    """The pattern over values as they are stored."""
    if limit := excess(written):
        raise BadValue("this pattern is too large", limit)
    parts = pieces(_without_at(written) if field.name == "author" else written)
    return "".join(
        char if is_wild else escaped(stored_keyword(field.name, char)) for is_wild, char in parts
    )


def stored_keyword(field: str, value: str) -> str:
    """A keyword value as both stores keep it and the matcher compares it.

    Case-folded, but for ids: on several platforms 'aB' and 'ab' are two posts.
    """
    return (value if field in _IDS else value.casefold())[:MAX_KEYWORD_CHARACTERS]


def _host(said: str) -> str:
    if "/" in said:
        raise BadValue(f"'{said}' is no site", "a host such as example.com; or url: for an address")
    return said.casefold().removeprefix("www.")


def _without_at(said: str) -> str:
    return said.removeprefix("@")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_READ: dict[str, Callable[[str], str]] = {"site": _host, "author": _without_at}


def micros(moment: datetime) -> int:
    """Microseconds since 1970, the form in which both stores keep a moment."""
    return (moment - _EPOCH) // _MICROSECOND


def stored_bound(bound: Scalar) -> float | int:
    """A bound of a range in the form in which both stores keep the field."""
    if isinstance(bound, datetime):
        return micros(bound)
    return int(bound) if bound == int(bound) else bound

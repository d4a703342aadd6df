"""Length: how long a public answer is as its platform counts, and where it becomes too long.

The numbers and their sources are in `platform_limits.yaml`. X counts by twitter-text's third
configuration: a code point weighs one in four ranges and else two, an emoji two, a link 23.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import emoji
import regex  # type: ignore[import-untyped]  # typed by types-regex only
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

LIMITS = Path(__file__).with_name("platform_limits.yaml")
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""Code points that weigh one on X; all others weigh two."""
_ENDINGS = "com|org|net|info|app|io|co|dev|shop|de|es|fr|it|nl|uk|eu|us|pt|at|ch"
_LINK = regex.compile(r"https?://[^\s<>\"]*[^\s<>\"'.,;:!?)\]}»…]", regex.IGNORECASE)
_LINK_OR_HOST = regex.compile(
    rf"{_LINK.pattern}|(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:{_ENDINGS})\b(?:/[^\s<>\"]*[^\s<>\"'.,;:!?)])?",
    regex.IGNORECASE,
)
"""X makes a link of a bare host, too; here of one with a common ending."""
_FULL_HANDLE = regex.compile(r"(?<![\w/])(@\w(?:[\w.-]*\w)?)@[\w.-]*\w")
_GRAPHEME = regex.compile(r"\X")


class _Limit(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: int
    counted_as: Literal["weighted", "graphemes", "characters"]
    source: str
    link: int | None = None
    mention: Literal["whole", "local"] = "whole"
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Length:
    """What a platform counts; `limit` is None where none is known.

    `over_from` is the character of the text at which it becomes too long, None while it fits.
    """

    used: int
    limit: int | None
    over_from: int | None = None

    @property
    def left(self) -> int | None:
        """What is left, negative once it is too long; None without a limit."""
        return None if self.limit is None else self.limit - self.used


def length_on(platform: str, text: str) -> Length:
    """How long the text is on the platform ('x', 'mastodon', …); by code points on others."""
    limit = _limits().get(platform)
    if limit is None:
        return Length(len(text), None)
    used, size, over = 0, 0, None
    for start, end, cost in _pieces(text, limit):
        used += cost
        size += len(text[start:end].encode("utf-8", "surrogatepass"))
        is_over = used > limit.limit or (limit.bytes is not None and size > limit.bytes)
        if is_over and over is None:
            over = start
    return Length(used, limit.limit, over)


def limited_platforms() -> tuple[str, ...]:
    """The platforms whose limit is known."""
    return tuple(_limits())


@cache
def _limits() -> dict[str, _Limit]:
    content = yaml.safe_load(LIMITS.read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, _Limit]).validate_python(content)


def _pieces(text: str, limit: _Limit) -> Iterator[tuple[int, int, int]]:
    """Start, end and cost of what is in or out as a whole: links, handles, graphemes."""
    at = 0
    for start, end, cost in sorted(_wholes(text, limit)):
        if start < at:
            continue
        yield from _graphemes(text, at, start, limit)
        yield start, end, cost
        at = end
    yield from _graphemes(text, at, len(text), limit)


def _wholes(text: str, limit: _Limit) -> Iterator[tuple[int, int, int]]:
    if limit.link is not None:
        pattern = _LINK_OR_HOST if limit.counted_as == "weighted" else _LINK
        for found in pattern.finditer(text):
            yield found.start(), found.end(), limit.link
    if limit.mention == "local":
        for found in _FULL_HANDLE.finditer(text):
            yield found.start(), found.end(), len(_GRAPHEME.findall(found[1]))


def _graphemes(text: str, start: int, end: int, limit: _Limit) -> Iterator[tuple[int, int, int]]:
    for found in _GRAPHEME.finditer(text, start, end):
        yield found.start(), found.end(), _cost(found[0], limit)


def _cost(grapheme: str, limit: _Limit) -> int:
    match limit.counted_as:
        case "graphemes":
            return 1
        case "characters":
            return len(grapheme)
    if len(grapheme) > 1 and emoji.is_emoji(grapheme):
        return 2
    return sum(_weight(ord(char)) for char in unicodedata.normalize("NFC", grapheme))


def _weight(point: int) -> int:
    return 1 if any(low <= point <= high for low, high in _LIGHT) else 2

"""Towards: what an English post feels about a brand, where it feels otherwise about another.

Two cases are told apart, each by words one can point at; all others speak of the brand as a whole.
A comparison turns the feeling around for what is compared against ("cheaper than Acme"), and
who leaves one for another praises the other. And where several brands stand in clauses of their
own ("Acme is great but Bolt never answers"), each is felt about in its own clause.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Span = tuple[int, int]
Turn = Literal["opposite", "negative", "positive"]

_LOOK_BACK = 40
_AGAINST = re.compile(
    r"(?P<said>(?:\b(?:better|worse|\w{2,20}er|(?:more|less)\s\w{2,20})\s+than|\bunlike|"
    r"\b(?:rather|other)\s+than))\s+(?:the\s|a\s|an\s|my\s|with\s|at\s)?[#@]?\Z",
    re.IGNORECASE,
)
_LEFT = re.compile(
    r"(?P<said>\b(?:switch(?:ed|ing)?|mov(?:ed?|ing)|chang(?:ed?|ing)|migrat(?:ed?|ing))\s+"
    r"(?:\w{1,20}\s+){0,2}(?:away\s+)?from|\b(?:ditch(?:ed|ing)?|dump(?:ed|ing)?|leaving|quitting|"
    r"cancel(?:l?ed|l?ing)?)(?:\s+my)?|\b(?:instead\s+of))\s+[#@]?\Z",
    re.IGNORECASE,
)
_JOINED = re.compile(
    r"(?P<said>\b(?:switch(?:ed|ing)?|mov(?:ed?|ing)|chang(?:ed?|ing)|migrat(?:ed?|ing))\s+"
    r"(?:\w{1,20}\s+){0,4}to|\bprefer(?:red|ring)?)\s+[#@]?\Z",
    re.IGNORECASE,
)
_TURNS: tuple[tuple[re.Pattern[str], Turn], ...] = (
    (_AGAINST, "opposite"),
    (_LEFT, "negative"),
    (_JOINED, "positive"),
)
_MAY_TURN = re.compile(
    r"\bthan\b|\bunlike\b|switch|mov(?:ed|ing)|chang|migrat|ditch|dump|leaving|quitting|cancel|"
    r"instead of|prefer",
    re.IGNORECASE,
)
_BREAK = re.compile(
    r"[.!?;\n]+\s|\s[-–—]+\s|,?\s\b(?:but|while|whereas|however|although|though|yet)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Turned:
    """How a comparison turns the feeling for a brand, and the words that say so."""

    turn: Turn
    said: str


def turned(text: str, spans: Sequence[Span]) -> Turned | None:
    """How the words before the brand's first name turn the feeling, if they do."""
    if not spans or _MAY_TURN.search(text) is None:
        return None
    for start, _ in spans:
        before = text[max(0, start - _LOOK_BACK) : start]
        for pattern, turn in _TURNS:
            if found := pattern.search(before):
                return Turned(turn, " ".join(found["said"].lower().split()))
    return None


def clauses(text: str, spans: Mapping[str, Sequence[Span]]) -> dict[str, str]:
    """The clause of each brand where every brand has clauses of its own; else nothing."""
    ends = [0, *(found.end() for found in _BREAK.finditer(text)), len(text)]
    parts = [(start, end) for start, end in itertools.pairwise(ends) if text[start:end].strip()]
    if len(spans) < 2 or len(parts) < 2:
        return {}
    where = {name: {_part_of(start, parts) for start, _ in each} for name, each in spans.items()}
    named = [place for places in where.values() for place in places]
    if len(named) != len(set(named)) or not all(where.values()):
        return {}
    return {
        name: " ".join(text[slice(*parts[place])].strip() for place in sorted(places))
        for name, places in where.items()
    }


def _part_of(start: int, parts: Sequence[Span]) -> int:
    return next((at for at, (_, end) in enumerate(parts) if start < end), len(parts) - 1)

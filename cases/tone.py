"""Tone: what in a reply would make things worse, each place marked, with what to write instead.

Words come from `lexicon/tone_LANGUAGE.yaml`. In a language without a list, only length and
personal data are looked at, and the check says so.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict

from cases.length import Length, length_on
from mentions.mention import Mention

LEXICON = Path(__file__).with_name("lexicon")
FindingKind = Literal["small", "blame", "humour", "no_empathy", "personal_data", "length"]
SERIOUS = 2
"""Severities up to this one are no laughing matter."""
_COMPLAINS = {"complaint", "churn_risk", "incident"}


class Personal(NamedTuple):
    """Where a reply gives something away: its kind ('card', 'mail', …) and its place."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A place of the reply (characters `start` to `end`), what is wrong, what to do instead.

    What is missing rather than wrong has an empty place at the beginning.
    """

    kind: FindingKind
    start: int
    end: int
    phrase: str
    why: str
    instead: str


@dataclass(frozen=True, slots=True)
class Situation:
    """What the reply answers."""

    is_angry: bool = False
    is_serious: bool = False
    is_public: bool = True

    @classmethod
    def of(cls, mention: Mention, *, is_public: bool = True) -> "Situation":
        """Angry: a negative post that complains. Serious: severity 1 or 2, or an incident."""
        intents = {intent.label for intent in mention.intents}
        is_negative = mention.sentiment is not None and mention.sentiment.label == "negative"
        severity = mention.severity
        is_serious = "incident" in intents or (severity is not None and severity <= SERIOUS)
        return cls(is_negative and bool(intents & _COMPLAINS), is_serious, is_public)


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, in order of place, how long the reply is, and what was not looked at."""

    findings: tuple[Finding, ...]
    length: Length
    unchecked: str = ""


def check(
    text: str,
    *,
    lang: str,
    platform: str,
    situation: Situation,
    personal: Sequence[Personal] = (),
) -> Checked:
    """Look a reply over. `personal` are the places that whoever can read them found."""
    words = _lexicon(lang)
    found = [
        *(_said(text, words, situation) if words else ()),
        *(_given_away(text, personal) if situation.is_public else ()),
    ]
    length = length_on(platform, text)
    if length.over_from is not None:
        found.append(_too_long(text, length, platform))
    unchecked = "" if words else f"there is no list of words for {lang!r} yet: the tone is yours"
    return Checked(tuple(sorted(found, key=lambda one: (one.start, one.end))), length, unchecked)


_WHY: dict[FindingKind, str] = {
    "small": "makes the problem small",
    "blame": "puts it on the author",
    "humour": "is out of place: the case is serious",
}


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    class Entry(BaseModel):
        """A pattern and what to write instead."""

        model_config = ConfigDict(frozen=True, extra="forbid")

        say: re.Pattern[str]
        instead: str

    small: tuple[Entry, ...]
    blame: tuple[Entry, ...]
    humour: tuple[Entry, ...]
    empathy: tuple[re.Pattern[str], ...]


@cache
def _lexicon(lang: str) -> _Words | None:
    path = LEXICON / f"tone_{lang}.yaml"
    if not lang.isalpha() or not path.exists():
        return None
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for kind in ("small", "blame", "humour"):
        content[kind] = [{**one, "say": _pattern(one["say"])} for one in content[kind]]
    content["empathy"] = [_pattern(one) for one in content["empathy"]]
    return _Words.model_validate(content)


def _pattern(say: str) -> re.Pattern[str]:
    return re.compile(say, re.IGNORECASE | re.MULTILINE)


def _said(text: str, words: _Words, situation: Situation) -> Iterator[Finding]:
    straight = text.replace("’", "'")  # as phones write it; no place moves
    kinds: list[tuple[FindingKind, Iterable[_Words.Entry]]] = [
        ("small", words.small),
        ("blame", words.blame),
    ]
    if situation.is_serious:
        kinds.append(("humour", words.humour))
    taken: list[range] = []
    for kind, entries in kinds:
        for entry in entries:
            for found in entry.say.finditer(straight):
                start, end = found.span()
                start += len(found[0]) - len(found[0].lstrip(" .,:;!?"))
                if any(start < one.stop and one.start < end for one in taken):
                    continue
                taken.append(range(start, end))
                yield Finding(kind, start, end, text[start:end], _WHY[kind], entry.instead)
    if situation.is_angry and not any(one.search(straight) for one in words.empathy):
        yield Finding(
            *("no_empathy", 0, 0, ""),
            "the author is angry, and nothing says that you heard it",
            "begin with what happened to them, such as “I'm sorry that …”",
        )


def _given_away(text: str, personal: Sequence[Personal]) -> Iterator[Finding]:
    for kind, start, end in personal:
        yield Finding(
            *("personal_data", start, end, text[start:end]),
            f"gives away personal data ({kind}) in public",
            "leave it out, or write it in a private message; your own published contact may stay",
        )


def _too_long(text: str, length: Length, platform: str) -> Finding:
    start = length.over_from or 0
    over = -(length.left or 0)
    by = f" by {over}" if over > 0 else ""
    return Finding(
        *("length", start, len(text), text[start:]),
        f"too long for {platform}{by}",
        "shorten it, or go on in a private message",
    )

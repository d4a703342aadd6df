"""Completing: what may stand at the caret of a query, a field's name or one of its values."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from mentions.fields import FIELDS
from mentions.influence import Level
from mentions.query.values import CHOICES

MOST = 12
"""Options that one reads at a glance; who wants another types a letter more."""
MAX_VALUE = 100
"""A longer value is no name that somebody completes, and would fill the screen."""
USUAL = (
    *("brand", "sentiment", "intent", "lang", "source", "platform"),
    *("topic", "author", "tagged", "answered", "needs_reply", "severity"),
)
"""The fields that are offered before anything is typed, as many as MOST."""
TYPED = {
    "text": "words",
    "keyword": "value",
    "number": "number",
    "date": "time",
    "flag": "true or false",
}
FIXED: Mapping[str, Sequence[str]] = {
    **CHOICES,
    "influence": get_args(Level),
    "severity": ("1", "2", "3", "4"),
    **{name: ("true", "false") for name, one in FIELDS.items() if one.type == "flag"},
    **{
        name: (">now-1d", ">now-7d", ">now-30d")
        for name, one in FIELDS.items()
        if one.type == "date"
    },
}
"""Values that there are whatever was collected."""

_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<open>\()
    | (?P<close>\))
    | (?P<sign>[+\-!]|&&|\|\|)
    | (?P<quote>["“”„](?P<inner>(?:\\.|[^"”“\\])*)(?P<end>["”“](?:~[0-9]*)?)?)
    | (?P<range>[\[{][^\]}]*[\]}]?)
    | (?P<field>[A-Za-z_][\w.]*):(?!//)
    | (?P<run>(?:\\.|[^\s()"“”„\\])+|\\)
    """,
    re.VERBOSE | re.DOTALL,
)
_REST_OF_FIELD = re.compile(r"[\w.]*:?", re.ASCII)
_REST_OF_VALUE = re.compile(r'[^\s()"“”„]*')
_REST_OF_QUOTE = re.compile(r'[^"”“]*["”“]?')
_BARE = re.compile(r"(?!(?:AND|OR|NOT|O?NEAR(?:/.*)?)\Z)\w[\w.-]*|>now-\w+")
_WORD_START = re.compile(r"\b\w")


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose: how it is shown, what stands in the query then, and what it is."""

    text: str
    insert: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """The options for `start` to `end` of the query, in characters; none if nothing fits."""

    start: int
    end: int
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """What stands at the caret: a piece of a name, or of the value of `of`."""

    kind: Literal["field", "value", "nothing"]
    start: int
    end: int
    typed: str = ""
    of: str = ""


Values = Callable[[str], Sequence[tuple[str, int | None]]]
"""Field -> its values as they were posted, and how often; None is not counted."""


def complete(query: str, at: int, values: Values) -> Completion:
    """The options at the caret, best first: names before a colon, values behind it."""
    place = place_at(query, max(0, min(at, len(query))))
    if place.kind == "field":
        return Completion(place.start, place.end, tuple(_fields(place.typed))[:MOST])
    if place.kind == "value":
        found = tuple(_values(place, values(place.of)))[:MOST]
        return Completion(place.start, place.end, found)
    return Completion(place.start, place.end)


def place_at(query: str, at: int) -> Place:
    """What is being typed at the caret."""
    state = _State()
    for token in _TOKEN.finditer(query, 0, at):
        if token.end() == at:
            return _place(query, at, token, state)
        state.passes(token)
    return _at_nothing(query, at, state)


@dataclass(slots=True)
class _State:
    """Whose value comes next, read from left to right."""

    awaited: str = ""
    groups: list[str] = field(default_factory=list)

    @property
    def of(self) -> str:
        """The field whose value stands here, or ''."""
        return self.awaited or (self.groups[-1] if self.groups else "")

    def passes(self, token: re.Match[str]) -> None:
        kind = token.lastgroup if token.lastgroup != "end" else "quote"
        if kind == "open":
            self.groups.append(self.of)
        elif kind == "close" and self.groups:
            self.groups.pop()
        if kind == "field":
            name = token["field"].lower()
            self.awaited = name if name in FIELDS else ""
        elif kind not in ("space", "sign"):
            self.awaited = ""


def _place(query: str, at: int, token: re.Match[str], state: _State) -> Place:
    """The place of a caret directly behind a token."""
    if token["quote"] is not None:
        if not state.of or token["end"] is not None:
            return Place("nothing", at, at)
        end = _end(_REST_OF_QUOTE, query, at)
        return Place("value", token.start(), end, token["inner"], state.of)
    if token["run"] is not None:
        return _of_run(query, at, token, state)
    if token["range"] is not None or token["close"] is not None:
        return Place("nothing", at, at)
    state.passes(token)
    return _at_nothing(query, at, state)


def _of_run(query: str, at: int, token: re.Match[str], state: _State) -> Place:
    if state.of:
        end = _end(_REST_OF_VALUE, query, at)
        return Place("value", token.start(), end, token["run"], state.of)
    end = _end(_REST_OF_FIELD, query, at)
    return Place("field", token.start(), end, token["run"])


def _at_nothing(query: str, at: int, state: _State) -> Place:
    """A caret before anything is typed: what stands to its right stays, unless it touches."""
    rest = _REST_OF_VALUE if state.of else _REST_OF_FIELD
    end = _end(rest, query, at)
    return Place("value" if state.of else "field", at, end, "", state.of)


def _end(rest: re.Pattern[str], query: str, at: int) -> int:
    """How far what is being typed goes on behind the caret."""
    found = rest.match(query, at)
    return found.end() if found else at


def _fields(typed: str) -> Iterator[Option]:
    wanted = typed.lower()
    names = [name for name in FIELDS if name.startswith(wanted)] if wanted else USUAL
    within = [name for name in FIELDS if wanted and f".{wanted}" in name and name not in names]
    for name in (*names, *within):
        said = ", ".join(FIXED[name][:3]) if name in CHOICES else TYPED[FIELDS[name].type]
        more = ", …" if name in CHOICES and len(FIXED[name]) > 3 else ""
        yield Option(f"{name}:", f"{name}:", said + more)


def _values(place: Place, counted: Sequence[tuple[str, int | None]]) -> Iterator[Option]:
    counts: dict[str, int | None] = {}
    for value, count in (*counted, *((one, None) for one in FIXED.get(place.of, ()))):
        if len(value) <= MAX_VALUE:
            counts.setdefault(value, count)
    wanted = _unescaped(place.typed).casefold().removeprefix("@")
    begins = [value for value in counts if value.casefold().startswith(wanted)]
    inside = [value for value in counts if value not in begins and _has_word(value, wanted)]
    for value in (*begins, *inside):
        count = counts[value]
        yield Option(value, quoted(value), "" if count is None else f"{count:,}")


def _has_word(value: str, wanted: str) -> bool:
    """Whether a word inside the value begins so: 'air' in 'Nimbus Air'."""
    folded = value.casefold()
    return any(folded.startswith(wanted, found.start()) for found in _WORD_START.finditer(folded))


def _unescaped(typed: str) -> str:
    return re.sub(r"\\(.)", r"\1", typed)


def quoted(value: str) -> str:
    """The value as a query has it: in quotes where it is more than one plain word."""
    if _BARE.fullmatch(value):
        return value
    plain = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'

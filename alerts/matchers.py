"""Matchers: which alerts are meant, in Alertmanager's words: `brand=Acme`, `rule=~"neg.*"`.

`=` equal, `!=` not equal, `=~` the whole value matches the regular expression, `!~` it does not.
An expression comes from a person, so it is RE2, as in Alertmanager: its time grows with the text
and no further, where `(a|aa)+$` keeps a backtracking engine busy for years.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from mentions.errors import UntaggedError

MATCHABLE = ("rule", "brand", "kind", "signal", "severity")
OPERATORS = ("=~", "!~", "!=", "=")
MAX_VALUE_CHARACTERS = 200

_KNOWN = ", ".join(MATCHABLE)


class Labelled(Protocol):
    """What can be matched: a firing, or an alert of the book."""

    @property
    def rule(self) -> str:
        """The rule's name."""

    @property
    def brand(self) -> str:
        """The brand's name, or '' where it concerns none."""

    @property
    def kind(self) -> str:
        """The rule's kind."""

    @property
    def signal(self) -> str:
        """The series or source."""

    @property
    def severity(self) -> int:
        """1 worst to 4."""


def label(of: Labelled, name: str) -> str:
    """One label's value as text."""
    return str(getattr(of, name))


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label. Raises UntaggedError when it is made wrongly."""

    name: str
    operator: str
    value: str

    def __post_init__(self) -> None:
        if self.name not in MATCHABLE:
            raise UntaggedError(f"{self.name!r} cannot be matched; write one of {_KNOWN}")
        if self.operator not in OPERATORS:
            raise UntaggedError(f"{self.operator!r} is no operator; write =, !=, =~ or !~")
        if len(self.value) > MAX_VALUE_CHARACTERS:
            raise UntaggedError(
                f"the value of {self.name} is longer than {MAX_VALUE_CHARACTERS} characters; "
                "write a shorter one"
            )
        if self.operator in ("=~", "!~"):
            _found(self.value, "")

    def __str__(self) -> str:
        quoted = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.name}{self.operator}"{quoted}"'

    def matches(self, of: Labelled) -> bool:
        """Whether the label is as the matcher wants it."""
        value = label(of, self.name)
        is_same = value == self.value if self.operator in ("=", "!=") else _found(self.value, value)
        return is_same == (self.operator in ("=", "=~"))


def _found(pattern: str, text: str) -> bool:
    """Whether the whole text matches. Raises UntaggedError if it is no expression of RE2."""
    # RE2 comes with pyarrow. Loaded here: it takes half a second, and few matchers need it.
    import pyarrow as pa  # type: ignore[import-untyped]  # it has none  # noqa: PLC0415 - see above
    import pyarrow.compute as pc  # type: ignore[import-untyped]  # it has none  # noqa: PLC0415 - see above

    given = pa.array([text])
    try:
        pc.match_substring_regex(given, pattern=pattern)  # `a)(b` would be right within brackets
        whole = pc.match_substring_regex(given, pattern=rf"\A(?s:{pattern})\z")
    except (pa.ArrowInvalid, UnicodeEncodeError) as error:
        why = str(error).removeprefix("Invalid regular expression: ")
        raise UntaggedError(
            f"{pattern!r} is no regular expression: {why}; write for example neg.*"
        ) from error
    return bool(whole[0].as_py())


def parse_matcher(text: str) -> Matcher:
    r"""Read `brand=Acme`, `kind!=spike`, `rule=~"neg.*"`; in quotes `\"` is a quote."""
    name, operator, value = _split(text)
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r'\\(["\\])', r"\1", value[1:-1])
    return Matcher(name, operator, value)


def _split(text: str) -> tuple[str, str, str]:
    places = [(text.find(operator), operator) for operator in OPERATORS]
    found = [(at, -len(operator), operator) for at, operator in places if at >= 0]
    if not found:
        raise UntaggedError(
            f'{text!r} is no matcher; write name=value, such as brand=Acme or rule=~"neg.*"'
        )
    at, _, operator = min(found)
    return text[:at].strip(), operator, text[at + len(operator) :].strip()


def match_all(matchers: Iterable[Matcher], of: Labelled) -> bool:
    """Whether every matcher holds."""
    return all(matcher.matches(of) for matcher in matchers)


def said(matchers: Iterable[Matcher]) -> str:
    """All of them on one line, for people."""
    return " ".join(map(str, matchers))


def kept(matchers: Iterable[Matcher]) -> list[list[str]]:
    """As JSON for the database."""
    return [[one.name, one.operator, one.value] for one in matchers]


def restored(rows: Iterable[Sequence[str]]) -> tuple[Matcher, ...]:
    """From the database's JSON."""
    return tuple(Matcher(*row) for row in rows)

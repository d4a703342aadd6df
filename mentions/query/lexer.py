"""The lexer: a query as the tokens of luqum's grammar, each with its place.

luqum's own lexer cannot tell ':' in an address from a field, nor read '-5' behind '>', and says
nothing of places; its grammar (who binds what) is used as it is, see `mentions.query.grammar`.
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from mentions.errors import QueryError
from mentions.fields import FIELDS
from mentions.query.suggestion import unknown_field

MAX_QUERY_CHARACTERS = 10_000
MAX_BRACKETS = 50
MAX_DISTANCE = 1_000
"""Farther apart than this, two words have nothing to do with each other."""

_MAX_DIGITS = 9
_CLOSING_QUOTES = {'"': '"', "“": "”“", "„": "“”", "”": "”"}
"""Phones and word processors curl quotes without being asked."""
_RESERVED = {"AND": "AND_OP", "OR": "OR_OP", "NOT": "NOT", "&&": "AND_OP", "||": "OR_OP"}
_SIGNS = {"+": "PLUS", "-": "MINUS", "!": "NOT"}
UNARY = frozenset(_SIGNS.values())
STARTS_OPERAND = UNARY | {"TERM", "PHRASE", "LPAREN", "LBRACKET", "LESSTHAN", "GREATERTHAN"}
ENDS_OPERAND = frozenset({"TERM", "PHRASE", "APPROX", "RPAREN", "RBRACKET"})

_FIELD = re.compile(r"([A-Za-z_][\w.]*):", re.ASCII)
_NEAR = re.compile(r"O?NEAR(?:/.*)?", re.DOTALL)
_NEAR_DISTANCE = re.compile(r"(?:NEAR/([0-9]+)f?|ONEAR/([0-9]+))")
_DISTANCE = re.compile(r"~([0-9.]*)")
_RUN = re.compile(r'(?:\\.|(?!&&|\|\|)[^\s()"“”„\\])+', re.DOTALL)
_UNSUPPORTED = re.compile(r"(?:[^\\~^]|\\.)*([~^])", re.DOTALL)
_BOUND = r'("(?:\\.|[^"\\])*"|[^\s\]}"]+)'
_RANGE = re.compile(rf"[\[{{]\s*{_BOUND}\s+TO\s+{_BOUND}\s*[\]}}]", re.DOTALL)
_RANGE_END = re.compile(r"[\]}]")
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One token: `kind` as luqum's grammar names it, or NEAR; `text` keeps its escapes.

    The text of a NEAR is its distance, with an 'f' behind it if the order counts.
    """

    kind: str
    text: str
    start: int
    end: int


def lexemes(query: str) -> list[Lexeme]:
    """The tokens of a query. Raises QueryError at what no query can hold."""
    if len(query) > MAX_QUERY_CHARACTERS:
        raise QueryError(
            query,
            MAX_QUERY_CHARACTERS,
            f"the query has {len(query):,} characters",
            expected=f"at most {MAX_QUERY_CHARACTERS:,}",
        )
    if bad := _NO_TEXT.search(query):
        raise QueryError(query, bad.start(), f"U+{ord(bad.group()):04X} is no character of a text")
    return _Scanner(query).scan()


class _Scanner:
    """Reads from left to right, knowing only which field's value comes next."""

    def __init__(self, query: str) -> None:
        self.query = query
        self.place = 0
        self.found: list[Lexeme] = []
        self.awaited = ""
        """The type of the field whose value must come next."""
        self.groups: list[str] = []
        """For each open bracket, the type of the field whose values it holds, or ''."""

    def scan(self) -> list[Lexeme]:
        while self._skip_space():
            self._next()
        return self.found

    def _skip_space(self) -> bool:
        while self.place < len(self.query) and self.query[self.place].isspace():
            self.place += 1
        return self.place < len(self.query)

    def _next(self) -> None:
        char = self.query[self.place]
        if char in "()":
            self._bracket(char)
        elif char in _CLOSING_QUOTES:
            self._phrase(_CLOSING_QUOTES[char])
        elif char in "[{":
            self._range()
        elif char in "<>":
            self._comparison(char)
        elif self.query.startswith(("&&", "||"), self.place):
            self._operator(self.query[self.place : self.place + 2])
        elif char in _SIGNS and not self._is_signed_number():
            self._sign(char)
        elif self.awaited:
            self._value()
        else:
            self._run()

    def _refuse(
        self,
        message: str,
        *,
        at: int | None = None,
        length: int = 1,
        expected: str = "",
        is_open: bool = False,
    ) -> NoReturn:
        place = self.place if at is None else at
        raise QueryError(
            self.query, place, message, length=length, expected=expected, is_open=is_open
        )

    def _add(self, kind: str, length: int, text: str | None = None) -> None:
        start, end = self.place, self.place + length
        before = self.found[-1] if self.found else None
        touches = before and before.end == start and before.kind in ENDS_OPERAND
        if touches and kind in STARTS_OPERAND:
            self._refuse("something is missing here", expected="a space, AND or OR")
        self.found.append(Lexeme(kind, self.query[start:end] if text is None else text, start, end))
        self.place = end
        self.awaited = ""

    def _bracket(self, char: str) -> None:
        if char == "(":
            if len(self.groups) == MAX_BRACKETS:
                self._refuse("brackets are nested too deep", expected=f"at most {MAX_BRACKETS}")
            self.groups.append(self.awaited or (self.groups[-1] if self.groups else ""))
            self._add("LPAREN", 1)
            return
        if not self.groups:
            self._refuse("this bracket closes nothing", expected="a '(' before it")
        self.groups.pop()
        self._add("RPAREN", 1)

    def _phrase(self, closing: str) -> None:
        end = self.place + 1
        while end < len(self.query) and self.query[end] not in closing:
            end += 2 if self.query[end] == "\\" else 1
        if end >= len(self.query):
            self._refuse("this quote is never closed", expected="a second quote", is_open=True)
        self._add("PHRASE", end + 1 - self.place, self.query[self.place + 1 : end])
        if distance := _DISTANCE.match(self.query, self.place):
            self._add("APPROX", len(distance[0]), self._checked_distance(distance[1]))

    def _checked_distance(self, said: str) -> str:
        if not said.isdecimal() or len(said) > _MAX_DIGITS or int(said) > MAX_DISTANCE:
            self._refuse(
                "this needs a number of words",
                length=len(said) + 1,
                expected=f"a whole number up to {MAX_DISTANCE:,}",
            )
        return said

    def _range(self) -> None:
        found = _RANGE.match(self.query, self.place)
        if not found:
            self._refuse(
                "this range is not complete",
                expected="[low TO high], * for an open end",
                is_open=not _RANGE_END.search(self.query, self.place),
            )
        self._add("LBRACKET", 1)
        self._bound(found, 1)
        self.place = self.query.index("TO", found.end(1))
        self._add("TO", 2)
        self._bound(found, 2)
        self.place = found.end() - 1
        self._add("RBRACKET", 1)

    def _bound(self, found: re.Match[str], number: int) -> None:
        self.place = found.start(number)
        self._add("TERM", len(found[number]), found[number].strip('"'))

    def _comparison(self, char: str) -> None:
        start = self.place
        awaited = self.awaited
        length = 2 if self.query.startswith("=", self.place + 1) else 1
        self._add("LESSTHAN" if char == "<" else "GREATERTHAN", length)
        if not self._skip_space() or self.query[self.place] in "()[]{}<>":
            self._refuse("a value is missing", at=start, length=length, expected="a value behind")
        self.awaited = awaited or "number"

    def _operator(self, said: str) -> None:
        if self.awaited:
            self._refuse(
                f"{said} stands where a value must be",
                length=len(said),
                expected="a value, or quotes around it",
            )
        self._add(_RESERVED[said], len(said))

    def _is_signed_number(self) -> bool:
        holds = self.awaited or (self.groups[-1] if self.groups else "")
        return holds == "number" and bool(re.match(r"[+-][.0-9]", self.query[self.place :][:2]))

    def _sign(self, sign: str) -> None:
        if self.awaited:
            self._refuse(
                f"'{sign}' stands where a value must be",
                expected=f"'{sign}' before the field, or quotes around the value",
            )
        follows = self.query[self.place + 1 : self.place + 2]
        if not follows or follows.isspace() or follows in _SIGNS or follows == ")":
            self._refuse(f"'{sign}' stands alone", expected=f"'{sign}' directly before a word")
        self._add(_SIGNS[sign], 1)

    def _checked_run(self) -> str:
        found = _RUN.match(self.query, self.place)
        if not found:
            self._refuse("this backslash escapes nothing", expected="a character behind it")
        if bad := _UNSUPPORTED.match(found[0]):
            what = "fuzzy search '~'" if bad[1] == "~" else "boosting '^'"
            self._refuse(
                f"{what} is not supported",
                at=self.place + bad.start(1),
                expected="the word without it, or quotes around the whole",
            )
        return found[0]

    def _value(self) -> None:
        run = self._checked_run()
        if run in _RESERVED:
            self._operator(run)
        self._add("TERM", len(run))

    def _run(self) -> None:
        if self.query.startswith("*:*", self.place):
            self._add("TERM", 3, "*")
        elif (name := _FIELD.match(self.query, self.place)) and self._is_field(name):
            self._field(name)
        else:
            self._word(self._checked_run())

    def _is_field(self, name: re.Match[str]) -> bool:
        if name[1].lower() in FIELDS:
            return True
        if self.query.startswith("//", name.end()):
            return False  # the start of an address, 'https://…'
        raise unknown_field(self.query, name.start(), name[1])

    def _field(self, name: re.Match[str]) -> None:
        field = FIELDS[name[1].lower()]
        self._add("TERM", len(name[1]), field.name)
        self._add("COLUMN", 1)
        if not self._skip_space() or self.query[self.place] == ")":
            self._refuse(
                f"'{field.name}:' has no value",
                at=name.start(),
                length=len(name[0]),
                expected="a value behind it",
            )
        self.awaited = field.type

    def _near(self, run: str) -> None:
        found = _NEAR_DISTANCE.fullmatch(run)
        if not found:
            self._refuse(
                f"{run} is not supported", length=len(run), expected="NEAR/5, or NEAR/5f in order"
            )
        distance = found[1] or found[2]
        if len(distance) > _MAX_DIGITS or int(distance) > MAX_DISTANCE:
            self._refuse(
                f"{run} is too far", length=len(run), expected=f"at most {MAX_DISTANCE:,} words"
            )
        is_ordered = run.startswith("O") or run.endswith("f")
        self._add("NEAR", len(run), f"{distance}f" if is_ordered else distance)

    def _word(self, run: str) -> None:
        if run in _RESERVED:
            self._operator(run)
        elif _NEAR.fullmatch(run):
            self._near(run)
        elif run.startswith("/"):
            self._refuse(
                "regular expressions '/…/' are not supported",
                length=len(run),
                expected="words with * and ? inside them, or quotes around the whole",
            )
        else:
            self._add("TERM", len(run))

"""Reading: a mention as queries see it, and whether a condition holds for it."""

import math
from collections.abc import Iterable

from mentions.fields import FIELDS, RAW, TEXT_FIELDS, FieldValue, text_words
from mentions.mention import Mention
from mentions.query.once import Once
from mentions.query.pattern import as_regex
from mentions.query.places import Index, indexed, places
from mentions.query.tree import (
    And,
    Everything,
    Exists,
    Flag,
    Near,
    Node,
    Not,
    Or,
    Range,
    Value,
    WordPattern,
    Words,
)
from mentions.query.values import stored_bound, stored_keyword
from mentions.tokens import Token, tokens


class Reading:
    """The tokens and values of one mention, each computed once and only when asked for."""

    def __init__(self, mention: Mention) -> None:
        self.mention = mention
        self._values: dict[str, list[FieldValue]] = {}

    @Once
    def tokens(self) -> list[Token]:
        """The tokens of the text, with their places in it."""
        return tokens(self.mention.text)

    @Once
    def vocabulary(self) -> set[str]:
        """Every distinct token of the text and the title."""
        return {*self.text_row, *self.title_row}

    @Once
    def text_row(self) -> list[str]:
        """The tokens of the text in order, without their places."""
        return text_words("text", self.mention)

    @Once
    def title_row(self) -> list[str]:
        """The tokens of the title in order."""
        return text_words("title", self.mention) if self.mention.title else []

    @Once
    def text(self) -> Index:
        """The positions of each token of the text."""
        return indexed(self.text_row)

    @Once
    def title(self) -> Index:
        """The positions of each token of the title."""
        return indexed(self.title_row)

    @Once
    def raw(self) -> Index:
        """The positions of each word and sign of the title and the text, as written."""
        return indexed(text_words(RAW.name, self.mention))

    def values(self, field: str) -> list[FieldValue]:
        """The values of a field, keywords as they are compared."""
        found = self._values.get(field)
        if found is None:
            found = [
                stored_keyword(field, value) if isinstance(value, str) else value
                for value in FIELDS[field].read(self.mention)
            ]
            self._values[field] = found
        return found


def holds(node: Node, reading: Reading) -> bool:
    """Whether the condition holds."""
    match node:
        case Words(fields) | Near(fields) | WordPattern(fields):
            return any(places(node, _index(reading, field)) for field in fields)
        case And(parts):
            return all(holds(part, reading) for part in parts)
        case Or(parts):
            return any(holds(part, reading) for part in parts)
        case Not(part):
            return not holds(part, reading)
        case Everything():
            return True
    return _field_holds(node, reading)


def _index(reading: Reading, field: str) -> Index:
    if field == RAW.name:
        return reading.raw
    return reading.text if field == "text" else reading.title


def _field_holds(node: Value | Flag | Range | Exists, reading: Reading) -> bool:
    match node:
        case Exists(field) if field in TEXT_FIELDS:
            return bool(_index(reading, field))
        case Exists(field):
            return bool(reading.values(field))
        case Value(field, value, True):
            return _any_fits(value, reading.values(field))
        case Value(field, value) | Flag(field, value):
            return value in reading.values(field)
        case Range(field):
            return any(is_within(node, value) for value in reading.values(field))


def _any_fits(pattern: str, values: Iterable[FieldValue]) -> bool:
    fits = as_regex(pattern).fullmatch
    return any(fits(value) for value in values if isinstance(value, str))


def is_within(node: Range, value: FieldValue) -> bool:
    """Whether a value is in the range."""
    if isinstance(value, str | bool):
        return False
    known = stored_bound(value)
    low = -math.inf if node.low is None else stored_bound(node.low)
    high = math.inf if node.high is None else stored_bound(node.high)
    above = known >= low if node.includes_low else known > low
    return above and (known <= high if node.includes_high else known < high)

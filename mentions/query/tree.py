"""The tree of a query, the one form that all three compilers read.

Text conditions hold tokens of `mentions.tokens`, so that both stores and the matcher compare
the same words. Conditions on other fields hold typed values (see `mentions.fields`).
"""

from dataclasses import dataclass
from datetime import datetime

Scalar = float | datetime


@dataclass(frozen=True, slots=True)
class Everything:
    """`*`"""


@dataclass(frozen=True, slots=True)
class Words:
    """Tokens in a row in one text field; `fields` are alternatives ('text', 'title').

    One token is a term, several are a phrase: adjacent and in order. With `within` a number, the
    tokens are distinct and stand in any order in a stretch of at most len(tokens) + within tokens,
    that is with at most `within` others between. (Lucene's own slop counts moves, so that reversing
    two words costs two; SQLite cannot, and people ask for "at most 5 words apart".)
    """

    fields: tuple[str, ...]
    tokens: tuple[str, ...]
    within: int | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """Two phrases, without a token in common, in one text field with at most `within` others
    between them; `left` before `right` if `in_order`.
    """

    fields: tuple[str, ...]
    left: tuple[str, ...]
    right: tuple[str, ...]
    within: int
    in_order: bool = False

    @property
    def tokens(self) -> tuple[str, ...]:
        """All tokens, each of which must occur."""
        return self.left + self.right


@dataclass(frozen=True, slots=True)
class WordPattern:
    """A single token with `*` or `?` inside it, in one of `fields`."""

    fields: tuple[str, ...]
    pattern: str


@dataclass(frozen=True, slots=True)
class Value:
    """A keyword field equals `value` (case-folded); a pattern (see `mentions.query.pattern`) fits
    it if `is_pattern`.
    """

    field: str
    value: str
    is_pattern: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean field is true or false."""

    field: str
    value: bool


@dataclass(frozen=True, slots=True)
class Range:
    """A number or date field lies between; None is open."""

    field: str
    low: Scalar | None = None
    high: Scalar | None = None
    includes_low: bool = True
    includes_high: bool = True


@dataclass(frozen=True, slots=True)
class Exists:
    """`field:*`: the field has a value."""

    field: str


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Node"


TextCondition = Words | Near | WordPattern
"""What compares the tokens of a text field."""
Node = Everything | Words | Near | WordPattern | Value | Flag | Range | Exists | And | Or | Not


@dataclass(frozen=True, slots=True)
class Query:
    """A query as written and as understood."""

    text: str
    tree: Node

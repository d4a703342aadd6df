"""Lint: what is probably not meant about a query, seen in the posts that are there.

A bad query is an error of the parser; this is about good ones: a word that no post holds, a NOT
that takes most away, a name of two words without quotes, a word that is everywhere.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Literal, Protocol

from mentions.mention import Mention
from mentions.query.lexer import Lexeme, lexemes
from mentions.query.parser import parse_query
from mentions.query.pattern import has_wildcard
from mentions.query.saying import as_query
from mentions.query.tree import (
    And,
    Everything,
    Near,
    Node,
    Not,
    Or,
    Query,
    Value,
    WordPattern,
    Words,
)
from mentions.store import Page
from mentions.tokens import words

Kind = Literal["nothing", "not", "unquoted", "common"]
MOST = 0.5
"""A NOT that removes this share of the rest, or more, is usually broader than was meant."""
COMMON = 0.3
"""A word in this share of all posts, or more, finds next to everything."""
SPECIFIC = 0.5
"""Two words that stand together in this share of the posts with both, or less, need quotes."""
FEW_POSTS = 20
"""Among fewer posts no share says anything."""
MAX_EXCLUSIONS = 3
MAX_PAIRS = 2
_NO_OPERAND = frozenset({"COLUMN", "LESSTHAN", "GREATERTHAN", "MINUS", "NOT", "LBRACKET", "TO"})


class Searched(Protocol):
    """What is looked at: a mention store, or the part of one that somebody sees."""

    def search(
        self,
        query: Query,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
    ) -> Page:
        """The newest matches and how many there are."""

    def count(
        self, query: Query, *, since: datetime | None = None, until: datetime | None = None
    ) -> int:
        """How many match."""


@dataclass(frozen=True, slots=True)
class Warned:
    """One thing to look at.

    `suggestion` is a query part that may be meant and `instead` the whole query with it, or empty.
    """

    kind: Kind
    about: str
    message: str
    suggestion: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Linted:
    """What a query would catch of the posts in the window, and what looks wrong about it.

    `highlights` are those of `mentions.store.Page`. Not all was looked at unless `is_complete`.
    """

    matched: int
    posts: int
    warnings: tuple[Warned, ...]
    sample: tuple[Mention, ...]
    highlights: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    is_complete: bool = True


def _never() -> bool:
    """There is time for all of it."""
    return False


def lint(  # the window and the limits are options by name
    query: Query,
    store: Searched,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    most_words: int = 20,
    sample: int = 5,
    matched: int | None = None,
    is_enough: Callable[[], bool] = _never,
) -> Linted:
    """Look at the query in the posts of the window.

    Asks the store for the newest `sample` matches and the number of all posts, then for at most
    `most_words` + 7 counts more; once `is_enough()`, it begins none of these. Whoever knows how
    many are `matched` gets no sample, and nothing is searched for it.
    """
    if matched is None:
        found = store.search(query, since=since, until=until, limit=sample)
    else:
        found = Page((), matched)
    posts = _Posts(store, since, until, is_enough)
    warnings = []
    try:
        for warned in _warned(query, posts, found.total, most_words):
            warnings.append(warned)  # one by one: keeps those before the time was up
    except _TimeIsUp:
        is_complete = False
    else:
        is_complete = True
    return Linted(
        matched=found.total,
        posts=posts.total,
        warnings=tuple(warnings),
        sample=tuple(found.mentions),
        highlights=found.highlights,
        is_complete=is_complete,
    )


class _TimeIsUp(Exception):
    """No further count may begin."""


class _Posts:
    """Counts over one window, for as long as it is not enough."""

    def __init__(
        self,
        store: Searched,
        since: datetime | None,
        until: datetime | None,
        is_enough: Callable[[], bool],
    ) -> None:
        self.store, self.since, self.until = store, since, until
        self.total = self._counted(Everything())
        self.is_enough = is_enough

    def are_many(self, count: int) -> bool:
        return self.total >= FEW_POSTS and count >= COMMON * self.total

    def count(self, tree: Node) -> int:
        if self.is_enough():
            raise _TimeIsUp
        return self._counted(tree)

    def _counted(self, tree: Node) -> int:
        return self.store.count(Query("", tree), since=self.since, until=self.until)


def _warned(query: Query, posts: _Posts, matched: int, most_words: int) -> Iterator[Warned]:
    is_fine = True
    for warned in chain(
        _words_warned(query.tree, posts, matched, most_words),
        _exclusions_warned(query.tree, posts, matched),
        _pairs_warned(query, posts),
    ):
        is_fine = False
        yield warned
    if is_fine and posts.total and not matched:
        yield Warned("nothing", "", f"together this matches none of {posts.total:,} posts")


def _words_warned(tree: Node, posts: _Posts, matched: int, most: int) -> Iterator[Warned]:
    if not posts.total:
        return
    wanted = list(dict.fromkeys(_wanted(tree)))[:most]
    for condition in wanted:
        said, count = as_query(condition), matched if condition == tree else posts.count(condition)
        if not count:
            yield Warned("nothing", said, f"{said} occurs in none of {posts.total:,} posts")
        elif not isinstance(condition, Value) and posts.are_many(count):
            share = f"{count / posts.total:.0%} of all posts"
            yield Warned("common", said, f"{said} occurs in {share}; it narrows nothing down")


def _exclusions_warned(tree: Node, posts: _Posts, matched: int) -> Iterator[Warned]:
    parts = tree.parts if isinstance(tree, And) else (tree,)
    for part in [each for each in parts if isinstance(each, Not)][:MAX_EXCLUSIONS]:
        rest = tuple(each for each in parts if each != part)
        without = posts.count(And(rest) if len(rest) > 1 else rest[0]) if rest else posts.total
        removed = without - matched
        if without and removed >= MOST * without:
            said = f"NOT {as_query(part.part)}"
            share = f"{removed / without:.0%} of what the rest finds ({removed:,} of {without:,})"
            yield Warned("not", said, f"{said} removes {share}")


def _pairs_warned(query: Query, posts: _Posts) -> Iterator[Warned]:
    for first, second in _unquoted(lexemes(query.text))[:MAX_PAIRS]:
        plain, quoted = f"{first.text} {second.text}", f'"{first.text} {second.text}"'
        both = posts.count(parse_query(plain).tree)
        together = posts.count(parse_query(quoted).tree)
        if together and together <= SPECIFIC * both:
            yield Warned(
                "unquoted",
                plain,
                f"{plain} finds {both:,} posts with both words anywhere; as a name in quotes it "
                f"finds {together:,}",
                suggestion=quoted,
                instead=query.text[: first.start] + quoted + query.text[second.end :],
            )


def _unquoted(found: Sequence[Lexeme]) -> list[tuple[Lexeme, Lexeme]]:
    """Plain words side by side with nothing but a space between."""
    padded = [Lexeme("", "", 0, 0), *found, Lexeme("", "", 0, 0)]
    return [
        (first, second)
        for before, first, second, behind in zip(
            padded, padded[1:], padded[2:], padded[3:], strict=False
        )
        if _is_plain(first)
        and _is_plain(second)
        and before.kind not in _NO_OPERAND
        and behind.kind != "COLUMN"
    ]


def _is_plain(lexeme: Lexeme) -> bool:
    is_word = lexeme.kind == "TERM" and "\\" not in lexeme.text and not has_wildcard(lexeme.text)
    return is_word and len(words(lexeme.text)) == 1 and lexeme.text[0] not in "#@"


def _wanted(node: Node) -> Iterator[Node]:
    """The single conditions that make a post match, none below a NOT."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _wanted(part)
        case Words() | Near() | WordPattern() | Value():
            yield node

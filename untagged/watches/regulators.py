"""Regulators: which authorities and consumer bodies mentions name."""

from collections import Counter
from collections.abc import Iterable
from functools import cache

from mentions.mention import Mention
from mentions.query.matcher import QueryMatcher
from mentions.query.parser import parse_query
from mentions.query.tree import Node, Or, Query
from nlp.lexicon.files import read_lexicon

ACRONYM_LETTERS = 5
"""One word of up to five letters counts only in capitals: 'tio' is also a Spanish uncle."""


def regulators_in(mentions: Iterable[Mention]) -> list[tuple[str, ...]]:
    """The bodies of nlp/lexicon/regulators.yaml that each mention names, of any country."""
    matcher = _matcher()
    return [tuple(matcher.match(mention)) for mention in mentions]


def said_regulators(named: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The names in them, the most frequent first."""
    counted = Counter(name for names in named for name in names)
    return tuple(name for name, _ in counted.most_common())


@cache
def names_regulator() -> Node:
    """What a store is asked for mentions that name any of them."""
    return Or(tuple(query.tree for query in _queries().values()))


@cache
def _matcher() -> QueryMatcher:
    return QueryMatcher(_queries())


@cache
def _queries() -> dict[str, Query]:
    listed = ",".join(read_lexicon("regulators").values()).split(",")
    return {_shown(name): _named(name) for name in sorted({one.strip() for one in listed})}


def _is_acronym(name: str) -> bool:
    return " " not in name and len(name) <= ACRONYM_LETTERS


def _shown(name: str) -> str:
    return name.upper() if _is_acronym(name) else name


def _named(name: str) -> Query:
    return parse_query(f"raw:{name.upper()}" if _is_acronym(name) else f'"{name}"')

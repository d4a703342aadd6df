"""Referring: topics and brands that rules and queries name, held against those that there are.

A rule about a topic that no reader files anything under would wait for ever and say nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from alerts.kinds.trend import TrendRule
from alerts.rules import Rule
from mentions.brand import Brand
from mentions.query.parser import parse_query
from mentions.query.suggestion import nearest
from mentions.query.tree import And, Node, Not, Or, Value
from nlp.lexicon.files import read_lexicon, sectors

GENERAL = "general"
"""The sector whose topics count for every brand."""
LISTED = 12
"""More names than that are no help."""
Known = Mapping[str, Sequence[str]]
"""Query field -> the values that it can have."""


def known_names(brands: Iterable[Brand]) -> Known:
    """What the fields `brand` and `topic` can hold with these brands."""
    listed = list(brands)
    topics = {topic for brand in listed for topic in (*brand.topics, *_topics_of(brand.sectors))}
    return {"brand": [brand.name for brand in listed], "topic": sorted(topics)}


def rule_slips(rule: Rule, known: Known) -> Iterator[tuple[str, str]]:
    """(setting, what is wrong) for each name in a rule that there is not."""
    query = getattr(rule, "query", "")
    if query:
        yield from (("query", said) for said in query_slips(query, known))
    if isinstance(rule, TrendRule):
        for topic in rule.topics:
            yield from (("topics", said) for said in _slip("topic", topic, known))


def query_slips(query: str, known: Known) -> Iterator[str]:
    """What is wrong with each name in a query that there is not. The query must be readable."""
    for value in _values(parse_query(query).tree):
        yield from _slip(value.field, value.value, known)


def _values(node: Node) -> Iterator[Value]:
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _values(part)
        case Not(part):
            yield from _values(part)
        case Value(is_pattern=False):
            yield node


def _slip(field: str, value: str, known: Known) -> Iterator[str]:
    names = known.get(field)
    plain = tuple(name.casefold() for name in names or ())
    if names is None or value.casefold() in plain:
        return
    listed = f"; known are {', '.join(names)}" if 0 < len(names) <= LISTED else ""
    yield f"there is no {field} {value!r}{nearest(value, plain)}{listed}"


@cache
def _topics_of(of_brand: tuple[str, ...]) -> tuple[str, ...]:
    """A brand that states no sector may be spoken of under the topics of any."""
    wanted = (GENERAL, *of_brand) if of_brand else sectors()
    return tuple(topic for sector in wanted for topic in _topics(sector))


def _topics(sector: str) -> list[str]:
    return list(read_lexicon(f"topics/{sector}")) if sector in sectors() else []

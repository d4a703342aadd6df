"""The values a facet counts, as people wrote them: 'Nimbus Air', not 'nimbus air'."""

from collections.abc import Callable, Sequence
from types import MappingProxyType

from mentions.mention import Mention
from mentions.query.values import stored_keyword

MAX_FACET_VALUES = 500
"""Most frequent values a facet gives: over a year of days, more authors than anybody reads."""


def author_name(mention: Mention) -> str:
    """The author's handle, else name, else id; '' where the platform names nobody."""
    author = mention.author
    return author.handle or author.name or author.id


def author_key(mention: Mention) -> str:
    """Tells authors apart within a platform; a post without an author is by somebody else.

    Counting all unnamed authors as one person would hide a crisis on a board that shows no names.
    """
    author = mention.author
    for sign, value in (("@", author.handle), ("#", author.id), ("=", author.name)):
        if value:
            return f"{mention.platform} {sign}{value}".casefold()
    return f"? {mention.id}"


ONE_SPELLING = ("site",)
"""Facets whose values are always written as the query language compares them."""

FACETS = MappingProxyType[str, Callable[[Mention], Sequence[str]]](
    {
        "brand": lambda m: [b.name for b in m.brands],
        "sentiment": lambda m: [m.sentiment.label] if m.sentiment else [],
        "intent": lambda m: [i.label for i in m.intents],
        "lang": lambda m: [m.lang.casefold()] if m.lang else [],
        "source": lambda m: [m.source],
        "platform": lambda m: [m.platform],
        "author": lambda m: [name] if (name := author_name(m)) else [],
        "severity": lambda m: [] if m.severity is None else [str(m.severity)],
        "topic": lambda m: m.topics,
        "tag": lambda m: m.tags,
        "kind": lambda m: [m.kind],
        "tagged": lambda m: ["true" if m.is_tagged else "false"],
        "cluster": lambda m: [m.story],
        "site": lambda m: [stored_keyword("site", site)] if (site := m.site) else [],
        "day": lambda m: [m.published.date().isoformat()],
    }
)
"""Facet field -> its values in a mention; `mentions.store.FACET_FIELDS` lists the names."""

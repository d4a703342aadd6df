"""The matcher: queries tested against one mention in memory, as the stores would answer."""

from collections.abc import Iterable, Mapping

from mentions.mention import Mention
from mentions.query.reading import Reading, holds
from mentions.query.required import required
from mentions.query.spans import spans_in
from mentions.query.tree import Node, Query
from mentions.tokens import tokens

__all__ = ["QueryMatcher", "matches", "spans"]


def matches(tree: Node, mention: Mention) -> bool:
    """Whether the mention is in the answer that a store gives to the query."""
    return holds(tree, Reading(mention))


def spans(tree: Node, text: str) -> list[tuple[int, int]]:
    """Where the query's positive words stand in a mention's text: (start, end), in order.

    Words below a NOT and words searched in the title only are left out; what overlaps is one.
    """
    return spans_in(tree, tokens(text))


class QueryMatcher:
    """Tests a mention against many queries at once.

    Each query is filed under words of which one must occur, so that only those are evaluated
    whose word does. Queries that can match without any word (NOT alone, `lang:en`) always are.
    """

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self._queries = dict(queries)
        self._by_word: dict[str, list[str]] = {}
        self._by_start: dict[str, list[str]] = {}
        self._always: list[str] = []
        for key, query in self._queries.items():
            self._file(key, query.tree)

    def _file(self, key: str, tree: Node) -> None:
        need = required(tree)
        if need is None:
            self._always.append(key)
            return
        for word in need.words:
            self._by_word.setdefault(word, []).append(key)
        for start in need.starts:
            self._by_start.setdefault(start, []).append(key)

    def match(self, mention: Mention) -> dict[str, list[tuple[int, int]]]:
        """The keys of the queries that match, each with its spans in the mention's text."""
        reading = Reading(mention)
        return {
            key: spans_in(self._queries[key].tree, reading.tokens)
            for key in self._candidates(reading)
            if holds(self._queries[key].tree, reading)
        }

    def _candidates(self, reading: Reading) -> Iterable[str]:
        found = dict.fromkeys(self._always)
        for word in reading.vocabulary:
            for keys in (self._by_word.get(word), self._by_start.get(word[:2])):
                if keys:
                    found.update(dict.fromkeys(keys))
        return found

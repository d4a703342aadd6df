"""The matcher: queries tested against one mention in memory, as the stores would answer."""

from collections.abc import Mapping

from mentions.mention import Mention
from mentions.query.reading import Reading, holds
from mentions.query.required import START_CHARACTERS, Required, required, shared_words
from mentions.query.spans import has_words, spans_in
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
    # Cutting a text into words takes a tenth of a millisecond, and a page holds up to a thousand.
    return spans_in(tree, text, tokens(text)) if has_words(tree) else []


class QueryMatcher:
    """Tests a mention against many queries at once.

    Each query is filed under words of which one must occur, so that only those are evaluated
    whose word does. Queries that can match without any word (NOT alone, `lang:en`) always are.
    """

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self._queries = [(key, query.tree) for key, query in queries.items()]
        self._by_word: dict[str, list[int]] = {}
        self._by_start: dict[str, list[int]] = {}
        self._always: list[int] = []
        shared = shared_words(tree for _, tree in self._queries)
        for number, (_, tree) in enumerate(self._queries):
            self._file(number, required(tree, shared))

    def _file(self, number: int, need: Required | None) -> None:
        if need is None:
            self._always.append(number)
            return
        for word in need.words:
            self._by_word.setdefault(word, []).append(number)
        for start in need.starts:
            self._by_start.setdefault(start, []).append(number)

    def match(self, mention: Mention) -> dict[str, list[tuple[int, int]]]:
        """The keys of the queries that match, each with its spans in the mention's text.

        In the order in which the queries were given.
        """
        return self.match_in(Reading(mention))

    def match_in(self, reading: Reading) -> dict[str, list[tuple[int, int]]]:
        """As `match`, for a mention whose tokens others need, too."""
        candidates = (self._queries[number] for number in sorted(self._candidates(reading)))
        return {
            key: spans_in(tree, reading.mention.text, reading.tokens)
            for key, tree in candidates
            if holds(tree, reading)
        }

    def _candidates(self, reading: Reading) -> set[int]:
        found = set(self._always)
        # Few words of a post are any query's: the intersection finds them without a loop.
        for word in self._by_word.keys() & reading.vocabulary:
            found.update(self._by_word[word])
        if self._by_start:
            for word in reading.vocabulary:
                found.update(self._by_start.get(word[:START_CHARACTERS], ()))
        return found

"""What a query cannot match without: the key under which the matcher files it."""

from collections.abc import Iterable
from dataclasses import dataclass

from mentions.query.pattern import literal_prefix
from mentions.query.tree import And, Node, Or, WordPattern, Words

START_CHARACTERS = 2


@dataclass(frozen=True, slots=True)
class Required:
    """One of `words` occurs, or a word that begins with one of `starts`."""

    words: frozenset[str]
    starts: frozenset[str] = frozenset()

    @property
    def cost(self) -> tuple[int, int, int]:
        """Small where few posts hold any of it: long words are rare, first letters are not."""
        shortest = min(map(len, self.words), default=START_CHARACTERS)
        return len(self.starts), -shortest, len(self.words)


def required(tree: Node) -> Required | None:
    """Words of which a match holds at least one; None if it may hold none of any."""
    match tree:
        case Words(tokens=tokens):
            return Required(frozenset({max(tokens, key=len)}))
        case WordPattern(pattern=pattern):
            start = literal_prefix(pattern)[:START_CHARACTERS]
            full = len(start) == START_CHARACTERS
            return Required(frozenset(), frozenset({start})) if full else None
        case And(parts):
            known = [need for need in map(required, parts) if need]
            return min(known, key=lambda need: need.cost, default=None)
        case Or(parts):
            return _any_of(map(required, parts))
    return None


def _any_of(needs: Iterable[Required | None]) -> Required | None:
    words: set[str] = set()
    starts: set[str] = set()
    for need in needs:
        if need is None:
            return None
        words |= need.words
        starts |= need.starts
    return Required(frozenset(words), frozenset(starts))

"""Names written otherwise than a query says: plural, run together, in a hashtag, misspelt, in
letters of another script that look alike.

The query language finds what it finds, alike in every store. What is found here is on top: a word
that no list knows stands for a name that it resembles, and the brand's query is then asked of the
text with that name written out (`nlp.brand_rewriting`), so that its NOTs and fields still hold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mentions.brand import Brand
from mentions.query.tree import And, Near, Node, Not, Or, Words
from mentions.tokens import words
from nlp.brand_lookalikes import lookalikes
from nlp.lexicon.files import known_words

SHORTEST_MISSPELT = 6
"""Letters of a name that may be misspelt: shorter ones are one edit from too many words."""
SHORTEST_PLURAL = 4
MOST_SHARING = 20
"""Brands that may share a word of their names; one that more share is a word of the language."""
REMEMBERED_WORDS = 50_000
"""About 5 MB. What a word stands for does not depend on what is remembered, the speed does."""
SHORTEST_WITHIN = 4
"""Letters of a name that is looked for within a hashtag."""


@dataclass(frozen=True, slots=True)
class Spelt:
    """What a word of a post stands for, for the brand of this number.

    `before` and `after` are what else a hashtag holds.
    """

    brand: int
    name: str
    before: str = ""
    after: str = ""

    @property
    def written_out(self) -> str:
        """'nimbus air fail' for '#nimbusairfail'."""
        parts = (self.before.strip("_"), self.name, self.after.strip("_"))
        return " ".join(part for part in parts if part)


class Spellings:
    """The names of any number of brands, and what they may look like."""

    def __init__(self, brands: Sequence[Brand], trees: Sequence[Node]) -> None:
        self._misspelt = frozenset(n for n, brand in enumerate(brands) if brand.misspellings)
        # The words of all settings are known, so that no competitor is another's misspelling.
        settled, looked_at = set[str](), set[str]()
        filed: dict[str, dict[Spelt, None]] = {}
        for number, (brand, tree) in enumerate(zip(brands, trees, strict=True)):
            settled.update(_all_words(tree))
            settled.update(w for said in (*brand.context, *brand.not_context) for w in words(said))
            for form in (*_forms(tree), tuple(words(brand.name))):
                bare = [word.removeprefix("#") for word in form]
                for word in bare:
                    filed.setdefault(word, {})[Spelt(number, word)] = None
                if len(bare) > 1:
                    together = "".join(bare)
                    filed.setdefault(together, {})[Spelt(number, " ".join(bare))] = None
                    # 'depots' is a word, but "home depots" is nothing else.
                    looked_at |= {together, *(f"{word}s" for word in bare)}
        self._spelt = {
            word: tuple(spelt) for word, spelt in filed.items() if len(spelt) <= MOST_SHARING
        }
        self._remembered: dict[str, Sequence[Spelt]] = {}
        self._known = (known_words() - looked_at) | settled
        self._within: dict[str, set[int]] = {}
        self._shorter: dict[str, list[str]] = {}
        self._edges: set[str] = set()
        for key, found in self._spelt.items():
            if len(key) >= SHORTEST_WITHIN:
                self._within.setdefault(key[:SHORTEST_WITHIN], set()).add(len(key))
            is_long = len(key) >= SHORTEST_MISSPELT and key.isalpha()
            if is_long and any(spelt.brand in self._misspelt for spelt in found):
                self._edges.update(_edges(key))
                for shorter in _shortened(key):
                    self._shorter.setdefault(shorter, []).append(key)

    def unknown(self, vocabulary: set[str]) -> set[str]:
        """The words that no list and no settings know: what may stand for a name."""
        return vocabulary - self._known

    def is_known(self, word: str) -> bool:
        """Whether a list or the settings know it as a word, or its singular."""
        return word in self._known or word.removesuffix("s") in self._known

    def stands_for(self, word: str) -> Sequence[Spelt]:
        """The names that an unknown word, as `mentions.tokens` gives it, may stand for."""
        found = self._remembered.get(word)
        if found is None:
            if len(self._remembered) >= REMEMBERED_WORDS:
                self._remembered.clear()
            found = self._remembered[word] = self._worked_out(word)
        return found

    def _worked_out(self, word: str) -> Sequence[Spelt]:
        if word.startswith("@"):
            return ()
        is_hashtag = word.startswith("#")
        body = word.removeprefix("#")
        for latin in lookalikes(body):
            if latin in self._spelt:
                return self._spelt[latin]
        if is_hashtag:
            return self._spelt.get(body) or self._held_by(body)
        return self._spelt.get(body) or self._plural(body) or self._one_edit_away(body)

    def _plural(self, word: str) -> Sequence[Spelt]:
        for ending in ("s", "es"):
            name = word.removesuffix(ending)
            if name != word and len(name) >= SHORTEST_PLURAL and name in self._spelt:
                return self._spelt[name]
        return ()

    def _one_edit_away(self, word: str) -> Sequence[Spelt]:
        if len(word) < SHORTEST_MISSPELT - 1 or self._edges.isdisjoint(_edges(word)):
            return ()
        if not word.isalpha() or self.is_known(word):
            return ()
        names = {
            name
            for shorter in _shortened(word)
            for name in self._shorter.get(shorter, ())
            if is_one_edit(name, word)
        }
        if len(names) != 1:  # one that may be either of two names is neither
            return ()
        return [spelt for spelt in self._spelt[names.pop()] if spelt.brand in self._misspelt]

    def _held_by(self, body: str) -> Sequence[Spelt]:
        """Names somewhere in a hashtag, the longest first; where they may end is not judged."""
        if body in self._known:
            return ()
        found = [
            (-length, Spelt(spelt.brand, spelt.name, body[:at], body[at + length :]))
            for at in range(len(body) - SHORTEST_WITHIN + 1)
            for length in self._within.get(body[at : at + SHORTEST_WITHIN], ())
            for spelt in self._spelt.get(body[at : at + length], ())
        ]
        return [spelt for _, spelt in sorted(found, key=lambda each: each[0])]


def is_one_edit(name: str, word: str) -> bool:
    """Whether one letter is missing, added, another, or changed places with its neighbour.

    The first letter stays: people rarely miss it, and rhymes begin otherwise.
    """
    if name[0] != word[0] or name == word or abs(len(name) - len(word)) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(name, word, strict=False)) if a != b), None)
    if at is None:
        return True
    if len(name) == len(word):
        swapped = name[at : at + 2] == word[at : at + 2][::-1] and name[at + 2 :] == word[at + 2 :]
        return name[at + 1 :] == word[at + 1 :] or swapped
    longer, shorter = (name, word) if len(name) > len(word) else (word, name)
    return longer[at + 1 :] == shorter[at:]


def _edges(word: str) -> tuple[str, str]:
    """Of which one edit behind the first letter leaves one as it is, in six letters or more."""
    return word[:3], f"{word[0]}-{word[-2:]}"


def _shortened(word: str) -> set[str]:
    """The word, and the word without any one of its letters: what near words have in common."""
    return {word} | {word[:at] + word[at + 1 :] for at in range(1, len(word))}


def _forms(node: Node) -> Iterator[tuple[str, ...]]:
    """Words and phrases of which one is enough for the query, but for its NOTs and fields."""
    match node:
        case Words(fields, found, None) if "text" in fields and not found[0].startswith("@"):
            yield found
        case Or(parts):
            for part in parts:
                yield from _forms(part)
        case And(parts):
            told = [part for part in parts if not isinstance(part, Not) and any(_all_words(part))]
            if len(told) == 1:
                yield from _forms(told[0])


def _all_words(node: Node) -> Iterator[str]:
    match node:
        case Words() | Near():
            yield from node.tokens
        case And(parts) | Or(parts):
            for part in parts:
                yield from _all_words(part)
        case Not(part):
            yield from _all_words(part)

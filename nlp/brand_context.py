"""Context: which of a brand's words, and of its name's other meanings, stand near the name."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mentions.brand import Brand
from mentions.tokens import Token, words

NEAR = 30
"""Words to either side of a name that are its context: a long tweet. In an article that names two
things by one name, what stands three paragraphs away belongs to the other."""
Span = tuple[int, int]
Phrase = tuple[str, ...]
_GAP = "\n"
"""Between stretches of a text; no word is one, so that no phrase crosses it."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The words of a post near a brand's name, and the words of either list among them.

    `within` is a phrase of another meaning of which every occurrence of the name is a part.
    """

    near: tuple[str, ...]
    own: tuple[str, ...]
    other: tuple[str, ...]
    within: str = ""


class Context:
    """A brand's context and not_context, as the words that they are compared as."""

    def __init__(self, brand: Brand) -> None:
        self._own = phrases(brand.context)
        self._other = phrases(brand.not_context)
        self._name = words(brand.name)
        self._together = "".join(self._name) if len(self._name) > 1 else ""

    @property
    def has_other(self) -> bool:
        """Whether the name is known to mean other things."""
        return bool(self._other)

    def around(self, title: str, found: Sequence[Token], spans: Sequence[Span]) -> Surroundings:
        """What stands near these spans of a text, whose tokens are given, and in the title."""
        near = _near(found, spans) if spans else [token.text for token in found[: 2 * NEAR]]
        if title:
            near = [*words(title)[: 2 * NEAR], _GAP, *near]
        return Surroundings(
            near=tuple(near),
            own=tuple(_standing_in(self._own, near)),
            other=tuple(_standing_in(self._other, near)),
            within=self._within(found, spans),
        )

    def is_whole(self, text: str) -> bool:
        """A handle, several words or a name of several run together: no fruit and no river."""
        run_together = bool(self._together) and self._together in text.casefold()
        return text.startswith("@") or len(text.split()) > 1 or run_together

    def _within(self, found: Sequence[Token], spans: Sequence[Span]) -> str:
        """'beyond the call of duty', where all that was found is this 'call of duty'."""
        longer = [phrase for phrase in self._other if len(phrase) > 1]
        if not longer or not spans:
            return ""
        row = [token.text for token in found]
        held = [
            (found[at].start, found[at + len(phrase) - 1].end, phrase)
            for phrase in longer
            for at in _places(phrase, row)
        ]
        said = ""
        for start, end in spans:
            holding = [p for s, e, p in held if s <= start and end <= e and e - s > end - start]
            if not holding:
                return ""
            said = " ".join(holding[0])
        return said


def phrases(listed: Iterable[str]) -> tuple[Phrase, ...]:
    """Each text as its words; what holds none is left out."""
    return tuple(phrase for phrase in (tuple(words(text)) for text in listed) if phrase)


def _near(found: Sequence[Token], spans: Sequence[Span]) -> list[str]:
    if len(found) <= NEAR:
        return [token.text for token in found]
    near: list[str] = []
    done, at = 0, 0
    for start, end in spans:
        while at < len(found) and found[at].end <= start:
            at += 1
        last = at
        while last < len(found) and found[last].start < end:
            last += 1
        begins = max(done, at - NEAR)
        if near and begins > done:
            near.append(_GAP)
        near += [token.text for token in found[begins : last + NEAR]]
        done = max(done, min(len(found), last + NEAR))
    return near


def _standing_in(listed: Sequence[Phrase], row: Sequence[str]) -> Iterator[str]:
    present = set(row)
    for phrase in listed:
        if phrase[0] in present and (len(phrase) == 1 or list(_places(phrase, row))):
            yield " ".join(phrase)


def _places(phrase: Phrase, row: Sequence[str]) -> Iterator[int]:
    size = len(phrase)
    first = phrase[0]
    for at in range(len(row) - size + 1):
        if row[at] == first and tuple(row[at : at + size]) == phrase:
            yield at

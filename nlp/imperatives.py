"""Imperatives: English sentences that begin with what somebody should do.

"Add a dark mode." wishes something of a maker, "Ask for a room at the back." advises the next
guest. A phrase cannot say that it begins a sentence, so this looks at beginnings alone.
"""

import re
from collections.abc import Collection, Iterator

from nlp.cues import Cues
from nlp.lexicon.files import read_lexicon

READ_CHARACTERS = 2_000
OPENING_WORDS = 8
_AROUND = "\"'*#@-–—,(["
_ENDS = re.compile(r"[.!?;:)]+(?:\s|$)")


class Imperatives:
    """Finds sentences that wish or advise, by how they begin."""

    def __init__(self) -> None:
        listed = dict(read_lexicon("imperatives_en"))
        self._before = frozenset(("", *listed.pop("before").split()))
        self._cues = Cues.listed({kind: {1.0: phrases} for kind, phrases in listed.items()})
        self._first = frozenset(cue.words[0] for cue in self._cues)

    def find(self, text: str, names: Collection[str] = ()) -> dict[str, str]:
        """'wish' and 'advice', where there is one, with the words that the first begins with.

        `names` are words of those whom a sentence may call before it says what to do: "Dear Nimbus
        Air, add a dark mode".
        """
        found: dict[str, str] = {}
        before = self._before.union(names) if names else self._before
        for opening in self._openings(text[:READ_CHARACTERS].lower(), before):
            for hit in self._cues.find(opening):
                if hit.start == 0:
                    found.setdefault(hit.cue.label, hit.said)
        return found

    def _openings(self, text: str, before: Collection[str]) -> Iterator[list[str]]:
        for sentence in _ENDS.split(text):
            words = sentence.split(None, OPENING_WORDS)[:OPENING_WORDS]
            start = 0
            while start < len(words) and words[start].strip(_AROUND) in before:
                start += 1
            if start < len(words) and words[start].strip(_AROUND) in self._first:
                yield [word.strip(_AROUND) for word in words[start:]]

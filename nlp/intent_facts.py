"""Facts: the numbers that the intent model weighs beside words: cues, and how the post is made."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from mentions.mention import IntentLabel
from nlp.cues import together
from nlp.imperatives import Imperatives
from nlp.intent_cues import ENGLISH, SUGGESTION, IntentCues, SaidBy
from nlp.intent_features import FORM, form_of
from nlp.plain import Plain

CUED = (*get_args(IntentLabel), SUGGESTION)
_PLACES = {label: place for place, label in enumerate(CUED)}
FACTS = (*CUED, *FORM)
"""Names of `Facts.numbers`: how sure the cues of each label are together, then the form."""
_ASKS = [
    FACTS.index(name)
    for name in ("feature_request", SUGGESTION, "wish", "closing please", "closing when")
]


@dataclass(frozen=True, slots=True)
class Facts:
    """What an English post's cues and form say."""

    said_by: SaidBy
    imperatives: Mapping[str, str]
    numbers: list[float]

    @property
    def asks(self) -> float:
        """How sure phrases and form are that something is wished, whatever the other words say."""
        return together([self.numbers[at] for at in _ASKS])


class FactReader:
    """Reads the facts of English posts."""

    def __init__(self, cues: IntentCues | None = None) -> None:
        self._cues = cues or IntentCues([ENGLISH])
        self._imperatives = Imperatives()

    def read(
        self,
        plain: Plain,
        *,
        begins_with_handle: bool,
        is_about_somebody: bool,
        names: Collection[str] = (),
    ) -> Facts:
        """The facts of a post; `names` are the words of those it speaks of, who may stand between.

        "Please Nimbus Air, add a dark mode" says 'please add'.
        """
        said_by = self._cues.find(without(names, plain.words), ENGLISH) or {}
        imperatives = self._imperatives.find(plain.text, names)
        cued = [0.0] * len(CUED)
        for label, hits in said_by.items():
            cued[_PLACES[label]] = together([hit.cue.weight for hit in hits])
        form = form_of(
            plain,
            is_about_somebody=is_about_somebody,
            begins_with_handle=begins_with_handle,
            imperatives=imperatives,
        )
        return Facts(said_by, imperatives, cued + form)


def without(names: Collection[str], words: Sequence[str]) -> Sequence[str]:
    """The words that are no part of a name."""
    return [word for word in words if word not in names] if names else words

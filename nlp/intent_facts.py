"""Facts: the numbers that the intent model weighs beside words: cues, and how the post is made."""

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Facts:
    """What an English post's cues and form say."""

    said_by: SaidBy
    imperatives: Mapping[str, str]
    numbers: list[float]


class FactReader:
    """Reads the facts of English posts."""

    def __init__(self, cues: IntentCues | None = None) -> None:
        self._cues = cues or IntentCues([ENGLISH])
        self._imperatives = Imperatives()

    def read(self, plain: Plain, *, begins_with_handle: bool, is_about_somebody: bool) -> Facts:
        """The facts of a post."""
        said_by = self._cues.find(plain.words, ENGLISH) or {}
        imperatives = self._imperatives.find(plain.text)
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

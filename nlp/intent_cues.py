"""Cues of intents: the phrases of nlp/lexicon/intents that a post holds, per language.

Apart from `nlp.intent`, so that training reads a post's cues exactly as reading does.
"""

from collections.abc import Mapping, Sequence
from functools import cache

from nlp.cues import Cues, Hit, strongest
from nlp.lexicon.files import languages_of, read_lexicon

ENGLISH = "en"
SUGGESTION = "suggestion"
"""No intent of its own: what speaks for a wish or for advice, outside app reviews too."""
COMPLAINS = {-3: 0.7, -2.5: 0.6, -2: 0.5, -1: 0.25}
"""How much a word of trade says of a complaint, by its weight in sentiment_en.yaml."""

SaidBy = Mapping[str, Sequence[Hit]]
"""Label -> what speaks for it, strongest first."""


class IntentCues:
    """Finds the cues of intents in every language that has a list of them."""

    def __init__(self, languages: Sequence[str] | None = None) -> None:
        known = languages_of("intents") if languages is None else languages
        self._cues = {lang: _cues(lang) for lang in known}

    def find(self, words: Sequence[str], lang: str) -> SaidBy | None:
        """What speaks for each intent, or None where no list is in this language."""
        cues = self._cues.get(lang)
        return strongest(cues.find_unnegated(words)) if cues else None


@cache
def _cues(lang: str) -> Cues:
    """The cues of one language; in English negative words of trade complain and wishes suggest.

    They are most of what building a reader takes and the same for all, so readers share them.
    """
    listed = dict(read_lexicon(f"intents/{lang}"))
    sets = listed.pop("sets", {})
    phrases = list(Cues.phrases_of(listed, sets))
    if lang == ENGLISH:
        trade = read_lexicon("sentiment_en")
        complaints = {
            COMPLAINS[weight]: text for weight, text in trade["phrases"].items() if weight < 0
        }
        phrases += Cues.phrases_of({"complaint": complaints}, trade["sets"])
        wishes = dict(read_lexicon("suggestions_en"))
        phrases += Cues.phrases_of({SUGGESTION: wishes[SUGGESTION]}, wishes["sets"])
    return Cues(phrases)

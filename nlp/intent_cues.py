"""Cues of intents: the phrases of nlp/lexicon/intents that a post holds, per language.

Apart from `nlp.intent`, so that training reads a post's cues exactly as reading does.
"""

from collections.abc import Mapping, Sequence
from functools import cache

from nlp.cues import Cues, Hit, strongest, together, written
from nlp.lexicon.files import languages_of, read_lexicon

ENGLISH = "en"
SUGGESTION = "suggestion"
"""No intent of its own: what speaks for a wish or for advice, outside app reviews too."""
FOR_NOW = "for_now"
"""No intent of its own: what asks for something for oneself and now (an answer, money back, a
seat), which is no wish for a change. It shares its words with wishes: "please", "could you"."""
WISH = "feature_request"
BEGIN, END = "^", "$"
"""Signs of the notation that stand for the edges of a post, and are no word of any."""
COMPLAINS = {-3: 0.7, -2.5: 0.6, -2: 0.5, -1: 0.25}
"""How much a word of trade says of a complaint, by its weight in sentiment_en.yaml."""

SaidBy = Mapping[str, Sequence[Hit]]
"""Label -> what speaks for it, strongest first."""


class IntentCues:
    """Finds the cues of intents in every language that has a list of them.

    A list is built when the first post in its language comes: English takes 0.3 seconds, all nine
    take two.
    """

    def __init__(self, languages: Sequence[str] | None = None) -> None:
        self._languages = frozenset(languages_of("intents") if languages is None else languages)

    def find(self, words: Sequence[str], lang: str) -> SaidBy | None:
        """What speaks for each intent, or None where no list is in this language."""
        if lang not in self._languages:
            return None
        cues = _cues(lang)
        if lang == ENGLISH:
            return strongest(cues.find_unnegated(words))
        found = cues.find_unnegated((BEGIN, *words, END))
        return _but_for_now(strongest(_within(hit, words) for hit in found))


def _within(hit: Hit, words: Sequence[str]) -> Hit:
    """The hit as of the words alone, without the edges of the post."""
    start, end = max(0, hit.start - 1), min(len(words), hit.end - 1)
    is_at_edge = end - start < hit.end - hit.start
    return Hit(hit.cue, start, end, written(words[start:end]) if is_at_edge else hit.said)


def _but_for_now(said_by: dict[str, list[Hit]]) -> SaidBy:
    """Without what wishes, where as much or more says that it is for oneself and now."""
    for_now = said_by.pop(FOR_NOW, ())
    if for_now and WISH in said_by and _sure(for_now) >= _sure(said_by[WISH]):
        del said_by[WISH]
    return said_by


def _sure(hits: Sequence[Hit]) -> float:
    return together(hit.cue.weight for hit in hits)


@cache
def _cues(lang: str) -> Cues:
    """The cues of one language, which readers share.

    In English negative words of trade complain and wishes suggest.
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

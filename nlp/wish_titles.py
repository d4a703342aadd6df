"""Titles: a cluster's wish in the words of one who has it.

Nothing is generated: a title is a phrase of a text ("Please add a sleep timer, I fall asleep to
podcasts" -> "Sleep timer"), which is most like what all of them want and says it in a few words.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np

from nlp.likeness import Likeness
from nlp.wish_phrases import Phrase, phrases
from nlp.wishes import ENGLISH, Wish, asking_parts, wish_of

LOOKED_AT = 12
"""Texts nearest to all that a title is looked for in."""
LONGEST_CHARACTERS = 80
EASY_WORDS, EASY_SENTENCE = 4, 10
PER_WORD = 0.02
"""What each word above EASY_WORDS, or EASY_SENTENCE of a whole sentence, costs in likeness: two
that say as much, and the shorter wins."""
BESIDE = 0.15
"""What it costs that a clause does not ask itself but says why, or what happens."""
LATER = 0.05
"""What it costs besides to stand behind another clause: "the app logs me out, my flight boards"."""
NAMED = 0.25
"""What it costs to be one word beside the brand's name: all of them are about the "Acme Fold"."""
OVER = 0.12
"""What it costs to go on over the end of a clause, which says two things where one would do."""
ALONE, OF_NOTHING = 0.1, 1.0
"""What it costs to be a single short word that tells something, as "Bag" leaves open what is wanted
of it; and to tell nothing besides the brand's name, which is taken where there is nothing else."""
LONG_WORD = 10
"""From so many letters a word tells as much as two, as "Gemeinschaftskonto" does."""
RARE, SEVERAL = 0.1, 3
"""What it costs that no other of so many texts has any word of it, and half of that for every other
word: "headdphone jack" is one person's slip."""
SHOUTED, SHOUTED_WORDS, SHOUTED_LETTERS = 0.8, 2, 4
"""The share of capitals among letters from which so many words are said quietly; of two words, each
of so many letters: "PDF export" stays."""
LEAST_LETTERS = 5
"""Of shorter words one letter makes another word: "card" and "cart"."""
SHOUTING = 0.05
"""What it costs to be shouted, where somebody says the same quietly."""

_BEFORE_SIGN = re.compile(r"\s+(?=[,;:.!?])")
"""What is left where a handle stood: "in the app , please"."""


def title_of(texts: Sequence[str], lang: str = ENGLISH, names: Collection[str] = ()) -> str:
    """What texts of one cluster ask for, in the words of one of them; "" for no texts.

    `names` are the brand's, in lower case: they lead to nobody's wish.
    """
    different = sorted({" ".join(text.split()).casefold(): text for text in sorted(texts)}.values())
    return title_among(different, [wish_of(text, lang) for text in different], lang, names)


def title_among(
    texts: Sequence[str], wishes: Sequence[Wish], lang: str, names: Collection[str] = ()
) -> str:
    """The phrase of one of the texts that is most like them all and short; "" without words.

    `wishes` are what the texts want, in the same order.
    """
    likeness = Likeness(lang)
    rows = likeness.rows_among(wishes)
    if not len(rows):
        return ""
    mean = rows.mean(0)
    order = np.argsort(-(rows @ mean), kind="stable")[:LOOKED_AT].tolist()
    found: dict[str, Phrase] = {}
    for at in order:
        for one in phrases(texts[at], lang, names):
            known = found.get(one.text)
            found[one.text] = one if known is None or one.is_asked else known
    if not found:
        return _cut(texts[order[0]])
    told = [wishes[at].told for at in order]
    some = [found[text] for text in sorted(found)]
    read = [wish_of(one.text, lang) for one in some]
    like = likeness.rows_among(read) @ mean
    costs = [_cost(one, wish, told) for one, wish in zip(some, read, strict=True)]
    best = min(
        zip(some, like.tolist(), costs, strict=True),
        key=lambda each: (each[2] - each[1], len(each[0].text), each[0].text),
    )[0]
    # "Never again, Acme" has no word that tells a thing, and says all there is to say.
    said = best.text if best.telling else asking_parts(texts[order[0]], lang)[0]
    return _cut(said[0].upper() + said[1:])


def sentence_among(texts: Sequence[str], lang: str = ENGLISH) -> str:
    """The text, whole, that is most like them all and short; "" for no texts.

    What a question asks is often in the words that a wish does without: "how long does it take?"
    """
    different = sorted(set(texts))
    wishes = [wish_of(text, lang) for text in different]
    rows = Likeness(lang).rows_among(wishes)
    if not len(rows):
        return ""
    like = (rows @ rows.mean(0)).tolist()
    told = [one.told for one in wishes]
    costs = [
        PER_WORD * max(0, len(text.split()) - EASY_SENTENCE) + _rarity(wish, told)
        for text, wish in zip(different, wishes, strict=True)
    ]
    ranked = sorted(zip(different, like, costs, strict=True), key=lambda one: one[2] - one[1])
    return ranked[0][0]


def is_poor(title: str, texts: Sequence[str], lang: str, names: Collection[str] = ()) -> bool:
    """Whether a title says too little, or with a slip of the pen, for what these texts say.

    Too little is one short word besides the brand's names, or none.
    """
    words = wish_of(title, lang).told - set(names)
    if not words or (len(title.split()) == 1 and len(title) < LONG_WORD):
        return True
    told = Counter(word for text in set(texts) for word in wish_of(text, lang).told)
    common = [word for word, many in told.items() if many > 1]
    return any(told[word] < 2 and any(_is_slip(word, one) for one in common) for word in words)


def _is_slip(word: str, meant: str) -> bool:
    """Whether a letter within it is too many, missing or another one, of a word of some length.

    One more at its end is no slip: "headphones" are more than one.
    """
    least = min(len(word), len(meant))
    if least < LEAST_LETTERS or abs(len(word) - len(meant)) > 1:
        return False
    same = next((at for at in range(least) if word[at] != meant[at]), least)
    longer, further = word[same + 1 :], meant[same + 1 :]
    return same < least and (longer == further or longer == meant[same:] or word[same:] == further)


def _cost(phrase: Phrase, wish: Wish, told: Sequence[frozenset[str]]) -> float:
    """What speaks against a phrase. `told` are the telling words of each of the texts."""
    words = phrase.text.split()
    cost = PER_WORD * max(0, len(words) - EASY_WORDS)
    if not phrase.is_asked:
        cost += BESIDE if phrase.is_first else BESIDE + LATER
    cost += OVER if phrase.is_over else 0
    if not phrase.telling:
        cost += OF_NOTHING
    elif phrase.telling == 1 and phrase.is_named:
        cost += NAMED
    elif len(words) == 1 and len(phrase.text) < LONG_WORD:
        cost += ALONE
    return cost + _rarity(wish, told) + (SHOUTING if _is_shouted(phrase.text) else 0)


def _rarity(wish: Wish, told: Sequence[frozenset[str]]) -> float:
    if len(told) < SEVERAL or not wish.told:
        return 0.0
    alone = sum(sum(word in one for one in told) < 2 for word in wish.told)
    return RARE * alone / len(wish.told)


def _is_shouted(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters)
    words = text.split()
    is_long = len(words) > SHOUTED_WORDS or all(len(word) >= SHOUTED_LETTERS for word in words)
    return len(words) >= SHOUTED_WORDS and is_long and capitals > SHOUTED * len(letters)


def _cut(text: str) -> str:
    """A title on one line, not in capitals throughout; a longer one ends at a word."""
    text = _BEFORE_SIGN.sub("", " ".join(text.split()))
    if _is_shouted(text):
        text = text.capitalize()
    if len(text) <= LONGEST_CHARACTERS:
        return text
    return text[:LONGEST_CHARACTERS].rsplit(" ", 1)[0] + " …"

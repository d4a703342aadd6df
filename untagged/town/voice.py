"""Voice: how a person's habits change what they write."""

import random
import re

from untagged.town.brands import BRANDS
from untagged.town.people import Person
from untagged.town.post import Said

_EMOJI = {
    "negative": ("😤", "😡", "🙄", "😩", "🤦", "😭", "💀", "👎", "🥴", "😠😠"),
    "positive": ("😍", "🙏", "✨", "💙", "👏", "🥰", "🎉", "😊", "💛💛", "👌"),
    "neutral": ("🤔", "✈️", "📱", "👀", "🤷", "☕", "🙂", "🌤️"),
}
_PLAIN_WORD = re.compile(r"(?<![\w@#/.:'’])[a-z]{5,12}(?![\w@/:'’])")
_KEPT = re.compile(r"heron|pomel|pomm|example|http")
_NO_CAPITALS = frozenset({"ja", "ar"})
MOST_CHARACTERS = 500
"""What Mastodon lets through by default."""


def voiced(rng: random.Random, said: Said, person: Person, *, crisis: bool = False) -> str:
    """The text as this person types it."""
    text, habit = said.text, person.habit
    if habit == "lower":
        text = text.lower()
    elif habit == "shouts" and said.sentiment == "negative" and said.lang not in _NO_CAPITALS:
        text = " ".join(word if word[:1] in "@#h" else word.upper() for word in text.split(" "))
    elif habit == "typos" and said.lang not in _NO_CAPITALS:
        text = _mistyped(rng, text)
    elif habit == "emoji":
        text = f"{text} {rng.choice(_EMOJI[said.sentiment])}"
    if habit == "tags" or rng.random() < 0.06:
        text = _tagged(rng, text, said, crisis=crisis)
    return text if len(text) <= MOST_CHARACTERS else said.text[:MOST_CHARACTERS]


def _mistyped(rng: random.Random, text: str) -> str:
    """One word with two letters swapped, or one dropped, or one doubled. Names stay whole."""
    words = [found for found in _PLAIN_WORD.finditer(text) if not _KEPT.search(found[0])]
    if not words:
        return text
    word = rng.choice(words)
    at = word.start() + rng.randrange(1, len(word[0]) - 2)
    pair = text[at : at + 2]
    changed = rng.choice((pair[::-1], pair[0], pair[0] + pair))
    return text[:at] + changed + text[at + 2 :]


def _tagged(rng: random.Random, text: str, said: Said, *, crisis: bool) -> str:
    brand = next((brand for brand in BRANDS.values() if brand.name in said.brands), None)
    if brand is None or "#" in text:
        return text
    tails = brand.tails["crisis" if crisis else said.sentiment]
    return " ".join((text, *rng.sample(tails, rng.choice((1, 1, 2)))))

"""The topics that a brand adds in the settings, as cue phrases. Importing this loads no spaCy."""

import math
import re
from collections.abc import Iterator

from nlp.cues import Cues

MOST_CUES = 2_000
"""Alternatives multiply: one phrase of eight words with ten each would be a hundred million."""
_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")
_NOTATION = re.compile(r"[\w']+\*?|#|\.\.|-")


def topic_phrases(text: str) -> Iterator[str]:
    """The phrases between commas, in the words that posts are cut into: no capitals or hyphens."""
    for phrase in text.split(","):
        if phrase.strip():
            yield _HYPHEN.sub(" ", phrase.casefold())


def check_topic(topic: str, text: str) -> None:
    """Raises ValueError, with what to write instead, for a topic that cannot be heard."""
    if not topic.strip() or "/" in topic:
        raise ValueError(f"{topic!r} is no name of a topic; write a word or two without '/'")
    phrases = list(topic_phrases(text))
    if not phrases:
        raise ValueError(f"topic {topic!r} has no phrases; write some, with commas between")
    for phrase in phrases:
        choices = [word.split("|") for word in phrase.split()]
        for word in [word for words in choices for word in words]:
            if not _NOTATION.fullmatch(word):
                raise ValueError(
                    f"topic {topic!r}: {word!r} is in no post; write words of letters and digits, "
                    "a|b for either, word* for a beginning, # for a number, .. for any words"
                )
        if math.prod(len(words) for words in choices) > MOST_CUES:
            raise ValueError(f"topic {topic!r}: {phrase.strip()!r} has too many alternatives")
    Cues((phrase, topic, 1) for phrase in phrases)

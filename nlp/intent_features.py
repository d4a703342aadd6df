"""What the trained intent model sees of a post besides cues: words, their parts, form.

Words are hashed ("the hashing trick", Weinberger et al., ICML 2009), so that no vocabulary is
shipped and a misspelt word still shares its parts with the right one. Training and reading use
these functions, so that they cannot drift apart.
"""

import math
import re
import zlib
from collections.abc import Container, Sequence

from nlp.plain import Plain

BUCKETS = 1 << 16
MAX_WORDS = 256
"""Words of a post that the model reads. The longest review it learned from has 500, and one in a
thousand more than this."""
MAX_WORD_LETTERS = 24
PART_SIZES = (3, 4, 5)

FORM = (
    "about somebody",
    "begins with a handle",
    "links",
    "hashtags",
    "length",
    "question mark",
    "exclamation mark",
    "number",
    "capitals",
    "wish",
    "advice",
    "closing please",
    "closing when",
)
"""What `form_of` measures, each from 0 to 1."""

_CLOSING = {
    "closing please": re.compile(r"\b(?:please|pl[sz])[ \t]{0,3}(?:[.!?…;,)\n]|$)"),
    "closing when": re.compile(r"\bwhen[ \t]{0,3}(?:[.!?…\n]|$)"),
}
"""How a request ends that names the thing alone: "A quiet coach please", "Bigger bottle when?"."""
_LONG = 60
_LOOKED_AT = 2_000


def word_buckets(word: str) -> list[int]:
    """The buckets of a word: of itself, and of its parts of three to five letters."""
    marked = f"<{word[:MAX_WORD_LETTERS]}>"
    parts = {marked}
    for size in PART_SIZES:
        parts.update(marked[start : start + size] for start in range(len(marked) - size + 1))
    return sorted(zlib.crc32(part.encode("utf-8", "replace")) % BUCKETS for part in parts)


def read_words(words: Sequence[str]) -> Sequence[str]:
    """The words of a post that the model reads, each once."""
    return list(dict.fromkeys(words[:MAX_WORDS]))


def form_of(
    plain: Plain,
    *,
    is_about_somebody: bool,
    begins_with_handle: bool,
    imperatives: Container[str] = (),
) -> list[float]:
    """How a post is made, as `FORM` names it."""
    words = plain.words
    text = plain.text[:_LOOKED_AT]
    written = text.split()
    text = text.lower()
    shouted = sum(map(str.isupper, written)) - written.count("I")
    return [
        float(is_about_somebody),
        float(begins_with_handle),
        min(plain.links, 2) / 2,
        min(plain.hashtags, 4) / 4,
        min(1.0, math.log1p(len(words)) / math.log1p(_LONG)),
        float("?" in words),
        float("!" in words),
        float(any(map(str.isdigit, words))),
        min(1.0, 3 * shouted / (len(words) + 1)),
        float("wish" in imperatives),
        float("advice" in imperatives),
        *(float(bool(closing.search(text))) for closing in _CLOSING.values()),
    ]

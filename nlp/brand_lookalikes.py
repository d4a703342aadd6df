"""Letters of Greek and Cyrillic that look like Latin ones: 'Νimbus' with a Greek nu.

Full width, styled and circled letters, and invisible characters within a word, are folded by
`mentions.folding` already. The pairs are those of Unicode's confusables (UTS #39) that people can
type; letters whose capital looks like one letter and whose small form like another stand in both.
"""

from collections.abc import Iterator

SHORTEST_ALL_FOREIGN = 5
"""Letters of a word without any Latin letter: shorter ones are too often true words."""

_BOTH = str.maketrans("аеоорсухіјѕԁԛԝһӏкмтαοιτρχκζ", "aeoopcyxijsdqwhlkmtaoitpxkz")
_SMALL = str.maketrans("вньгпνυμη", "bhbrnvuun")
_CAPITAL = str.maketrans("внмтνυμηβε", "bhmtnymhbe")


def lookalikes(word: str) -> Iterator[str]:
    """The Latin words that a folded word may be read as; none if it holds no such letter."""
    if word.isascii():
        return
    common = word.translate(_BOTH)
    for table in (_SMALL, _CAPITAL):
        read = common.translate(table)
        is_mixed = any("a" <= letter <= "z" for letter in word)
        if read.isascii() and (is_mixed or len(read) >= SHORTEST_ALL_FOREIGN):
            yield read

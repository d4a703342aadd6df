"""Clusters: requests that say the same in different words, put together.

What is compared is what each asks for (`nlp.wishes`), not how it asks: English by meaning
(`nlp.meaning`), other languages by the words and parts of words that they share. Texts of two
languages stand in one cluster only where people put them together. How right this is:
docs/digests.md and `untagged evaluate clusters`.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from mentions.tokens import words
from nlp.grouping import Pair, grouped, joined_groups
from nlp.likeness import Likeness, cohesion
from nlp.unread import UNKNOWN_LANGUAGE
from nlp.wishes import ENGLISH, wish_of

MOST_TEXTS = 10_000
"""Different texts of one language. Likeness of all with all takes 400 MB of memory then."""


def cluster(
    texts: Sequence[str],
    *,
    langs: Sequence[str] | None = None,
    together: Iterable[Pair] = (),
    apart: Iterable[Pair] = (),
) -> list[int]:
    """The cluster of each text, numbered in order of first appearance.

    The same partition in any order of the texts. `together` and `apart` are pairs of places in
    `texts`, as people put them: the first hold always, the second unless the first join them. What
    people put together also draws what is like any part of it. `langs` are codes of languages;
    without them each text's is identified, and what is of no known one is read as English. Raises
    ValueError for more than MOST_TEXTS different texts of one language.
    """
    nodes = _nodes(texts, _spoken(texts, langs), apart := list(apart))
    places: dict[Node, list[int]] = {}
    for at, node in enumerate(nodes):
        places.setdefault(node, []).append(at)
    order = sorted(places)
    number = {node: at for at, node in enumerate(order)}
    kept, parted = (
        [(number[nodes[one]], number[nodes[other]]) for one, other in pairs]
        for pairs in (together, apart)
    )
    groups = _groups(
        [(node[0], min(texts[at] for at in places[node])) for node in order], kept, parted
    )
    group_of = {order[at]: label for label, group in enumerate(groups) for at in group}
    numbers: dict[int, int] = {}
    return [numbers.setdefault(group_of[node], len(numbers)) for node in nodes]


def nearest(
    found: Sequence[Sequence[str]],
    known: Sequence[Sequence[str]],
    *,
    langs: Sequence[str] | None = None,
    known_langs: Sequence[str] | None = None,
) -> list[int | None]:
    """For each new cluster the place of the known one that it continues, None if it is new.

    Clusters are given by texts of theirs. They are alike by the mean over their texts, measured and
    from the likeness on as in `cluster`. A known cluster is continued once, by the most alike. A
    cluster's language is identified, unless those of all are given.
    """
    every = [*found, *known]
    spoken = _spoken(
        [" ".join(texts[:3]) for texts in every],
        None if langs is None or known_langs is None else [*langs, *known_langs],
    )
    matches: list[tuple[float, int, int]] = []
    for lang in sorted(set(spoken)):
        of_found = [at for at in range(len(found)) if spoken[at] == lang]
        of_known = [at for at in range(len(found), len(every)) if spoken[at] == lang]
        likeness = Likeness(lang)
        own = [_different(every[at]) for at in (*of_found, *of_known)]
        rows = likeness.mean_rows([[wish_of(text, lang) for text in texts] for texts in own])
        means = rows[: len(of_found)] @ rows[len(of_found) :].T
        enough = likeness.threshold(sum(map(len, own)))
        for one, other in np.argwhere(means >= enough).tolist():
            known_at = of_known[other] - len(found)
            matches.append((-float(means[one, other]), of_found[one], known_at))
    answers: list[int | None] = [None] * len(found)
    taken: set[int] = set()
    for _, one, other in sorted(matches):
        if answers[one] is None and other not in taken:
            answers[one] = other
            taken.add(other)
    return answers


def expected_precision(texts: Sequence[str], lang: str = ENGLISH) -> float:
    """The share of a cluster's pairs of texts that are expected to ask for the same, 0 to 1.

    By how alike they are; measured on the development set (docs/digests.md). 1 for one text.
    """
    wishes = [wish_of(text, lang) for text in _different(texts)]
    if len(wishes) < 2:
        return 1.0
    likeness = Likeness(lang)
    return likeness.precision_at(cohesion(likeness.rows_among(wishes)))


def _different(texts: Iterable[str]) -> list[str]:
    """Texts that say different things, in one order whatever the texts' is."""
    different = {same_words(text): text for text in sorted(texts, reverse=True)}
    return [different[said] for said in sorted(different)]


Node = tuple[str, str, int]
"""A language, the words of texts that say the very same, and which of these it is, if people keep
some of them apart."""


def _nodes(texts: Sequence[str], spoken: Sequence[str], apart: Iterable[Pair]) -> list[Node]:
    said = [(lang, same_words(text)) for text, lang in zip(texts, spoken, strict=True)]
    split = {at for one, other in apart if said[one] == said[other] for at in (one, other)}
    return [(*each, at if at in split else -1) for at, each in enumerate(said)]


def _groups(
    spoken: Sequence[tuple[str, str]], together: Sequence[Pair], apart: Sequence[Pair]
) -> list[list[int]]:
    """Places of different texts, group by group: each language alone, then what people joined."""
    rooms: dict[str, list[int]] = {}
    for at, (lang, _) in enumerate(spoken):
        rooms.setdefault(lang, []).append(at)
    groups: list[list[int]] = []
    for lang, room in rooms.items():
        if len(room) > MOST_TEXTS:
            raise ValueError(
                f"{len(room):,} different texts in {lang!r}, and at most {MOST_TEXTS:,} are put "
                "together at once: ask for a shorter period, or for one brand"
            )
        likeness = Likeness(lang)
        rows = likeness.rows([wish_of(spoken[at][1], lang) for at in room])
        place = {at: number for number, at in enumerate(room)}
        own = [
            [(place[one], place[other]) for one, other in pairs if one in place and other in place]
            for pairs in (together, apart)
        ]
        groups += [
            [room[at] for at in group]
            for group in grouped(rows, likeness.threshold(len(room)), *own)
        ]
    return joined_groups(groups, together)


def same_words(text: str) -> str:
    """A text without what changes nothing: case, spaces, signs between words."""
    return " ".join(words(text)) or " ".join(text.split())


def _spoken(texts: Sequence[str], langs: Sequence[str] | None) -> list[str]:
    if langs is None:
        from nlp.language import LanguageIdentifier  # noqa: PLC0415  its model is read only if asked

        identified = LanguageIdentifier().identify_all([(text, UNKNOWN_LANGUAGE) for text in texts])
        langs = [each.lang for each in identified]
    return [ENGLISH if lang in {"", UNKNOWN_LANGUAGE} else lang for lang in langs]

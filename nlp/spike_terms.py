"""What a spike's posts say that others at these hours do not: words and phrases, with their z.

Log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn, "Fightin' Words",
Political Analysis 16(4), 2008, equations 15, 16 and 22). One person is one voice a day and near
copies are one, so that neither a campaign nor a chain of shares makes its words the reason.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mentions.mention import Mention
from mentions.significance import z_score
from nlp.spike_phrases import (
    PARTICLES,
    Gram,
    grams,
    grams_among,
    is_related,
    spelt,
    within,
    written,
)

NOTABLE_Z = 1.96
"""What chance alone exceeds once in forty."""
SHOWN = 6
LEAST = 3
"""A term needs three voices. With two, a quiet hour of the airline week (25 of them, of 25 posts on
average) had 0.5 terms, with three 0.36, and a quiet one of the town 1.75 and none."""
PRIOR_SHARE = 0.3
"""The prior's weight against the geometric mean of both sides. With a tenth of the smaller side, a
word that 4 of 19 posts hold and none of 150 before gets z = 1.7, with this 2.0; with more, words
that double among many posts fall."""
_IS_MOST, _IS_NEARLY_ALL = 0.5, 0.8
"""A phrase stands for a word of it that at least half of the voices use within the phrase."""


@dataclass(frozen=True, slots=True)
class SpikeTerm:
    """A word or phrase; in how many voices it is now, and in how many it was before."""

    text: str
    z: float
    voices: int
    before: int


Found = tuple[Gram, SpikeTerm]


@dataclass(frozen=True, slots=True)
class Voices:
    """How many voices there are, and how many of them hold each gram."""

    count: int
    grams: Counter[Gram]


def spike_terms(
    now: Sequence[Mention], before: Sequence[Mention], *, ignoring: Collection[str]
) -> list[Found]:
    """The grams that stand out, most surely first; none holds a token of `ignoring`."""
    here, there = heard(now, ignoring=ignoring), heard(before, ignoring=ignoring)
    sizes = here.grams.total(), there.grams.total()
    if not all(sizes):
        return []
    prior = PRIOR_SHARE * math.sqrt(sizes[0] * sizes[1])
    found = []
    for gram, voices in here.grams.items():
        if voices >= LEAST:
            z = z_score((voices, there.grams[gram]), sizes, prior_size=prior)
            if z >= NOTABLE_Z:
                found.append((gram, SpikeTerm(spelt(gram), z, voices, there.grams[gram])))
    return _sorted(_without_places(found))


def _without_places(found: Sequence[Found]) -> list[Found]:
    """Without phrases such as 'line in': of who stands in a line, some say where.

    'check in' stays, as hardly anybody says 'check' otherwise.
    """
    voices = {gram: term.voices for gram, term in found}

    def is_whole(gram: Gram, term: SpikeTerm) -> bool:
        if len(gram) == 1 or gram[-1] not in PARTICLES:
            return True
        head = voices.get(gram[-2:-1])
        return head is not None and term.voices >= _IS_NEARLY_ALL * head

    return [one for one in found if is_whole(*one)]


def _sorted(found: Sequence[Found]) -> list[Found]:
    return sorted(found, key=lambda one: (-one[1].z, -len(one[0]), one[0]))


def leading(found: Sequence[Found], posts: Sequence[Mention]) -> list[Found]:
    """The first few as the posts write them; of those that share a word the most telling one."""
    chosen: list[Found] = []
    for gram, term in found:
        related = [one for one in chosen if is_related(one[0], gram)]
        if not related:
            chosen.append((gram, term))
        elif len(related) == 1 and _stands_for((gram, term), related[0]):
            # In its place, so that the order stays that of the surest sign.
            chosen[chosen.index(related[0])] = (gram, term)
    return [(gram, replace(term, text=written(gram, posts))) for gram, term in chosen[:SHOWN]]


def _stands_for(phrase: Found, word: Found) -> bool:
    is_longer = within(word[0], phrase[0])
    return is_longer and phrase[1].voices >= _IS_MOST * word[1].voices


def heard(
    posts: Iterable[Mention],
    *,
    ignoring: Collection[str],
    held: Mapping[str, set[Gram]] | None = None,
) -> Voices:
    """The grams of each voice once: of one author and day, and of one story.

    `held` are those of each post by its id, where they are known.
    """
    told: set[str] = set()
    voices: dict[tuple[str, str], set[Gram]] = {}
    for post in posts:
        if post.story in told:
            continue
        told.add(post.story)
        voice = voices.setdefault((author_of(post), f"{post.published:%F}"), set())
        voice.update(grams(post, ignoring=ignoring) if held is None else held[post.id])
    return Voices(len(voices), Counter(gram for voice in voices.values() for gram in voice))


def author_of(post: Mention) -> str:
    """Whoever wrote it; a post that names nobody is by somebody else."""
    author = post.author
    name = author.handle.casefold() or author.id or author.name
    return f"{post.platform}:{name}" if name else post.id


def weighed(
    posts: Sequence[Mention], found: Sequence[Found]
) -> tuple[Mapping[Gram, float], Mapping[str, set[Gram]]]:
    """How much each gram says for all: surely, and of many; without terms, of many alone.

    And which of these grams each post holds, by its id.
    """
    if found:
        telling = {gram: term.z * term.voices for gram, term in found}
        return telling, {post.id: grams_among(post, telling) for post in posts}
    every = {post.id: grams(post, ignoring=()) for post in posts}
    shared = heard(posts, ignoring=(), held=every).grams.items()
    of_many = {gram: float(voices) for gram, voices in shared if voices > 1}
    return of_many, {name: its & of_many.keys() for name, its in every.items()}

"""Relevance: whether a post that names a brand means it, learnt from people's yes and no.

One linear model a brand, fitted when the reader is built: logistic regression with a Gaussian prior
around weights set by hand (MAP estimate; Bishop, "Pattern Recognition and Machine Learning", 4.3),
so that fifty answers bend what context words say already and do not start from nothing.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
FEWEST = 10
"""Answers, of which two on each side, below which nothing is learnt: context words know more."""
FEWEST_OF_A_SIDE = 2
UNSURE = 0.15
"""How near to even a chance is no decision."""
MAX_WORDS = 80
"""Words of one post that count: those nearest to the name."""

_BIAS, _OWN, _OTHER, _NAMED, _WHOLE = "+bias", "+own", "+other", "+named", "+whole"
_LINKS, _HANDLES, _HASHTAGS, _SHORT = "+links", "+handles", "+hashtags", "+short"
PRIOR: Mapping[str, float] = MappingProxyType({_NAMED: 1.0, _WHOLE: 1.0, _OWN: 1.2, _OTHER: -1.2})
"""What is believed before any answer, in log odds."""
_STIFFNESS = 1.0
_WORD_STIFFNESS = 0.3
_STEPS = 200


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a post shows of a brand.

    `own` and `other` are the brand's context and not_context words in it, `words` the distinct
    words of the post, nearest to the name first. `is_named` says that its name stands there,
    `is_whole` that no other thing is called so.
    """

    own: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    is_named: bool = False
    is_whole: bool = False
    links: int = 0
    handles: int = 0
    hashtags: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """`chance` from 0 to 1 that the brand is meant, and the learnt words that said most."""

    chance: float
    because: tuple[str, ...]

    @property
    def is_relevant(self) -> bool:
        """Whether it is likelier than not."""
        return self.chance >= 0.5

    @property
    def is_unsure(self) -> bool:
        """Whether a person should look."""
        return abs(self.chance - 0.5) < UNSURE


class Judge:
    """What was learnt about one brand."""

    def __init__(self, weights: Mapping[str, float], answers: int) -> None:
        self._weights = weights
        self.answers = answers

    def judge(self, evidence: Evidence) -> Judged:
        """How likely the brand is meant."""
        parts = [
            (self._weights[name] * value, name)
            for name, value in _features(evidence)
            if name in self._weights
        ]
        odds = math.fsum(part for part, _ in parts)
        chance = 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
        side = 1 if odds >= 0 else -1
        said = sorted((-part * side, name) for part, name in parts if part * side > 0)
        words = tuple(name for _, name in said if not name.startswith("+"))
        return Judged(chance, words[:2])


def learnt(examples: Sequence[tuple[Evidence, bool]]) -> Judge | None:
    """What these answers teach; the same answers teach the same. None if they are too few."""
    yes = sum(is_relevant for _, is_relevant in examples)
    few = min(yes, len(examples) - yes) < FEWEST_OF_A_SIDE
    if few or len(examples) < FEWEST:
        return None
    rows = [dict(_features(evidence)) for evidence, _ in examples]
    counted = Counter(name for row in rows for name in row)
    names = sorted(name for name, n in counted.items() if n > 1 or name in PRIOR)
    weights = _fitted(rows, names, [is_relevant for _, is_relevant in examples])
    return Judge(dict(zip(names, weights.tolist(), strict=True)), len(examples))


def _features(evidence: Evidence) -> Iterator[tuple[str, float]]:
    yield _BIAS, 1.0
    yield _OWN, min(len(evidence.own), 3)
    yield _OTHER, min(len(evidence.other), 3)
    yield _NAMED, evidence.is_named
    yield _WHOLE, evidence.is_whole
    yield _LINKS, min(evidence.links, 2) / 2
    yield _HANDLES, min(evidence.handles, 2) / 2
    yield _HASHTAGS, min(evidence.hashtags, 2) / 2
    words = evidence.words[:MAX_WORDS]
    yield _SHORT, len(words) < 8
    value = 1 / math.sqrt(max(1, len(words)))
    for word in words:
        yield word, value


def _fitted(
    rows: Iterable[Mapping[str, float]], names: Sequence[str], labels: Sequence[bool]
) -> Array:
    """Weights of `names`, by accelerated gradient steps (Nesterov), both sides of equal weight."""
    place = {name: at for at, name in enumerate(names)}
    cells = [
        (number, place[name], value)
        for number, row in enumerate(rows)
        for name, value in row.items()
        if name in place and value
    ]
    of_row = np.array([cell[0] for cell in cells], dtype=np.intp)
    of_name = np.array([cell[1] for cell in cells], dtype=np.intp)
    values = np.array([cell[2] for cell in cells], dtype=np.float64)
    wanted = np.array(labels, dtype=np.float64)
    share = wanted.mean()
    balance = np.where(wanted == 1, 0.5 / share, 0.5 / (1 - share))
    prior = np.array([PRIOR.get(name, 0.0) for name in names])
    stiff = np.array([_STIFFNESS if name.startswith("+") else _WORD_STIFFNESS for name in names])
    norms = np.bincount(of_row, values**2, minlength=len(labels))
    step = 1 / (0.25 * float((balance * norms).sum()) + float(stiff.max()))
    weights = ahead = prior
    for number in range(_STEPS):
        odds = np.bincount(of_row, values * ahead[of_name], minlength=len(labels))
        off = balance * (1 / (1 + np.exp(-odds)) - wanted)
        slope = np.bincount(of_name, values * off[of_row], minlength=len(names))
        moved = ahead - step * (slope + stiff * (ahead - prior))
        ahead = moved + number / (number + 3) * (moved - weights)
        weights = moved
    return weights

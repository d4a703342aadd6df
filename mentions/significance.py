"""Which tokens set one group of mentions apart from another.

Log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn, "Fightin' Words",
Political Analysis 16(4), 2008, equations 15, 16 and 22). Tokens are counted once per mention, so
that one post that repeats a word a hundred times is one voice.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable

from mentions.query.tree import Near, Node, Words
from mentions.relevance import wanted_words
from mentions.store import Term

SAMPLE = 5_000
"""Mentions read on each side, the newest ones: enough for any word that one in 500 uses."""
LEAST_MENTIONS = 2
"""A token that one mention alone uses is that mention's, not the group's."""
_PRIOR_SHARE = 0.1
"""How much the prior weighs against the smaller group; the paper takes a tenth of the corpus."""


def token_counts(texts: Iterable[str]) -> Counter[str]:
    """In how many texts (tokens with spaces between) each token is."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(text.split(" ")))
    del counts[""]
    return counts


def asked_tokens(tree: Node) -> frozenset[str]:
    """The tokens of the query itself, which are frequent in its matches by definition."""
    words = (word for word in wanted_words(tree) if isinstance(word, Words | Near))
    return frozenset(token for word in words for token in word.tokens)


def significant(
    foreground: Counter[str], background: Counter[str], *, ignoring: Collection[str], limit: int
) -> list[Term]:
    """The tokens of the foreground with the highest z-score above zero, ties by token."""
    if not foreground or not background:
        return []
    sizes = foreground.total(), background.total()
    terms = [
        Term(token, z_score((count, background[token]), sizes), count, background[token])
        for token, count in foreground.items()
        if count >= LEAST_MENTIONS and token not in ignoring
    ]
    apart = [term for term in terms if term.score > 0]
    return sorted(apart, key=lambda term: (-term.score, term.token))[:limit]


def z_score(counts: tuple[int, int], sizes: tuple[int, int], *, prior_size: float = 0.0) -> float:
    """How far a token's odds here are above those there, in standard deviations.

    `prior_size` is how many tokens the prior weighs; by default a tenth of the smaller group.
    """
    prior_size = max(1.0, prior_size or _PRIOR_SHARE * min(sizes))
    prior = prior_size * sum(counts) / sum(sizes)
    here, there = (count + prior for count in counts)
    apart = _log_odds(here, sizes[0] + prior_size) - _log_odds(there, sizes[1] + prior_size)
    return apart / math.sqrt(1 / here + 1 / there)


def _log_odds(count: float, size: float) -> float:
    # A group of one token has nothing else to compare with; half a count stands in for it.
    return math.log(count / max(size - count, 0.5))

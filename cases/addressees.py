"""Addressees: which colleagues a note names with an @. Pure.

`@ana`, in any case, `@ana maria` and `@"ana maria"` name agents; the longest name that fits does.
`ana@example.com`, `@ana@example.social` and `@ana-lena` are other things.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

LIKE = 0.7
"""How alike a word must be to a name to look like it mistyped: 'anna' is to 'ana' (0.86)."""
_BEFORE = r"(?<![\w@./])@"
_BEHIND = r"(?![\w@]|[-.]\w)"
_ANY = re.compile(rf'{_BEFORE}(?:"([^"\n]{{1,100}})"|(?>(\w[\w.-]*\w|\w))(?!@))')


@dataclass(frozen=True, slots=True)
class Named:
    """An agent named in a text, at these characters of it."""

    agent: str
    start: int
    end: int


def named_in(text: str, agents: Sequence[str]) -> list[Named]:
    """Where the text names agents, in its order."""
    if not agents or "@" not in text:
        return []
    found = _pattern(tuple(agents)).finditer(text)
    return [Named(_called(one[1] or one[2], agents), one.start(), one.end()) for one in found]


def mistyped_in(text: str, agents: Sequence[str]) -> dict[str, str]:
    """Words after an @ that name nobody but look like it: the word -> whom it looks like."""
    taken = {one.start for one in named_in(text, agents)}
    folded = {name.casefold(): name for name in agents}
    found = {}
    for one in _ANY.finditer(text):
        word = one[1] or one[2]
        if one.start() not in taken and (like := _alike(word.casefold(), folded)):
            found[word] = folded[like]
    return found


def _alike(word: str, names: dict[str, str]) -> str | None:
    begun = [name for name in names if re.match(rf"{re.escape(word)}\b", name)]
    return next(iter(begun or get_close_matches(word, names, n=1, cutoff=LIKE)), None)


@lru_cache(maxsize=32)
def _pattern(agents: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(agents, key=len, reverse=True)
    names = "|".join(_written(name) for name in longest_first)
    return re.compile(rf'{_BEFORE}(?:"\s*({names})\s*"|({names}){_BEHIND})', re.IGNORECASE)


def _written(name: str) -> str:
    """The name as a pattern; its words may stand any space apart."""
    return r"\s+".join(re.escape(word) for word in name.split())


def _called(said: str, agents: Sequence[str]) -> str:
    """Who is called so: exactly so, else whoever is but for upper and lower case."""
    fits = [name for name in agents if re.fullmatch(_written(name), said, re.IGNORECASE)]
    return next((name for name in fits if name == said), fits[0])

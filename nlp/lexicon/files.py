"""The word lists beside this file, read once."""

import functools
from pathlib import Path
from typing import Any

import yaml

_HERE = Path(__file__).parent
WORDS = _HERE / "known_words.txt"
"""Written by `nlp.training.known_words`, which says from what."""
# libyaml is ten times as fast and comes with PyYAML's wheels; the pure loader reads the same.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@functools.cache
def read_lexicon(name: str) -> dict[str, Any]:
    """The list `name`, for example 'intents/en'; treat it as read only."""
    source = (_HERE / f"{name}.yaml").read_text(encoding="utf-8")
    listed = yaml.load(source, Loader=_Loader)  # noqa: S506  a safe loader, in C where there is one
    if not isinstance(listed, dict):
        raise TypeError(f"nlp/lexicon/{name}.yaml is no mapping")
    return listed


def languages_of(kind: str) -> tuple[str, ...]:
    """The languages that have a list of this kind, for example 'intents'."""
    return _names_in(kind)


def _names_in(folder: str) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (_HERE / folder).glob("*.yaml")))


def sectors() -> tuple[str, ...]:
    """The lines of business that have a list of topics, `general` among them."""
    return _names_in("topics")


def phrase_languages() -> tuple[str, ...]:
    """The languages that the lists of topics and dangers are written in."""
    return tuple(sorted(set(read_lexicon("danger")["people"]) - {"any"}))


@functools.cache
def known_words() -> frozenset[str]:
    """Words of three letters and more that many people write: no misspelling of anything."""
    return frozenset(WORDS.read_text(encoding="utf-8").split())

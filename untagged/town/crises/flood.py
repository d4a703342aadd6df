"""Flood: one person posts dozens of angry posts. Loud, but no crisis: a case for one agent."""

from collections.abc import Iterator
from datetime import timedelta

from untagged.town.crises.crisis import Crisis
from untagged.town.phrasebook import Template, say
from untagged.town.post import Post
from untagged.town.scribe import Scribe

_POSTS = 60
_MINUTES_BETWEEN = 2.4
_TAGGED = 0.4


def flood(crisis: Crisis, scribe: Scribe) -> Iterator[Post]:
    """The guitar is broken, and its owner has a free afternoon."""
    rng = scribe.rng
    author, at = scribe.cast.somebody(rng, "en"), crisis.begins
    for template in _in_turn(scribe, scribe.book.sections(crisis.page, "en")["one"]):
        said = say(rng, template, "en", brand=crisis.brand, tagged=rng.random() < _TAGGED)
        yield scribe.write(said, author, at, crisis=crisis.id, calm=True)
        at += timedelta(minutes=rng.expovariate(1 / _MINUTES_BETWEEN), milliseconds=1)


def _in_turn(scribe: Scribe, lines: tuple[Template, ...]) -> list[Template]:
    """Nobody says the same twice before everything was said once."""
    rounds = -(-_POSTS // len(lines))
    turns = [line for _ in range(rounds) for line in scribe.rng.sample(lines, len(lines))]
    return turns[:_POSTS]

"""Turns: which sources are asked in a pass, for how long, and what of theirs is looked at again."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from mentions.query.tree import And, Flag, Query, Value
from mentions.store import MentionStore
from spiders.collecting import TIME_LIMIT
from spiders.health import last_runs
from spiders.pacing import Pass, next_turn
from spiders.source import Source

Begin = Callable[[], AbstractContextManager[Any]]
FOLLOWED = 200
"""Conversations of a source that are looked at in turn, the newest; a pass looks at some."""
SCHEDULE_SLACK = timedelta(seconds=5)
"""A scheduler that wakes a moment early must not skip a source for a whole round."""

SHORTEST_PASS = timedelta(minutes=1)
"""The least time that any pass gets, and how often the scheduler looks."""


def due(
    sources: Sequence[Source], store: MentionStore, begin: Begin, *, now: datetime
) -> list[Source]:
    """Those whose turn it is (see `spiders.pacing`)."""
    with begin() as connection:
        passes = {health.source: health.passes for health in last_runs(connection)}
    return [
        source
        for source in sources
        if source.name not in passes or _is_due(source, passes[source.name], store, now)
    ]


def _is_due(source: Source, passes: Sequence[Pass], store: MentionStore, now: datetime) -> bool:
    """A quiet source is asked as often as ever while somebody there waits for an answer."""
    turn, soon = next_turn(source, passes), now + SCHEDULE_SLACK
    if turn.at <= soon:
        return True
    if turn.is_resting or passes[-1].ended_at + source.every > soon:
        return False
    return bool(_waiting(source, store, now, limit=1))


def shortest(sources: Sequence[Source]) -> timedelta:
    """How long a pass may take, so that a slow source does not keep the others waiting.

    What it does not get to, it reads in the next one, on from its cursor.
    """
    interval = min(source.every for source in sources)
    return min(max(interval, SHORTEST_PASS), TIME_LIMIT)


def followed(source: Source, store: MentionStore, *, now: datetime) -> list[str]:
    """Native ids of the source's mentions whose conversations are looked at again.

    First those that wait, then those that were answered, as their authors may say more.
    """
    waiting = _waiting(source, store, now, limit=FOLLOWED)
    if len(waiting) == FOLLOWED:
        return waiting
    answered = _waiting(source, store, now, limit=FOLLOWED - len(waiting), answered=True)
    return [*waiting, *answered]


def _waiting(
    source: Source, store: MentionStore, now: datetime, *, limit: int, answered: bool = False
) -> list[str]:
    """Native ids of the source's newest mentions that nobody has answered yet, or somebody."""
    if not source.follow:
        return []
    of_source = Value("source", source.name.casefold())
    wanted = And((of_source, Flag("needs_reply", True), Flag("answered", answered)))
    found = store.search(Query("waiting", wanted), since=now - source.follow, limit=limit)
    return [mention.native_id for mention in found.mentions]

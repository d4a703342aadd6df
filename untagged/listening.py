"""Listening: how each configured source is doing, in the words of the cockpit and the command line.

A source that runs without an error may still have died: a feed that moved answers for ever with
what it had. It is called quiet when posts that used to come have stayed away for long.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from mentions.times import said_duration
from spiders.backfills import Backfill, read_backfills
from spiders.health import DAY, Pace, SourceHealth, last_runs, paces
from spiders.pacing import Turn, next_turn
from spiders.run import Cursor
from spiders.source import Source
from spiders.state import read_cursors

State = Literal["fine", "failing", "resting", "quiet", "has not run"]
MISSED_POSTS = 10.0
"""Of a source that brings them at random, ten expected posts all stay away once in 22,000 times;
most bring fewer at night, so it is not told too early either."""


@dataclass(frozen=True, slots=True)
class Listened:
    """A source and how it is doing; `why` says it in a sentence, empty where all is fine.

    `silent_since` is since when it brings nothing that it should, None while it does. `hubs` are
    the WebSub hubs that its feeds name.
    """

    source: Source
    state: State
    why: str
    health: SourceHealth | None
    pace: Pace | None
    next_run_at: datetime | None
    silent_since: datetime | None = None
    hubs: tuple[str, ...] = ()
    backfill: Backfill | None = None

    @property
    def is_troubled(self) -> bool:
        """Whether somebody should look at it."""
        return self.state in ("failing", "resting", "quiet")

    def usual_in(self, span: timedelta) -> float:
        """Posts that are usual in such a time, 0 where nothing is known to be."""
        per_day = self.pace.usual_per_day if self.pace else None
        return (per_day or 0.0) * (span / DAY)

    @property
    def unfinished(self) -> str:
        """How far a backfill has come that is not done, in words."""
        backfill = self.backfill
        return backfill.said if backfill and backfill.done_at is None else ""

    def lag(self, now: datetime) -> timedelta | None:
        """How old the newest post is that it brought."""
        newest = self.pace.newest_post_at if self.pace else None
        return now - newest if newest else None

    def to_json(self, now: datetime) -> dict[str, Any]:
        """What `untagged sources --json` prints."""
        health, pace, lag = self.health, self.pace, self.lag(now)
        return {
            "source": self.source.name,
            "spider": self.source.spider,
            "state": self.state,
            "why": self.why,
            "last_run_at": _iso(health.last_run_at if health else None),
            "last_success_at": _iso(health.last_success_at if health else None),
            "last_post_at": _iso(health.last_post_at if health else None),
            "newest_post_at": _iso(pace.newest_post_at if pace else None),
            "lag_seconds": int(lag.total_seconds()) if lag else None,
            "posts_last_day": pace.posts_last_day if pace else 0,
            "usual_per_day": pace.usual_per_day if pace else None,
            "failed_share": pace.failed_share if pace else None,
            "next_run_at": _iso(self.next_run_at),
            "silent_since": _iso(self.silent_since),
            "hubs": list(self.hubs),
            "quota_left": health.quota.left if health and health.quota else None,
            "quota_of": health.quota.of if health and health.quota else None,
            "backfill": self.backfill.to_json() if self.backfill else None,
        }


SourcesAt = Callable[[datetime], list[Listened]]
"""now -> how each source was doing then."""


def listened(
    sources: tuple[Source, ...],
    begin: Callable[[], AbstractContextManager[Any]],
    *,
    now: datetime,
) -> list[Listened]:
    """Each source in the order of the settings, as far as it was known at `now`."""
    with begin() as connection:
        health = {each.source: each for each in last_runs(connection, now=now)}
        pace = paces(connection, now=now)
        cursors = read_cursors(connection, [source.name for source in sources])
        backfills = read_backfills(connection)
    return [
        replace(
            _listened(one, health.get(one.name), pace.get(one.name), now),
            hubs=_hubs(cursors.get(one.name, {})),
            backfill=backfills.get(one.name),
        )
        for one in sources
    ]


def _hubs(cursor: Cursor) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part["hub"] for part in cursor.values() if "hub" in part))


def _listened(
    source: Source, health: SourceHealth | None, pace: Pace | None, now: datetime
) -> Listened:
    if health is None:
        why = "it has never run; `untagged collect` does it once"
        return Listened(source, "has not run", why, None, pace, None)
    turn = next_turn(source, health.passes)
    state, why, silent_since = _judged(health, pace, turn, now)
    return Listened(source, state, why, health, pace, turn.at, silent_since)


def _judged(
    health: SourceHealth, pace: Pace | None, turn: Turn, now: datetime
) -> tuple[State, str, datetime | None]:
    """The state, a sentence about it, and since when the source is silent."""
    if health.failures:
        times = "once" if health.failures == 1 else f"{health.failures} times in a row"
        said = f"failed {times}: {health.error}"
        # While a part of it works, the source is heard.
        is_silent = health.passes[-1].fault > 0
        silent_since = health.last_worked_at or health.passes[0].ended_at if is_silent else None
        if turn.is_resting:
            return "resting", f"{said}; it rests until {turn.at:%H:%M} UTC", silent_since
        return "failing", said, silent_since
    usual = pace.usual_per_day if pace else None
    if usual and health.last_post_at:
        silence = now - health.last_post_at
        missed = usual * (silence / DAY)
        if missed >= MISSED_POSTS:
            since = said_duration(timedelta(seconds=int(silence.total_seconds())))
            said = f"no post for {since}, in which {missed:.0f} were usual"
            return "quiet", said, health.last_post_at
    return "fine", "", None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

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
from spiders.source import Source

State = Literal["fine", "failing", "quiet", "has not run"]
MISSED_POSTS = 10.0
"""Of a source that brings them at random, ten expected posts all stay away once in 22,000 times;
most bring fewer at night, so it is not told too early either."""


@dataclass(frozen=True, slots=True)
class Listened:
    """A source and how it is doing; `why` says it in a sentence, empty where all is fine."""

    source: Source
    state: State
    why: str
    health: SourceHealth | None
    pace: Pace | None
    next_run_at: datetime | None
    backfill: Backfill | None = None

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
            "backfill": self.backfill.to_json() if self.backfill else None,
        }


def listened(
    sources: tuple[Source, ...],
    begin: Callable[[], AbstractContextManager[Any]],
    *,
    now: datetime,
) -> list[Listened]:
    """Each source in the order of the settings."""
    with begin() as connection:
        health = {each.source: each for each in last_runs(connection)}
        pace = paces(connection, now=now)
        backfills = read_backfills(connection)
    found = [_listened(one, health.get(one.name), pace.get(one.name), now) for one in sources]
    return [replace(one, backfill=backfills.get(one.source.name)) for one in found]


def _listened(
    source: Source, health: SourceHealth | None, pace: Pace | None, now: datetime
) -> Listened:
    next_run_at = health.last_run_at + source.every if health else None
    state, why = _judged(health, pace, now)
    return Listened(source, state, why, health, pace, next_run_at)


def _judged(health: SourceHealth | None, pace: Pace | None, now: datetime) -> tuple[State, str]:
    if health is None:
        return "has not run", "it has never run; `untagged collect` does it once"
    if health.failures:
        return "failing", f"failed {health.failures} times in a row: {health.error}"
    usual = pace.usual_per_day if pace else None
    if usual and health.last_post_at:
        silence = now - health.last_post_at
        missed = usual * (silence / DAY)
        if missed >= MISSED_POSTS:
            since = said_duration(timedelta(seconds=int(silence.total_seconds())))
            return "quiet", f"no post for {since}, in which {missed:.0f} were usual"
    return "fine", ""


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

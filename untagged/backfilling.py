"""Backfilling: a window of a source's past, pass by pass, on the side of the live run."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from mentions.errors import Conflict, SettingsError
from spiders import collecting
from spiders.backfills import Backfill
from spiders.past import Past, coverage
from spiders.run import REST, SourceRun
from spiders.source import Source, checked_params, past_refusal
from untagged.settings import Settings

PASS = timedelta(minutes=2)
"""Short, so that it is told often how far a backfill came, and an interrupted one lost little."""
_LONGEST_DELAY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What a pass did; `run` is None where there was nothing left to do.

    `has_moved` tells one that got somewhere, `rest_until` when a server wants to be asked again.
    """

    backfill: Backfill
    run: SourceRun | None = None
    has_moved: bool = False
    rest_until: datetime | None = None


def check_past(source: Source) -> None:
    """Raise SettingsError where the source's past cannot be read, with what to do instead."""
    if no_past := past_refusal(checked_params(source)):
        raise SettingsError(f"{source.name} cannot be backfilled: {no_past}")


def window(
    since: datetime, until: datetime | None, *, heard_at: datetime | None, now: datetime
) -> Past:
    """The window that is asked for.

    It ends by default where the last live pass began: what came since must be found by the next
    one first, which raises alerts. Raises SettingsError where it holds nothing.
    """
    if until is None:
        until = heard_at if heard_at and heard_at > since else now
    if since >= until:
        raise SettingsError(
            f"there is nothing from {since:%Y-%m-%d %H:%M}Z to {until:%Y-%m-%d %H:%M}Z; choose an"
            " earlier --since"
        )
    return Past(since=since, until=until)


def chosen(
    kept: Backfill | None, *, source: str, asked: str, past: Past, now: datetime, again: bool
) -> Backfill:
    """The backfill to go on with: the one that was begun with the same words, or a new one.

    Raises Conflict where another window is not finished.
    """
    if kept is not None and not again:
        if kept.asked == asked:
            return kept
        if kept.done_at is None:
            raise Conflict(
                f"{source} has an unfinished {kept.said}; go on with it as it was begun"
                f" ({kept.asked}), or add --again to begin this one in its place"
            )
    return Backfill(source, asked, past, moved_at=now)


def one_pass(
    source: Source, backfill: Backfill, *, settings: Settings, now: datetime
) -> Backfilled:
    """Go on with a backfill. It keeps twice the distance, as the live run asks the same host."""
    patient = min(source.delay_seconds * 2, _LONGEST_DELAY_SECONDS)
    (run,) = collecting.collect(
        [source.model_copy(update={"delay_seconds": patient})],
        journal_url=settings.journal,
        cursors={source.name: backfill.cursor},
        user_agent=settings.user_agent,
        now=now,
        past=backfill.past,
        time_limit=PASS,
    )
    cursor = backfill.cursor if run.cursor is None else run.cursor
    found = coverage(cursor, run.parts)
    after = replace(
        backfill,
        cursor=cursor,
        moved_at=run.ended_at,
        done_at=run.ended_at if found.is_whole else None,
        posts=backfill.posts + run.posts,
        whole=max(backfill.whole, found.whole),
        parts=max(backfill.parts, found.parts),
        last_post_at=run.last_post_at or backfill.last_post_at,
        short=found.short or backfill.short,
    )
    return Backfilled(after, run, cursor != backfill.cursor, _rest_until(cursor, run.ended_at))


def _rest_until(cursor: Mapping[str, Any], now: datetime) -> datetime | None:
    said = (known["until"] for part, known in cursor.items() if part.startswith(REST))
    return max((at for at in map(datetime.fromisoformat, said) if at > now), default=None)

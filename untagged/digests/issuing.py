"""Issuing: a period's digest is made once and kept, and is the same one ever after."""

from dataclasses import dataclass
from typing import Any

from alerts.digests.digest import Digest, Kind
from alerts.digests.entries.forgetting import forget_members
from alerts.digests.issued import Issued, find_issued, hold_still, keep, replace
from alerts.digests.told_posts import posts_told_of
from mentions.errors import UntaggedError
from untagged.digests.asked import Asked
from untagged.digests.asking import mentions_by_id
from untagged.digests.kinds import gathered
from untagged.happenings import digest_ready
from untagged.pipeline import Pipeline

MOST_TRIES = 3
"""A digest that posts are taken from while it is gathered is gathered so often."""


@dataclass(frozen=True, slots=True)
class Made:
    """A digest that is kept, and whether it was made just now."""

    issued: Issued
    is_new: bool


def issue(pipeline: Pipeline, kind: Kind, asked: Asked, *, again: bool = False) -> Made:
    """The digest of the period: the kept one, else a new one that is kept.

    `again` makes it anew, in the place of what was kept. Gathering takes its time and holds no
    transaction; of two that gather at once, the first is kept and both have that one. What was
    deleted meanwhile is in none: it is gathered once more without. Raises UntaggedError for a
    period that is not over: kept now, it would stay half told.
    """
    if not again and (kept := kept_digest(pipeline, kind, asked)):
        return Made(kept, is_new=False)
    if asked.until > asked.now:
        raise UntaggedError(
            "this period is not over yet, and what is kept of it would stay as it is now; end it "
            "today or before, or do not keep it"
        )
    for _ in range(MOST_TRIES):
        digest = gathered(pipeline, kind, asked)
        with pipeline.begin() as connection:
            hold_still(connection)
            gone = _gone(pipeline, connection, digest)
            if not gone:
                return _kept(pipeline, connection, digest, asked, again=again)
            forget_members(connection, gone)  # gathering put them there after they had been taken
    raise UntaggedError(
        f"posts that this digest tells of were deleted each of {MOST_TRIES} times while it was "
        "made; make it again when fewer are deleted"
    )


def _gone(pipeline: Pipeline, connection: Any, digest: Digest) -> list[str]:
    """The posts that it tells of and that are there no more."""
    told = posts_told_of(connection, digest)
    return sorted(told - mentions_by_id(pipeline.store, sorted(told)).keys())


def _kept(
    pipeline: Pipeline, connection: Any, digest: Digest, asked: Asked, *, again: bool
) -> Made:
    if again:
        return Made(replace(connection, digest, now=asked.now), is_new=True)
    issued, is_new = keep(connection, digest, now=asked.now)
    if is_new:
        digest_ready(
            connection,
            pipeline.settings.webhooks,
            issued.about(),
            number=issued.id,
            brand=digest.brand or "",
            team=digest.team or "",
            now=asked.now,
        )
    return Made(issued, is_new)


def kept_digest(pipeline: Pipeline, kind: Kind, asked: Asked) -> Issued | None:
    """What is kept of the period, if anything."""
    with pipeline.read() as connection:
        return find_issued(
            connection,
            kind,
            brand=asked.brand,
            team=asked.team,
            since=asked.since,
            until=asked.until,
        )

"""Housekeeping: what is older than the settings keep is forgotten, in every store."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts import outbox
from alerts.digests import issued, subscriptions
from alerts.digests.entries.forgetting import forget_old_members
from cases import corrections, keeping, presence, relevance
from mentions.store import MentionStore
from spiders import copies, state
from spiders.journal import Journal, named
from untagged.happenings import forget_events
from untagged.settings import Settings

DRAFT_AGE = timedelta(days=1)
"""No batch takes a day to write: an older draft was left by a killed process."""
RECORD_AGE = timedelta(days=90)
"""Runs of sources, quarantined posts and sent messages are looked at for a quarter at most."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How much was forgotten."""

    mentions: int
    batches: int
    messages: int
    records: int


def tidy(
    *,
    settings: Settings,
    store: MentionStore,
    begin: Callable[[], AbstractContextManager[Any]],
    journal: Journal,
    now: datetime,
) -> Kept:
    """Forget mentions and batches older than `keep_days`, and old records; safe to repeat.

    Signatures of near copies go after seven days, and never later than their mentions.
    """
    oldest = now - timedelta(days=settings.keep_days)
    mentions = store.retain(oldest)
    batches = _forget_batches(journal, begin, oldest)
    journal.sweep(before=now - DRAFT_AGE)
    with begin() as connection:
        messages = outbox.forget_old(
            connection, sent_before=now - RECORD_AGE, written_before=oldest
        )
        records = state.forget(connection, before=now - RECORD_AGE)
        records += relevance.forget_old(connection, before=oldest)
        records += presence.forget_gone(connection, before=now)
        records += corrections.forget_old(connection, before=oldest)
        records += keeping.forget_old(connection, before=oldest)
        records += forget_old_members(connection, before=oldest)
        records += _forget_digests(connection, settings, now=now)
        records += forget_events(connection, settings.webhooks, now=now)
        records += copies.forget_old(connection, before=max(oldest, now - copies.MEMORY))
    return Kept(mentions, batches, messages, records)


def _forget_digests(connection: Any, settings: Settings, *, now: datetime) -> int:
    """A digest quotes mentions, so it is not kept for longer than they are."""
    days = min(settings.keep_days, settings.digest_delivery.keep_days)
    before = now - timedelta(days=days)
    gone = issued.forget_old(connection, before=before)
    return gone + subscriptions.forget_tellings(connection, before=before)


def _forget_batches(
    journal: Journal, begin: Callable[[], AbstractContextManager[Any]], oldest: datetime
) -> int:
    """Remove processed batches: first the file, then its entry, so that none is read again."""
    old = [name for name in journal.names() if named(name).written_at < oldest]
    with begin() as connection:
        waiting = set(state.waiting_batches(connection, old))
    done = [name for name in old if name not in waiting]
    for name in done:
        journal.remove(name)
        with begin() as connection:
            state.forget_batch(connection, name)
    return len(done)

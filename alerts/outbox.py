"""The outbox: what must be told is written in the same transaction as why, and sent afterwards.

A notification has one idempotency key for ever. A worker claims one (a lease), sends it, and
marks it sent. If it dies between sending and marking, the lease runs out and the next worker
sends it again *with the same key*, so a receiver that keeps keys sees it once. What fails is
tried again with growing pauses; what can never succeed is a dead letter, shown and resendable.
"""

import logging
import random
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from alerts.tables import outbox
from mentions.errors import Conflict, DeliveryRefused, NotFound, TryAgain

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""Longer than any sending may take (see TIMEOUT_SECONDS of each sender)."""
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
MAX_TRIES = 15
"""With the pauses above about nine hours: longer than a night, shorter than yesterday's news."""
MAX_ERROR_CHARACTERS = 500
STATES = ("waiting", "sent", "dead")

Begin = Callable[[], AbstractContextManager[Connection]]
WhyNot = Callable[[Connection, "Letter", datetime], str]
"""Why a letter that is about to be sent must not be, '' where it may."""


def anybody(_conn: Connection, _letter: "Letter", _now: datetime) -> str:
    """Letters to whomever."""
    return ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One notification for one channel. `payload` is the context of its template."""

    id: int
    idempotency_key: str
    channel: str
    kind: str
    payload: Mapping[str, Any]
    created_at: datetime
    next_try_at: datetime
    tries: int
    state: str
    sent_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one pass over the outbox did."""

    sent: int = 0
    delayed: int = 0
    dead: int = 0
    dropped: int = 0


class Sender(Protocol):
    """What carries letters: raises DeliveryDelayed or DeliveryRefused (see alerts.channels)."""

    def send(self, letter: Letter, *, now: datetime) -> str:
        """Hand it over; returning means that it was accepted, with what came back, for people."""


def enqueue(
    conn: Connection,
    *,
    key: str,
    channel: str,
    kind: str,
    payload: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Put a notification in the outbox once; False if its key is there already."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    put = (
        dialect.insert(outbox)
        .values(
            idempotency_key=key,
            channel=channel,
            kind=kind,
            payload=dict(payload),
            created_at=now,
            next_try_at=now,
            state="waiting",
        )
        .on_conflict_do_nothing(index_elements=["idempotency_key"])
        .returning(outbox.c.id)
    )
    return conn.execute(put).scalar_one_or_none() is not None


def claim(conn: Connection, *, now: datetime, limit: int = 1) -> list[Letter]:
    """Take letters that are due, oldest first; until the lease ends nobody else gets them."""
    is_due = (outbox.c.state == "waiting") & (outbox.c.next_try_at <= now)
    is_due &= or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= now)
    chosen = (
        select(outbox.c.id)
        .where(is_due)
        .order_by(outbox.c.next_try_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)  # SQLite has one writer anyway and leaves it out
        # As a plain subquery PostgreSQL may run it once a row and so claim more than asked for.
        .cte("chosen")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    take = (
        update(outbox)
        .where(outbox.c.id.in_(select(chosen.c.id)), is_due)
        .values(claimed_until=now + LEASE, tries=outbox.c.tries + 1)
        .returning(*_COLUMNS)
    )
    taken = [Letter(**row) for row in conn.execute(take).mappings()]
    return sorted(taken, key=lambda letter: (letter.next_try_at, letter.id))


_COLUMNS = [outbox.c[field.name] for field in fields(Letter)]


def deliver(
    begin: Begin,
    channels: Mapping[str, Sender],
    *,
    now: datetime,
    chance: random.Random,
    why_not: WhyNot = anybody,
    limit: int = 500,
    elapsed_seconds: Callable[[], float] = time.monotonic,
) -> Delivered:
    """Send what is due, one letter at a time, each claimed and marked in its own transaction.

    `now` is the time at the start; what the sending itself takes is added to it, so that leases
    hold through a long pass. What `why_not` tells of is deleted instead, and the log says why.
    """
    started = elapsed_seconds()
    sent = delayed = dead = dropped = 0
    for _ in range(limit):
        moment = now + timedelta(seconds=elapsed_seconds() - started)
        with begin() as conn:
            taken = claim(conn, now=moment)
            refused = _dropped(conn, taken[0], why_not, moment) if taken else False
        if not taken:
            break
        if refused:
            dropped += 1
            continue
        letter = taken[0]
        problem = _try(letter, channels, moment)
        moment = now + timedelta(seconds=elapsed_seconds() - started)
        with begin() as conn:
            if problem is None:
                _mark_sent(conn, letter, moment)
                sent += 1
            elif isinstance(problem, DeliveryRefused) or letter.tries >= MAX_TRIES:
                _mark_dead(conn, letter, problem)
                dead += 1
            else:
                _mark_delayed(conn, letter, problem, now=moment, chance=chance)
                delayed += 1
    return Delivered(sent, delayed, dead, dropped)


def _dropped(conn: Connection, letter: Letter, why_not: WhyNot, now: datetime) -> bool:
    """Delete the letter if somebody must not be told; in the transaction that claimed it."""
    why = why_not(conn, letter, now)
    if why:
        conn.execute(delete(outbox).where(outbox.c.id == letter.id))
        log.warning("%s to %s is not sent: %s", letter.idempotency_key, letter.channel, why)
    return bool(why)


def _try(letter: Letter, channels: Mapping[str, Sender], now: datetime) -> Exception | None:
    """Send, and give back what went wrong, if anything."""
    channel = channels.get(letter.channel)
    if channel is None:
        return DeliveryRefused(
            f"there is no channel {letter.channel!r} in the settings; add it and resend"
        )
    try:
        channel.send(letter, now=now)
    except Exception as problem:  # noqa: BLE001 - one letter, whatever is wrong with it, must not stop the others
        return problem
    return None


def _mark_sent(conn: Connection, letter: Letter, now: datetime) -> None:
    values = {"state": "sent", "sent_at": now, "claimed_until": None, "error": ""}
    conn.execute(update(outbox).where(outbox.c.id == letter.id).values(values))


def _mark_dead(conn: Connection, letter: Letter, problem: Exception) -> None:
    values = {"state": "dead", "claimed_until": None, "error": _said(problem)}
    _mark_waiting(conn, letter, values)


def _mark_delayed(
    conn: Connection, letter: Letter, problem: Exception, *, now: datetime, chance: random.Random
) -> None:
    pause = backoff(letter.tries, chance)
    if isinstance(problem, TryAgain) and problem.after_seconds is not None:
        asked = timedelta(seconds=min(problem.after_seconds, LONGEST_PAUSE.total_seconds()))
        pause = max(pause, asked)
    _mark_waiting(
        conn,
        letter,
        {"claimed_until": None, "next_try_at": now + pause, "error": _said(problem)},
    )


def _mark_waiting(conn: Connection, letter: Letter, values: dict[str, Any]) -> None:
    """Change a letter that nobody else has sent meanwhile (our lease may have run out)."""
    ours = (outbox.c.id == letter.id) & (outbox.c.state == "waiting")
    ours &= outbox.c.tries == letter.tries
    conn.execute(update(outbox).where(ours).values(values))


def _said(problem: Exception) -> str:
    words = str(problem) or type(problem).__name__
    return words[:MAX_ERROR_CHARACTERS]


def backoff(tries: int, chance: random.Random) -> timedelta:
    """The pause after that many tries: doubling, at most an hour, scattered by half each way.

    Scattered, so that what failed together does not come back together.
    """
    doublings = min(tries - 1, 20)
    pause = min(FIRST_PAUSE * float(2**doublings), LONGEST_PAUSE)
    return pause * chance.uniform(0.5, 1.5)


def letters(conn: Connection, *, state: str | None = None, limit: int = 100) -> list[Letter]:
    """The newest letters, or those in one state: waiting, sent or dead."""
    wanted = select(*_COLUMNS).order_by(outbox.c.id.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(outbox.c.state == state)
    return [Letter(**row) for row in conn.execute(wanted).mappings()]


def counts(conn: Connection) -> dict[str, int]:
    """How many letters are in each state."""
    wanted = select(outbox.c.state, func.count()).group_by(outbox.c.state)
    found = {row[0]: int(row[1]) for row in conn.execute(wanted)}
    return {state: found.get(state, 0) for state in STATES}


def letter_of(conn: Connection, letter_id: int) -> Letter:
    """The letter. Raises NotFound."""
    row = conn.execute(select(*_COLUMNS).where(outbox.c.id == letter_id)).mappings().first()
    if row is None:
        raise NotFound(f"there is no notification {letter_id}; see `untagged outbox list`")
    return Letter(**row)


def resend(conn: Connection, letter_id: int, *, now: datetime) -> None:
    """Give a dead letter a new start, with the same key. Raises NotFound or Conflict."""
    change = update(outbox).where(outbox.c.id == letter_id, outbox.c.state == "dead")
    if conn.execute(change.values(_anew(now))).rowcount:
        return
    state = letter_of(conn, letter_id).state
    raise Conflict(f"notification {letter_id} is {state}; only dead letters can be resent")


def resend_all(conn: Connection, *, now: datetime) -> int:
    """Give every dead letter a new start; returns how many."""
    change = update(outbox).where(outbox.c.state == "dead")
    return int(conn.execute(change.values(_anew(now))).rowcount)


def _anew(now: datetime) -> dict[str, Any]:
    return {"state": "waiting", "next_try_at": now, "tries": 0, "error": ""}


def drop(conn: Connection, letter_id: int) -> None:
    """Delete a dead letter, as nobody needs it any more. Raises NotFound or Conflict."""
    gone = delete(outbox).where(outbox.c.id == letter_id, outbox.c.state == "dead")
    if not conn.execute(gone).rowcount:
        state = letter_of(conn, letter_id).state
        raise Conflict(f"notification {letter_id} is {state}; only dead letters can be dropped")


def forget(conn: Connection, keys: Collection[str]) -> int:
    """Delete the letters with these keys, sent or not; returns how many there were.

    For words that somebody asked to forget. What waited is not sent any more.
    """
    gone = delete(outbox).where(outbox.c.idempotency_key.in_(keys))
    return int(conn.execute(gone).rowcount)


def forget_old(conn: Connection, *, sent_before: datetime, written_before: datetime) -> int:
    """Delete letters sent before one moment, and dead ones written before the other.

    The posts that they quote go with them; returns how many went.
    """
    is_old = (outbox.c.state == "sent") & (outbox.c.sent_at < sent_before)
    is_old |= (outbox.c.state == "dead") & (outbox.c.created_at < written_before)
    return int(conn.execute(delete(outbox).where(is_old)).rowcount)

"""Confirming: a mail address that somebody subscribed says yes before its first digest.

Else anybody who may subscribe could send digests to who does not want them. The address gets one
letter with a link; the page behind it has a button, as mail programs open links by themselves. A
new letter ends the link of the one before. Functions take a Connection inside a transaction that
the caller began.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sql

from alerts.digests.subscriptions import Subscription, get_subscription, letters_of
from alerts.digests.tables import digest_subscriptions
from alerts.tables import outbox
from mentions.errors import Conflict, NotFound

KIND = "confirm"
"""Of the letters, and of their templates."""
PREFIX = "/subscribe/"
"""Below it lies nothing else, so that a proxy can let that through from outside."""
LASTS = timedelta(days=7)
"""How long a link works."""
MOST_LETTERS = 3
"""To one address on behalf of one person, until it says yes: who does not answer does not want."""
MOST_A_DAY = 10
"""Letters on behalf of one person, to whomever."""


def make_question(conn: sql.Connection, number: int, *, now: datetime) -> str:
    """The secret of a new link, in place of the one before; it is in no table.

    Raises Conflict where it is confirmed or over, or where too many were asked.
    """
    one = get_subscription(conn, number)
    if one.ended_at is not None or one.confirmed_at is not None:
        raise Conflict("this subscription waits for no answer")
    table = digest_subscriptions.c
    own = table.user_id == one.user_id
    # Those that ended count, too: ending and subscribing again would ask for ever.
    asked = sql.select(sql.func.coalesce(sql.func.sum(table.asks), 0))
    if conn.execute(asked.where(own, _is_of(one.address))).scalar_one() >= MOST_LETTERS:
        raise Conflict(
            f"{one.address} was asked {MOST_LETTERS} times whether it wants digests of yours and "
            "is asked no more; have an old letter looked for, or an admin add the address to the "
            "settings (digests, to)"
        )
    lately = table.asked_at > now - timedelta(days=1)
    if conn.execute(asked.where(own, lately)).scalar_one() >= MOST_A_DAY:
        raise Conflict(
            f"{MOST_A_DAY} addresses were asked on your behalf within a day; ask more tomorrow"
        )
    unsent = outbox.c.idempotency_key.startswith(question_key(number, "")) & (
        outbox.c.state != "sent"
    )
    conn.execute(sql.delete(outbox).where(unsent))
    token = secrets.token_urlsafe(32)
    change = sql.update(digest_subscriptions).where(table.id == number)
    said = {"asked_at": now, "asks": table.asks + 1, "token_hash": _hash(token)}
    conn.execute(change.values(said))
    return token


def asked_by(conn: sql.Connection, token: str, *, now: datetime) -> Subscription:
    """What the link asks about, confirmed or not. Raises NotFound for a link that is over."""
    table = digest_subscriptions.c
    wanted = sql.select(table.id).where(table.token_hash == _hash(token), table.ended_at.is_(None))
    number = conn.scalar(wanted)
    one = None if number is None else get_subscription(conn, number)
    if one is None or (one.confirmed_at is None and not _is_fresh(one, now)):
        raise NotFound(
            f"this link is over: it works for {LASTS.days} days, and until a newer letter or the "
            "end of the subscription. Whoever subscribed you can have a new one sent"
        )
    return one


def confirm(conn: sql.Connection, token: str, *, now: datetime) -> Subscription:
    """The address says yes, to all that this person had it subscribed to; twice is as once.

    Raises NotFound for a link that is over.
    """
    one = asked_by(conn, token, now=now)
    table = digest_subscriptions.c
    theirs = (table.user_id == one.user_id, _is_of(one.address))
    conn.execute(sql.update(digest_subscriptions).where(*theirs).values(asks=0))
    waiting = (*theirs, table.confirmed_at.is_(None), table.ended_at.is_(None))
    conn.execute(sql.update(digest_subscriptions).where(*waiting).values(confirmed_at=now))
    return get_subscription(conn, one.id)


def is_to_be_asked(conn: sql.Connection, one: Subscription, *, now: datetime) -> bool:
    """Whether its address has to say yes and has no link that works."""
    token = sql.select(digest_subscriptions.c.token_hash).where(digest_subscriptions.c.id == one.id)
    has_link = conn.scalar(token) is not None and _is_fresh(one, now)
    return one.confirmed_at is None and not has_link


def question_key(number: int, at: str) -> str:
    """The outbox's key of a letter that asks."""
    return f"{letters_of(number)}{KIND}:{at}"


def _is_of(address: str) -> sql.ColumnElement[bool]:
    """Small and capital letters are one address's; mail addresses are ASCII here."""
    return sql.func.lower(digest_subscriptions.c.address) == address.lower()


def _is_fresh(one: Subscription, now: datetime) -> bool:
    return one.asked_at is not None and now < one.asked_at + LASTS


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

"""Subscriptions: who gets which digest and when, by the settings or by their own wish.

A recipient of the settings who unsubscribed stays so, whatever the settings say. Functions take a
Connection inside a transaction that the caller began.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite

from alerts.digests.digest import Kind
from alerts.digests.settings import DigestSchedule, Empty, is_mail
from alerts.digests.tables import digest_subscriptions, digest_tellings
from alerts.digests.timing import Period, last_period
from alerts.tables import outbox
from mentions.errors import Conflict, NotFound

SETTINGS = "settings"
"""Who made, or ended, what the settings say."""
MOST_OF_A_USER = 30
"""Subscriptions that one person has at once; nobody reads more."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which digest somebody wants, when, and where: in a channel or at a mail address."""

    kind: Kind
    brand: str = ""
    team: str = ""
    at: str = "weekly monday 08:00"
    zone: str = "UTC"
    channel: str = ""
    address: str = ""
    empty: Empty = "tell"

    @property
    def to(self) -> str:
        """The mail address or the channel's name."""
        return self.address or self.channel


@dataclass(frozen=True, slots=True)
class Subscription:
    """A wish that is kept. `user_id` is whose it is, None for the settings'.

    `confirmed_at` is when its mail address said yes; nobody needs to for a channel, nor for what
    the settings say. `asks` letters asked the address so far, the last one at `asked_at`.
    """

    id: int
    key: str
    kind: Kind
    brand: str
    team: str
    at: str
    zone: str
    channel: str
    address: str
    empty: Empty
    user_id: int | None
    made_at: datetime
    made_by: str
    ended_at: datetime | None
    ended_by: str
    confirmed_at: datetime | None
    asked_at: datetime | None
    asks: int

    @property
    def to(self) -> str:
        """The mail address or the channel's name."""
        return self.address or self.channel

    def due(self, now: datetime) -> Period | None:
        """The period that ended last, unless that was before it was made or confirmed."""
        if self.confirmed_at is None:
            return None
        period = last_period(self.at, self.zone, now=now)
        return period if period.until > max(self.made_at, self.confirmed_at) else None


_COLUMNS = [digest_subscriptions.c[field.name] for field in fields(Subscription)]
_ENDED = {"ended_at": None, "ended_by": ""}


def follow_settings(
    conn: sql.Connection, schedules: Iterable[DigestSchedule], *, now: datetime
) -> None:
    """Keep what the settings say: what is new begins, what is gone ends, what changed changes."""
    wanted = dict(_wanted(schedules))
    where = digest_subscriptions.c.made_by == SETTINGS
    there = {row.key: row for row in conn.execute(sql.select(digest_subscriptions).where(where))}
    for key, wish in wanted.items():
        row = there.get(key)
        if row is None:
            _insert(conn, key, wish, user_id=None, now=now, actor=SETTINGS, confirmed_at=now)
            continue
        change = {name: said for name, said in asdict(wish).items() if row._mapping[name] != said}
        if row.ended_by == SETTINGS:  # it is back; what was missed meanwhile is not sent
            change |= {**_ENDED, "made_at": now}
        change |= _begun_anew(row, wish, now)
        if change:
            _change(conn, row.id, change)
    for key, row in there.items():
        if key not in wanted and row.ended_at is None:
            _change(conn, row.id, {"ended_at": now, "ended_by": SETTINGS})


def _wanted(schedules: Iterable[DigestSchedule]) -> Iterator[tuple[str, Wish]]:
    for one in schedules:
        about = (one.kind, one.brand, one.team, one.at, one.zone)
        for to in one.to:
            channel, address = ("", to) if is_mail(to) else (to, "")
            yield f"{SETTINGS}:{one.name}:{to}", Wish(*about, channel, address, one.empty)


def subscribe(
    conn: sql.Connection, wish: Wish, *, user_id: int, actor: str, now: datetime
) -> Subscription:
    """Keep somebody's own wish; wished again, it begins anew. Raises Conflict for one too many.

    A mail address that gets nothing else from them has to say yes first (`alerts.digests.
    confirming`): anybody's may be entered. A channel has not.
    """
    key = f"user:{user_id}:{wish.kind}:{wish.brand}:{wish.team}:{wish.to}"
    own = [one.key for one in subscriptions_of(conn, user_id)]
    if key not in own and len(own) >= MOST_OF_A_USER:
        raise Conflict(f"{actor} has {MOST_OF_A_USER} subscriptions already; end one first")
    is_agreed = bool(wish.channel) or wish.address.lower() in _agreed_addresses(conn, user_id)
    confirmed = {"confirmed_at": now if is_agreed else None}
    if not _insert(conn, key, wish, user_id=user_id, now=now, actor=actor, **confirmed):
        there = sql.select(digest_subscriptions).where(digest_subscriptions.c.key == key)
        row = conn.execute(there).one()
        anew = {**_ENDED, **confirmed, "made_at": now}
        again = anew if row.ended_at else _begun_anew(row, wish, now)
        _change(conn, row.id, {**asdict(wish), **again})
    return _subscription(
        conn.execute(sql.select(*_COLUMNS).where(digest_subscriptions.c.key == key)).one()
    )


def _agreed_addresses(conn: sql.Connection, user_id: int) -> set[str]:
    """The addresses, in small letters, that said yes to a digest of theirs and did not end it."""
    return {one.address.lower() for one in subscriptions_of(conn, user_id) if one.confirmed_at}


def _begun_anew(row: sql.Row[Any], wish: Wish, now: datetime) -> dict[str, Any]:
    """At other times a subscription begins anew: the last of these was not its own, and the days
    before it were told already."""
    is_other = (row.at, row.zone) != (wish.at, wish.zone)
    return {"made_at": now} if is_other else {}


def get_subscription(conn: sql.Connection, number: int) -> Subscription:
    """The subscription, ended or not. Raises NotFound."""
    wanted = sql.select(*_COLUMNS).where(digest_subscriptions.c.id == number)
    row = conn.execute(wanted).first()
    if row is None:
        raise NotFound(f"there is no subscription {number}; the page Digests shows yours")
    return _subscription(row)


def active(conn: sql.Connection) -> list[Subscription]:
    """Those that go on, in the order in which they were made."""
    return _read(conn, digest_subscriptions.c.ended_at.is_(None))


def subscriptions_of(conn: sql.Connection, user_id: int) -> list[Subscription]:
    """Somebody's own that go on."""
    own = digest_subscriptions.c.user_id == user_id
    return _read(conn, own, digest_subscriptions.c.ended_at.is_(None))


def letter_key(number: int, until: datetime) -> str:
    """The outbox's key of the one letter of a subscription's period."""
    return f"{letters_of(number)}{until.isoformat()}"


def subscription_of(key: str) -> int | None:
    """Whose letter the outbox's key is, None where it is no digest's."""
    kind, _, rest = key.partition(":")
    number = rest.partition(":")[0]
    return int(number) if kind == "digest" and number.isdecimal() else None


def letters_of(number: int) -> str:
    """What the outbox's keys of a subscription's letters begin with."""
    return f"digest:{number}:"


def end(conn: sql.Connection, number: int, *, actor: str, now: datetime) -> bool:
    """End it, with what waits to be sent of it; False if it was over. Raises NotFound."""
    get_subscription(conn, number)
    unsent = outbox.c.idempotency_key.startswith(letters_of(number)) & (outbox.c.state != "sent")
    conn.execute(sql.delete(outbox).where(unsent))
    still = sql.update(digest_subscriptions).where(
        digest_subscriptions.c.id == number, digest_subscriptions.c.ended_at.is_(None)
    )
    over = {"ended_at": now, "ended_by": actor, "token_hash": None}
    return bool(conn.execute(still.values(over)).rowcount)


def is_told(conn: sql.Connection, number: int, until: datetime) -> bool:
    """Whether the digest that ends then was told, or skipped on purpose."""
    table = digest_tellings.c
    where = (table.subscription_id == number, table.until_at == until)
    return conn.execute(sql.select(table.what).where(*where)).first() is not None


def note_telling(
    conn: sql.Connection, number: int, until: datetime, *, what: str, now: datetime
) -> bool:
    """Note 'told' or 'skipped', once; False if another was faster, and told it."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    row = {"subscription_id": number, "until_at": until, "what": what, "at": now}
    put = dialect.insert(digest_tellings).values(row).on_conflict_do_nothing()
    return conn.execute(put.returning(digest_tellings.c.what)).first() is not None


def tellings(conn: sql.Connection, number: int) -> list[tuple[datetime, str]]:
    """What was told of a subscription, and until when, the last first."""
    table = digest_tellings.c
    wanted = sql.select(table.until_at, table.what).where(table.subscription_id == number)
    return [
        (row.until_at, row.what) for row in conn.execute(wanted.order_by(table.until_at.desc()))
    ]


def forget_tellings(conn: sql.Connection, *, before: datetime) -> int:
    """Delete what was noted of periods that ended before, except each one's last; how many."""
    table, later = digest_tellings, digest_tellings.alias()
    is_last = ~sql.exists().where(
        later.c.subscription_id == table.c.subscription_id, later.c.until_at > table.c.until_at
    )
    return int(conn.execute(sql.delete(table).where(table.c.until_at < before, ~is_last)).rowcount)


def _insert(
    conn: sql.Connection,
    key: str,
    wish: Wish,
    *,
    user_id: int | None,
    now: datetime,
    actor: str,
    confirmed_at: datetime | None,
) -> bool:
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    row = {"key": key, "user_id": user_id, "made_at": now, "made_by": actor, **asdict(wish)}
    row["confirmed_at"] = confirmed_at
    put = dialect.insert(digest_subscriptions).values({**row, **_ENDED}).on_conflict_do_nothing()
    return conn.execute(put.returning(digest_subscriptions.c.id)).first() is not None


def _change(conn: sql.Connection, number: int, values: dict[str, Any]) -> None:
    change = sql.update(digest_subscriptions).where(digest_subscriptions.c.id == number)
    conn.execute(change.values(values))


def _read(conn: sql.Connection, *where: sql.ColumnElement[bool]) -> list[Subscription]:
    wanted = sql.select(*_COLUMNS).where(*where).order_by(digest_subscriptions.c.id)
    return [_subscription(row) for row in conn.execute(wanted)]


def _subscription(row: sql.Row[Any]) -> Subscription:
    return Subscription(**row._mapping)

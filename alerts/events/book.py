"""The book of events: written in the transaction of what they tell, kept until retention.

An event that no webhook hears of is not written. One that is, is written once for all of them,
by its id; each has its own line to wait in.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from alerts.events.endpoints import ill, note_missed
from alerts.events.happening import Happening, Queued
from alerts.events.tables import webhook_deliveries, webhook_events
from alerts.events.webhook import Webhook

MAX_WAITING = 100_000
"""Events that wait for an endpoint that takes none. Later mentions are counted, and not kept."""
AT_ONCE = 200
DROPPED_FIRST = "mention.matched"


def tell(
    conn: Connection, told: Iterable[tuple[Happening, Sequence[Webhook]]], *, now: datetime
) -> int:
    """Write events for the webhooks that hear of each; returns how many were new.

    What has an id that is there already is not written again.
    """
    wanted = [(one, hooks) for one, hooks in told if hooks]
    full = _full(conn, {hook.name for _, hooks in wanted for hook in hooks})
    missed = dict.fromkeys(full, 0)
    new = 0
    for at in range(0, len(wanted), AT_ONCE):
        some = wanted[at : at + AT_ONCE]
        numbers = _write(conn, [one for one, _ in some], now)
        new += len(numbers)
        lines = []
        for one, hooks in some:
            number = numbers.pop(one.id, None)  # None: there already, or twice among these
            for hook in hooks if number is not None else ():
                if one.type == DROPPED_FIRST and hook.name in full:
                    missed[hook.name] += 1
                else:
                    lines.append({"endpoint": hook.name, "event": number})
        _queue(conn, lines, now)
    note_missed(conn, {name: number for name, number in missed.items() if number}, now=now)
    return new


def hearing(webhooks: Iterable[Webhook], one: Happening) -> list[Webhook]:
    """Those of the webhooks that hear of it; the query for mentions is the caller's."""
    return [hook for hook in webhooks if hook.wants(one.type) and hook.passes(one.brands, one.team)]


def _write(conn: Connection, happenings: Sequence[Happening], now: datetime) -> dict[str, int]:
    """The numbers of those that are new, by their ids."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    rows = [
        {
            "event_id": one.id,
            "type": one.type,
            "subject": one.subject,
            "at": one.at,
            "actor": one.actor,
            "schema": one.schema,
            "data": dict(one.data),
            "written_at": now,
        }
        for one in happenings
    ]
    put = (
        dialect.insert(webhook_events)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["event_id"])
        .returning(webhook_events.c.event_id, webhook_events.c.id)
    )
    return {row.event_id: row.id for row in conn.execute(put)}


def _queue(conn: Connection, lines: Sequence[Mapping[str, Any]], now: datetime) -> None:
    waiting = {"state": "waiting", "asked_at": now}
    if lines:
        conn.execute(insert(webhook_deliveries), [{**line, **waiting} for line in lines])


def _full(conn: Connection, names: Collection[str]) -> set[str]:
    """Of these endpoints, those that take nothing and for which as much waits as is kept."""
    return {name for name in ill(conn, names) if waiting_for(conn, name) >= MAX_WAITING}


def waiting_for(conn: Connection, endpoint: str) -> int:
    """How many events wait for it, counted up to MAX_WAITING."""
    lines = select(literal(1)).where(
        webhook_deliveries.c.endpoint == endpoint, webhook_deliveries.c.state == "waiting"
    )
    counted = select(func.count()).select_from(lines.limit(MAX_WAITING).subquery())
    return int(conn.execute(counted).scalar_one())


_QUEUED = (
    select(
        webhook_deliveries.c.id.label("delivery"),
        webhook_deliveries.c.is_replay,
        webhook_events.c.id.label("number"),
        *(
            webhook_events.c[name]
            for name in ("event_id", "type", "subject", "at", "schema", "data", "actor")
        ),
    )
    .join_from(webhook_deliveries, webhook_events)
    .order_by(webhook_deliveries.c.id)
)


def next_for(conn: Connection, endpoint: str, *, limit: int) -> list[Queued]:
    """What waits for an endpoint, the first first."""
    is_waiting = webhook_deliveries.c.state == "waiting"
    wanted = _QUEUED.where(webhook_deliveries.c.endpoint == endpoint, is_waiting).limit(limit)
    return [_queued(row) for row in conn.execute(wanted).mappings()]


def _queued(row: RowMapping) -> Queued:
    happening = Happening(
        id=row["event_id"],
        type=row["type"],
        subject=row["subject"],
        at=row["at"],
        schema=row["schema"],
        data=row["data"],
        actor=row["actor"],
    )
    return Queued(row["delivery"], row["number"], row["is_replay"], happening)


def mark(conn: Connection, queued: Sequence[Queued], state: str) -> None:
    """Say what became of deliveries."""
    ids = [one.delivery for one in queued]
    change = update(webhook_deliveries).where(webhook_deliveries.c.id.in_(ids))
    conn.execute(change.values(state=state))


def replay(
    conn: Connection,
    webhook: Webhook,
    *,
    now: datetime,
    since: datetime | None = None,
    event: str = "",
    event_id: str = "",
) -> int:
    """Put events that an endpoint was told, or refused, in its line once more; how many.

    They keep their ids and their order, behind what waits, and are marked as replays. `event` is a
    type or a pattern such as `case.*`.
    """
    # An inner selection: an event that was replayed before has several lines.
    kept = select(webhook_deliveries.c.event).where(
        webhook_deliveries.c.endpoint == webhook.name, webhook_deliveries.c.state != "waiting"
    )
    wanted: Select[Any] = select(
        literal(webhook.name),
        webhook_events.c.id,
        literal(True),  # a value of a column
        literal("waiting"),
        literal(now, type_=webhook_deliveries.c.asked_at.type),
    ).where(webhook_events.c.id.in_(kept), *_chosen(since, event, event_id))
    names = ["endpoint", "event", "is_replay", "state", "asked_at"]
    ordered = wanted.order_by(webhook_events.c.id)
    put = insert(webhook_deliveries).from_select(names, ordered)
    return len(conn.execute(put.returning(webhook_deliveries.c.id)).all())


def _chosen(since: datetime | None, event: str, event_id: str) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = []
    if since is not None:
        chosen.append(webhook_events.c.at >= since)
    if event:
        pattern = event.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        chosen.append(webhook_events.c.type.like(pattern.replace("*", "%"), escape="\\"))
    if event_id:
        chosen.append(webhook_events.c.event_id == event_id)
    return chosen


def counts(conn: Connection, names: Iterable[str]) -> dict[str, dict[str, int]]:
    """How many deliveries of each endpoint wait, were sent, were refused."""
    found = {name: {"waiting": 0, "sent": 0, "refused": 0} for name in names}
    columns = (webhook_deliveries.c.endpoint, webhook_deliveries.c.state)
    for name, state, number in conn.execute(select(*columns, func.count()).group_by(*columns)):
        if name in found:
            found[name][state] = int(number)
    return found


def forget_old(conn: Connection, before: Mapping[str, datetime], *, otherwise: datetime) -> int:
    """Delete lines of each endpoint from before its moment, and the events nobody has a line for.

    `otherwise` is the moment for endpoints that the settings have no more.
    """
    lines = webhook_deliveries.c
    gone = 0
    for name, moment in before.items():
        is_old = (lines.endpoint == name) & (lines.asked_at < moment)
        gone += conn.execute(delete(webhook_deliveries).where(is_old)).rowcount
    is_old = lines.endpoint.not_in(list(before)) & (lines.asked_at < otherwise)
    gone += conn.execute(delete(webhook_deliveries).where(is_old)).rowcount
    newest = max([*before.values(), otherwise])
    unheard = ~select(lines.id).where(lines.event == webhook_events.c.id).exists()
    old = delete(webhook_events).where(webhook_events.c.written_at < newest, unheard)
    conn.execute(old)
    return int(gone)


def forget_subjects(conn: Connection, subjects: Sequence[str]) -> int:
    """Delete the events about these, told or not: what they quote is to be forgotten."""
    gone = 0
    for at in range(0, len(subjects), AT_ONCE):
        some = webhook_events.c.subject.in_(subjects[at : at + AT_ONCE])
        gone += conn.execute(delete(webhook_events).where(some)).rowcount
    return gone


def rewrite(conn: Connection, subject: str, data: Mapping[str, Any]) -> None:
    """Let the events about it say what it is now, since what it was is to be forgotten."""
    change = update(webhook_events).where(webhook_events.c.subject == subject)
    conn.execute(change.values(data=dict(data)))

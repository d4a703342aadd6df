"""Arrivals: when the posts of cases were published, which is what a forecast learns from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, String, func, select, type_coerce

from cases.policy import SlaPolicy
from cases.tables import cases


@dataclass(frozen=True, slots=True)
class Usual:
    """What most of the cases are promised, and how late they are brought (the median)."""

    policy: SlaPolicy
    first_response: timedelta
    lag: timedelta


def arrivals(
    conn: Connection,
    *,
    since: datetime,
    until: datetime,
    team: str | None = None,
    brand: str | None = None,
) -> list[datetime]:
    """When the posts of cases in the window were published, by time; merged ones are no work."""
    query = select(cases.c.published_at).where(*_within(since, until, team, brand))
    return sorted(conn.execute(query).scalars())


def arrivals_by_hour(
    conn: Connection,
    *,
    since: datetime,
    until: datetime,
    team: str | None = None,
    brand: str | None = None,
) -> Mapping[datetime, int]:
    """How many of them each hour brought, by its beginning (UTC).

    The database counts: to read each of 200,000 took half a second for every team of a page.
    """
    if conn.dialect.name == "postgresql":
        hour = func.to_char(func.timezone("UTC", cases.c.published_at), "YYYY-MM-DD HH24")
    else:  # as UtcDateTime writes it
        hour = func.substr(type_coerce(cases.c.published_at, String), 1, 13)
    told = hour.label("hour")
    query = select(told, func.count()).where(*_within(since, until, team, brand)).group_by(told)
    return {
        datetime.strptime(at, "%Y-%m-%d %H").replace(tzinfo=UTC): count
        for at, count in conn.execute(query)
    }


def first_arrival(conn: Connection, *, since: datetime, until: datetime) -> datetime | None:
    """When the first post of any case of the window was published; None without one."""
    first = func.min(cases.c.published_at, type_=cases.c.published_at.type)
    found: datetime | None = conn.execute(
        select(first).where(*_within(since, until, None, None))
    ).scalar_one()
    return found


def usual(conn: Connection, *, since: datetime, until: datetime, team: str) -> Usual | None:
    """What the team's cases of the window are promised; None if there are none."""
    wanted = _within(since, until, team, None)
    kinds = (
        select(cases.c.sla, cases.c.priority, func.count().label("of"), func.max(cases.c.id))
        .where(*wanted)
        .group_by(cases.c.sla, cases.c.priority)
        .order_by(func.count().desc(), cases.c.sla, cases.c.priority)
        .limit(1)
    )
    most = conn.execute(kinds).first()
    if most is None:
        return None
    terms = conn.execute(select(cases.c.terms).where(cases.c.id == most[3])).scalar_one()
    policy = SlaPolicy.from_terms(terms)
    times = conn.execute(select(cases.c.published_at, cases.c.opened_at).where(*wanted)).all()
    lags = sorted(max(row.opened_at - row.published_at, timedelta(0)) for row in times)
    promised = policy.promise("first_response", most.priority) or policy.first_response
    return Usual(policy, promised, lags[len(lags) // 2])


def waiting(conn: Connection, *, team: str, at: datetime) -> int:
    """How many of the team's cases wait for their first answer at the moment."""
    query = select(func.count()).where(
        cases.c.team == team,
        cases.c.mention_id.is_not(None),
        cases.c.status.not_in(("merged", "pending", "snoozed")),
        cases.c.no_reply == "",
        cases.c.opened_at < at,
        cases.c.first_reply_at.is_(None) | (cases.c.first_reply_at >= at),
        cases.c.resolved_at.is_(None) | (cases.c.resolved_at >= at),
    )
    return int(conn.execute(query).scalar_one())


def _within(
    since: datetime, until: datetime, team: str | None, brand: str | None
) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [
        cases.c.published_at >= since,
        cases.c.published_at < until,
        cases.c.mention_id.is_not(None),
        cases.c.status != "merged",
    ]
    wanted += [] if team is None else [cases.c.team == team]
    return wanted + ([] if brand is None else [cases.c.brand == brand])

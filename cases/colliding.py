"""Colliding: that somebody else answers, or has answered, before one does it twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from cases.case import SYSTEM, Case
from cases.ledger import read_case
from cases.presence import present
from cases.tables import audit, case_posts
from mentions.errors import Conflict
from mentions.times import said_duration

RECENT = timedelta(hours=1)
"""An answer given so long ago is told of, whenever one began to write."""
_ANSWERS = ("answered", "reply handed over")


class Meanwhile(Conflict):
    """Somebody else answers the case, too, or has done so; one may do it all the same."""

    def __init__(self, message: str, *, case_id: int) -> None:
        super().__init__(message)
        self.case_id = case_id


@dataclass(frozen=True, slots=True)
class Others:
    """Colleagues at a case, in words, and who has answered what its author said last."""

    writing: tuple[str, ...]
    looking: tuple[str, ...]
    answered_by: str
    answered_at: datetime | None

    @property
    def are_answering(self) -> bool:
        """Whether one's own answer may be the second."""
        return bool(self.writing) or self.answered_at is not None

    def said(self, now: datetime, *, with_looking: bool = True) -> str:
        """'ben is writing an answer; ana answered 2 min ago', '' if nobody is there."""
        told = [f"{who} is writing an answer" for who in self.writing]
        if self.answered_at is not None:
            ago = said_duration(max(now - self.answered_at, timedelta(0)))
            by_hand = f"{self.answered_by} answered"
            told.append(
                f"{'an answer was seen' if self.answered_by == SYSTEM else by_hand} {ago} ago"
            )
        if with_looking:
            told += [f"{who} is looking" for who in self.looking]
        return "; ".join(told)


def others_at(
    conn: Connection, case_id: int, agent: str, *, now: datetime, since: datetime | None = None
) -> Others:
    """Who but the agent is at the case, and the last answer of theirs that its author has not
    written after; `since` is when the agent began, for answers that are not recent.
    """
    there = present(conn, [case_id], now=now, but=agent).get(case_id, [])
    by, at = _last_answer(conn, case_id, agent, min(now - RECENT, since or now))
    return Others(
        writing=tuple(one.agent for one in there if one.is_writing),
        looking=tuple(one.agent for one in there if not one.is_writing),
        answered_by=by,
        answered_at=at,
    )


def refuse_collision(
    conn: Connection, case_id: int, agent: str, *, now: datetime, since: datetime
) -> Case:
    """The case, locked, so that of two who answer at once the second is told.

    Raises Meanwhile if somebody else writes there now, or has answered since.
    """
    case = read_case(conn, case_id, for_change=True)
    others = others_at(conn, case_id, agent, now=now, since=since)
    if others.are_answering:
        said = others.said(now, with_looking=False)
        told = f"{said}; look at case {case_id} again before you answer it twice"
        raise Meanwhile(told, case_id=case_id)
    return case


def _last_answer(
    conn: Connection, case_id: int, agent: str, since: datetime
) -> tuple[str, datetime | None]:
    theirs = (
        audit.c.case_id == case_id,
        audit.c.action.in_(_ANSWERS),
        audit.c.actor != agent,
        audit.c.at >= since,
    )
    columns = (audit.c.actor, audit.c.at, audit.c.detail)
    row = conn.execute(select(*columns).where(*theirs).order_by(audit.c.id.desc()).limit(1)).first()
    if row is None:
        return "", None
    told = row.detail.get("answered_at")
    at = datetime.fromisoformat(told) if told else row.at
    newest = select(func.max(case_posts.c.published_at)).where(case_posts.c.case_id == case_id)
    said_last = conn.execute(newest).scalar()
    return ("", None) if said_last is not None and said_last > at else (row.actor, at)

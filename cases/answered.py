"""Answered: how the questions of given posts were settled, for whoever learns from it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sql

from cases.drafts import Reply, replies, replies_of
from cases.knowledge import KnownAnswer, answer_uses, answers_of
from cases.ledger import read_cases
from cases.tables import case_posts, cases
from cases.traces import cases_of_mentions

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Settled:
    """The case of a post: when it was answered or done with, and by what.

    `moments` are the first and the last answer and the resolution that holds. `answer` settled the
    case then, `replies` were handed over in public and still have their words.
    """

    case_id: int
    moments: tuple[datetime, ...]
    resolved_at: datetime | None
    answer: KnownAnswer | None
    replies: tuple[Reply, ...]

    def after(self, published: datetime) -> datetime | None:
        """When a post of the conversation was answered, None while it waits."""
        return min((at for at in self.moments if at >= published), default=None)


def settled_posts(conn: sql.Connection, mention_ids: Sequence[str]) -> dict[str, Settled]:
    """How each post that has a case was settled; a merged case by the one that took it over."""
    own = cases_of_mentions(conn, mention_ids)
    ended = _where_they_ended(conn, sorted(set(own.values())))
    homes = sorted({*ended.values()})
    found = {
        case.id: case for some in _chunks(homes) for case in read_cases(conn, cases.c.id.in_(some))
    }
    told = answers_of(conn, homes)
    handed: dict[int, list[Reply]] = defaultdict(list)
    for some in _chunks(sorted({*ended, *homes})):
        for reply in replies_of(conn, *some):
            # What was told in private is about one person's case, and no answer to others.
            if reply.state == "handed" and reply.text and not reply.is_private:
                handed[ended.get(reply.case_id, reply.case_id)].append(reply)
    settled = {}
    for mention_id, case_id in own.items():
        case = found[ended[case_id]]
        done = case.resolved_at if case.status == "resolved" else None
        moments = (case.first_reply_at, case.last_reply_at, done)
        settled[mention_id] = Settled(
            case_id=case.id,
            moments=tuple(at for at in moments if at is not None),
            resolved_at=done,
            answer=told.get(case.id),
            replies=tuple(handed[case.id]),
        )
    return settled


def answered_posts(
    conn: sql.Connection,
    *,
    brand: str,
    since: datetime,
    until: datetime,
    limit: int,
    first: str = "",
) -> list[str]:
    """Ids of posts of the window whose cases were answered for all to see, the newest first.

    Before all others those of cases of the intent `first`. Those of a case that was merged are
    among them, whatever became of the other.
    """
    answer = sql.select(answer_uses.c.case_id).where(answer_uses.c.case_id == cases.c.id)
    handed = sql.select(replies.c.case_id).where(
        replies.c.case_id == cases.c.id, replies.c.state == "handed", ~replies.c.is_private
    )
    query = (
        sql.select(case_posts.c.mention_id)
        .join_from(case_posts, cases, case_posts.c.case_id == cases.c.id)
        .where(
            case_posts.c.published_at >= since,
            case_posts.c.published_at < until,
            cases.c.brand == brand,
            cases.c.merged_into.is_not(None) | answer.exists() | handed.exists(),
        )
        .order_by(
            (cases.c.intent == first).desc(),
            case_posts.c.published_at.desc(),
            case_posts.c.id.desc(),
        )
        .limit(limit)
    )
    return list(conn.execute(query).scalars())


def _where_they_ended(conn: sql.Connection, case_ids: Sequence[int]) -> Mapping[int, int]:
    """Each case with the one that it was merged into in the end, or itself."""
    into: dict[int, int] = {}
    last = list(case_ids)
    while last:
        found: list[int] = []
        for some in _chunks(last):
            query = sql.select(cases.c.id, cases.c.merged_into).where(
                cases.c.id.in_(some), cases.c.merged_into.is_not(None)
            )
            for case_id, target in conn.execute(query):
                into[case_id] = target
                found.append(target)
        last = [one for one in found if one not in into]
    return {case_id: _end(case_id, into) for case_id in case_ids}


def _end(case_id: int, into: Mapping[int, int]) -> int:
    while case_id in into:
        case_id = into[case_id]
    return case_id


def _chunks(case_ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (case_ids[start : start + _AT_ONCE] for start in range(0, len(case_ids), _AT_ONCE))

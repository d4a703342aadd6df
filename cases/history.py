"""History: the earlier cases of somebody's posts, what we promised and told them, how it ended."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sql

from cases.case import Case, excerpt_of
from cases.drafts import replies
from cases.knowledge import answer_uses, answers
from cases.ledger import read_cases
from cases.survey import surveys
from cases.tables import case_posts, cases

SHOWN = 20


@dataclass(frozen=True, slots=True)
class EarlierCase:
    """A case and how it went; '' and None are what there was not.

    `told` is the beginning of the reply that was handed over last, `answer` the address of what
    settled the case, `score` (1 to 5) the author's own word on it.
    """

    case: Case
    told: str = ""
    answer: str = ""
    answer_title: str = ""
    score: int | None = None

    @property
    def how(self) -> str:
        """What was promised, what the author was told last, and how it ended, in a sentence."""
        case = self.case
        said = [f"missed {' and '.join(case.breached)}" if case.breached else ""]
        said.append(f"told “{self.told}”" if self.told else "")
        said.append(f"settled by {self.answer_title or self.answer}" if self.answer else "")
        said.append(f"the author gave {self.score} of 5" if self.score else "")
        said.append(f"merged into case {case.merged_into}" if case.merged_into else "")
        return "; ".join(part for part in said if part)

    def to_json(self) -> dict[str, Any]:
        """What one wants to know of it at a glance."""
        case = self.case
        return {
            "id": case.id,
            "brand": case.brand,
            "status": case.status,
            "team": case.team,
            "agent": case.agent,
            "opened_at": case.opened_at.isoformat(),
            "resolved_at": case.resolved_at.isoformat() if case.resolved_at else None,
            "merged_into": case.merged_into,
            "sla": case.sla,
            "breached": case.breached,
            "excerpt": case.excerpt,
            "told": self.told,
            "answer": self.answer,
            "score": self.score,
        }


def earlier_cases(
    conn: sql.Connection,
    mention_ids: Collection[str],
    *,
    but: Collection[int] = (),
    limit: int = SHOWN,
) -> list[EarlierCase]:
    """The cases that these posts are in, the newest first, without those of `but`."""
    if not mention_ids:
        return []
    theirs = sql.select(case_posts.c.case_id).where(case_posts.c.mention_id.in_(mention_ids))
    found = read_cases(
        conn,
        cases.c.id.in_(theirs),
        cases.c.id.not_in(but),
        order=(cases.c.opened_at.desc(), cases.c.id.desc()),
        limit=limit,
    )
    ids = [case.id for case in found]
    told, settled, scores = _told(conn, ids), _settled(conn, ids), _scores(conn, ids)
    return [
        EarlierCase(
            case,
            told=excerpt_of(told.get(case.id, "")),
            answer=settled.get(case.id, ("", ""))[0],
            answer_title=settled.get(case.id, ("", ""))[1],
            score=scores.get(case.id),
        )
        for case in found
    ]


def _told(conn: sql.Connection, ids: list[int]) -> dict[int, str]:
    """The words that were handed over last, by case."""
    query = (
        sql.select(replies.c.case_id, replies.c.text)
        .where(replies.c.case_id.in_(ids), replies.c.state == "handed")
        .order_by(replies.c.handed_at, replies.c.id)
    )
    return {row.case_id: row.text for row in conn.execute(query)}


def _settled(conn: sql.Connection, ids: list[int]) -> dict[int, tuple[str, str]]:
    query = (
        sql.select(answer_uses.c.case_id, answers.c.url, answers.c.title)
        .join(answers, answers.c.id == answer_uses.c.answer_id)
        .where(answer_uses.c.case_id.in_(ids))
    )
    return {row.case_id: (row.url, row.title) for row in conn.execute(query)}


def _scores(conn: sql.Connection, ids: list[int]) -> dict[int, int | None]:
    query = sql.select(surveys.c.case_id, surveys.c.score).where(surveys.c.case_id.in_(ids))
    return {row.case_id: row.score for row in conn.execute(query)}

"""Forgetting: a deleted post's words and author leave the case; that it was there stays.

So do the words of replies, which call the author by name, the author's comment on a survey, and a
known question that has the post's words.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from cases.case import SYSTEM, Case
from cases.drafts import replies
from cases.keeping import forget_kept
from cases.ledger import change, read_case, read_cases
from cases.listing import merged_cases
from cases.survey import surveys
from cases.tables import case_posts, cases


def mention_deleted(
    conn: Connection, mention_id: str, *, now: datetime, actor: str = SYSTEM
) -> Case | None:
    """Remove the post's words, author and address; None if no case has the mention.

    The case stays as it is otherwise: whether there is still somebody to answer is for a person.
    The same call again changes nothing.
    """
    forget_kept(conn, [mention_id])
    query = select(case_posts.c.case_id, case_posts.c.deleted_at).where(
        case_posts.c.mention_id == mention_id
    )
    post = conn.execute(query).first()
    if post is None:
        return None
    case = read_case(conn, post.case_id, for_change=True)
    if post.deleted_at is not None:
        return case
    nothing: dict[str, Any] = {"author": "", "url": "", "excerpt": ""}
    conn.execute(
        case_posts.update()
        .where(case_posts.c.mention_id == mention_id)
        .values(deleted_at=now, **nothing)
    )
    told = {"mention_id": mention_id}
    after = case
    together = (case.id, *merged_cases(conn, case.id))  # a reply stays with the case it was for
    conn.execute(replies.update().where(replies.c.case_id.in_(together)).values(text=""))
    conn.execute(surveys.update().where(surveys.c.case_id.in_(together)).values(comment=""))
    opened_by_it = read_cases(conn, cases.c.mention_id == mention_id)
    for one in {case.id: case, **{other.id: other for other in opened_by_it}}.values():
        words = {"title": "", **nothing} if one.mention_id == mention_id else {}
        gone = change(
            conn, one, now=now, actor=actor, action="post deleted", values=words, detail=told
        )
        after = gone if one.id == case.id else after
    return after


def alert_cases_naming(conn: Connection, unnamed: Callable[[str, str], str]) -> list[Case]:
    """The cases of alerts that `unnamed` changes the words of: those are the alert's reason.

    It takes the alert's key and the words.
    """
    found = read_cases(conn, cases.c.alert_key.is_not(None))
    return [case for case in found if unnamed(case.alert_key or "", case.excerpt) != case.excerpt]


def unname_alert_cases(
    conn: Connection,
    unnamed: Callable[[str, str], str],
    *,
    now: datetime,
    actor: str = SYSTEM,
    action: str,
) -> list[Case]:
    """Take a name out of the cases of alerts; those cases as they are then."""
    return [
        change(
            conn,
            case,
            now=now,
            actor=actor,
            action=action,
            values={"excerpt": unnamed(case.alert_key or "", case.excerpt)},
        )
        for case in alert_cases_naming(conn, unnamed)
    ]

"""Keeping: a frequent question with its best answer, so that the next who asks gets it at once.

The question's words may be a post's: then they are kept with its id, and go when it goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sql

from cases.case import plain
from cases.knowledge import (
    MAX_TITLE_CHARACTERS,
    answers,
    kept_answer,
    known_questions,
    web_address,
)
from cases.tables import insert_once
from mentions.errors import NotFound, UntaggedError

MAX_QUESTION_CHARACTERS = 300
MAX_ANSWER_CHARACTERS = 4_000
"""Of words of our own: more is a help page, whose address is the answer."""


@dataclass(frozen=True, slots=True)
class KeptQuestion:
    """A question of a brand, its answer's number, and who kept it when.

    `mention_id` is the post whose words it has, '' where they are our own.
    """

    id: int
    brand: str
    question: str
    mention_id: str
    answer_id: int
    kept_at: datetime
    kept_by: str


_COLUMNS = [known_questions.c[field.name] for field in fields(KeptQuestion)]


def keep_question(
    conn: sql.Connection,
    question: str,
    *,
    brand: str,
    url: str = "",
    text: str = "",
    mention_id: str = "",
    now: datetime,
    actor: str,
) -> KeptQuestion:
    """Keep the question with an address or words that answer it; another answer takes its place.

    Raises UntaggedError where there is no question, or not exactly one answer.
    """
    asked = " ".join(plain(question).split())[:MAX_QUESTION_CHARACTERS]
    if not asked:
        raise UntaggedError("there is no question to keep; write what people ask")
    row: dict[str, Any] = {
        "brand": brand,
        "question": asked,
        "mention_id": mention_id,
        # An answer outlives the post, so that it must not be called by the post's words.
        "answer_id": _answer(conn, url, text, "" if mention_id else asked, now),
        "kept_at": now,
        "kept_by": actor,
    }
    same = sql.and_(known_questions.c.brand == brand, known_questions.c.question == asked)
    if insert_once(conn, known_questions, row) is None:
        conn.execute(known_questions.update().where(same).values(row))
    kept = conn.execute(sql.select(*_COLUMNS).where(same)).mappings().one()
    return KeptQuestion(**kept)


def kept_questions(conn: sql.Connection, *, brand: str | None = None) -> list[KeptQuestion]:
    """The questions that were kept, the first one first."""
    query = sql.select(*_COLUMNS).order_by(known_questions.c.id)
    if brand is not None:
        query = query.where(known_questions.c.brand == brand)
    return [KeptQuestion(**row) for row in conn.execute(query).mappings()]


def drop_question(conn: sql.Connection, number: int) -> None:
    """The question is not known any more; what cases were settled by stays. Raises NotFound."""
    gone = conn.execute(sql.delete(known_questions).where(known_questions.c.id == number))
    if not gone.rowcount:
        raise NotFound(not_kept(number))


def not_kept(number: int) -> str:
    """What is said of a question that is not kept, or is not seen."""
    return f"no question {number} is kept; list them with `untagged cases known`"


def forget_kept(conn: sql.Connection, mention_ids: Sequence[str]) -> None:
    """Forget the questions that have the words of these posts."""
    words = known_questions.c.mention_id.in_(mention_ids)
    conn.execute(sql.delete(known_questions).where(words, known_questions.c.mention_id != ""))


def forget_old(conn: sql.Connection, *, before: datetime) -> int:
    """Forget questions that were kept in a post's words before then: the posts are gone as well."""
    table = known_questions.c
    gone = sql.delete(known_questions).where(table.mention_id != "", table.kept_at < before)
    return conn.execute(gone).rowcount


def _answer(conn: sql.Connection, url: str, text: str, title: str, now: datetime) -> int:
    words = plain(text).strip()
    if bool(url) == bool(words):
        raise UntaggedError("a question is kept with one answer: an address, or the words to say")
    if url:
        return kept_answer(conn, web_address(url), title[:MAX_TITLE_CHARACTERS], now)
    if len(words) > MAX_ANSWER_CHARACTERS:
        raise UntaggedError(
            f"an answer holds {MAX_ANSWER_CHARACTERS:,} characters; shorten it, or give the "
            "address of a help page"
        )
    there = sql.select(answers.c.id).where(answers.c.url == "", answers.c.text == words)
    known: int | None = conn.execute(there.order_by(answers.c.id).limit(1)).scalar()
    if known is not None:
        return known
    row = {"url": "", "title": title[:MAX_TITLE_CHARACTERS], "text": words, "made_at": now}
    made: int = conn.execute(answers.insert().values(row).returning(answers.c.id)).scalar_one()
    return made

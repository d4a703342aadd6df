"""Relevance: what people said of texts and brands, kept as what the reading learns from.

Functions take a Connection inside a transaction that the caller began.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sql
from sqlalchemy_utc import UtcDateTime

from cases.tables import metadata
from mentions.answer import Answer
from mentions.mention import MAX_ID_CHARACTERS

relevance_answers = sql.Table(
    "relevance_answers",
    metadata,
    sql.Column("key", sql.String(64), primary_key=True),
    sql.Column("brand", sql.Text, nullable=False),
    sql.Column("text", sql.Text, nullable=False),
    sql.Column("is_relevant", sql.Boolean, nullable=False),
    sql.Column("mention_id", sql.String(MAX_ID_CHARACTERS), nullable=False),
    sql.Column("said_at", UtcDateTime, nullable=False),
    sql.Index("ix_relevance_answers_mention_id", "mention_id"),
)


def keep(
    connection: sql.Connection, answers: Iterable[Answer], *, now: datetime, mention_id: str = ""
) -> None:
    """Keep these answers; a later one about the same text and brand takes the earlier one's place.

    Those about an indexed mention name it, so that they are forgotten with it.
    """
    latest = {_key(answer.brand, answer.text): answer for answer in answers}
    for key, answer in latest.items():
        connection.execute(sql.delete(relevance_answers).where(relevance_answers.c.key == key))
        connection.execute(
            sql.insert(relevance_answers).values(
                key=key,
                brand=answer.brand,
                text=answer.text,
                is_relevant=answer.is_relevant,
                mention_id=mention_id,
                said_at=now,
            )
        )


def kept(connection: sql.Connection) -> list[Answer]:
    """Every answer, in an order that does not depend on the database."""
    table = relevance_answers.c
    rows = connection.execute(
        sql.select(table.brand, table.text, table.is_relevant).order_by(table.key)
    )
    return [Answer(row.brand, row.text, row.is_relevant) for row in rows]


def withdraw(connection: sql.Connection, brand: str, text: str) -> None:
    """Forget the answer about this text and brand: whoever gave it takes it back."""
    key = _key(brand, text)
    connection.execute(sql.delete(relevance_answers).where(relevance_answers.c.key == key))


def forget(connection: sql.Connection, mention_ids: Sequence[str]) -> None:
    """Forget what was said about these mentions: their texts are gone."""
    for mention_id in mention_ids:
        connection.execute(
            sql.delete(relevance_answers).where(relevance_answers.c.mention_id == mention_id)
        )


def forget_old(connection: sql.Connection, *, before: datetime) -> int:
    """Forget what was said of mentions before that moment; how many. A taught file stays."""
    table = relevance_answers.c
    old = sql.delete(relevance_answers).where(table.said_at < before, table.mention_id != "")
    return connection.execute(old).rowcount


def _key(brand: str, text: str) -> str:
    return hashlib.sha256(f"{brand}\0{text}".encode()).hexdigest()

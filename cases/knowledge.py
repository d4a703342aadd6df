"""Knowledge: answers that settled cases are suggested when somebody asks the like again.

An answer is an address (a help page, a public post), or words of our own. What it answers is read
from the excerpts of the cases that it settled, never kept twice, so that a deleted post is
forgotten here with its case; and from the questions that somebody kept with it (`cases.keeping`).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import log1p

import sqlalchemy as sql
from sqlalchemy_utc import UtcDateTime

from cases.case import Case, plain
from cases.ledger import entry, read_cases, record
from cases.similarity import Similarity
from cases.tables import cases, insert_once, metadata
from cases.working import resolve
from mentions.errors import UntaggedError
from mentions.mention import MAX_ID_CHARACTERS

MAX_URL_CHARACTERS = 2_000
MAX_TITLE_CHARACTERS = 200
LEARNT_FROM = 1_000
"""Cases of the brand, the newest, whose words tell which answers fit; reading them takes 0.1 s."""
SUGGESTED = 3
_AT_ONCE = 500
"""Numbers in one statement."""

answers = sql.Table(
    "answers",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("url", sql.Text, nullable=False),
    sql.Column("title", sql.Text, nullable=False),
    sql.Column("made_at", UtcDateTime, nullable=False),
    sql.Column("text", sql.Text, nullable=False, server_default=""),
    sql.Index(
        "uq_answers_url",
        "url",
        unique=True,
        sqlite_where=sql.text("url <> ''"),
        postgresql_where=sql.text("url <> ''"),
    ),
)
known_questions = sql.Table(
    "known_questions",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("brand", sql.Text, nullable=False),
    sql.Column("question", sql.Text, nullable=False),
    sql.Column("mention_id", sql.String(MAX_ID_CHARACTERS), nullable=False),
    sql.Column(
        "answer_id",
        sql.Integer,
        sql.ForeignKey("answers.id", name="fk_known_questions_answer"),
        nullable=False,
    ),
    sql.Column("kept_at", UtcDateTime, nullable=False),
    sql.Column("kept_by", sql.Text, nullable=False),
    sql.UniqueConstraint("brand", "question", name="uq_known_questions_brand_question"),
    sql.Index("ix_known_questions_mention_id", "mention_id"),
    sql.Index("ix_known_questions_answer_id", "answer_id"),
)
answer_uses = sql.Table(
    "answer_uses",
    metadata,
    sql.Column(
        "case_id",
        sql.Integer,
        sql.ForeignKey("cases.id", name="fk_answer_uses_case"),
        primary_key=True,
    ),
    sql.Column(
        "answer_id",
        sql.Integer,
        sql.ForeignKey("answers.id", name="fk_answer_uses_answer"),
        nullable=False,
    ),
    sql.Column("at", UtcDateTime, nullable=False),
    sql.Index("ix_answer_uses_answer_id", "answer_id"),
)


_SETTLES = sql.and_(answer_uses.c.case_id == cases.c.id, answer_uses.c.at == cases.c.resolved_at)
"""The last resolution decides: what settled a case before it was opened again did not."""


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """An answer, how often it settled a case, and the words that it is suggested for.

    `url` is '' where it is words of our own, which are its `text`.
    """

    id: int
    url: str
    title: str
    uses: int
    score: float = 0.0
    words: tuple[str, ...] = ()
    text: str = ""


def resolve_with(
    conn: sql.Connection,
    case_id: int,
    url: str,
    *,
    title: str = "",
    now: datetime,
    actor: str,
    version: int | None = None,
) -> Case:
    """The case is done, and this answer settled it; a later answer takes its place."""
    address = web_address(url)
    done = resolve(conn, case_id, now=now, actor=actor, version=version)
    answer_id = kept_answer(
        conn, address, " ".join(plain(title).split())[:MAX_TITLE_CHARACTERS], now
    )
    conn.execute(sql.delete(answer_uses).where(answer_uses.c.case_id == case_id))
    conn.execute(answer_uses.insert().values(case_id=case_id, answer_id=answer_id, at=now))
    told = {"answer": answer_id}
    record(conn, [entry(case_id, at=now, actor=actor, action="answer linked", detail=told)])
    return done


def answer_of(conn: sql.Connection, case_id: int) -> KnownAnswer | None:
    """The answer that settled the case, if one did."""
    query = sql.select(answer_uses.c.answer_id).where(cases.c.id == case_id, _SETTLES)
    found = conn.execute(query).scalar_one_or_none()
    return None if found is None else _known(conn).get(found)


def answers_of(conn: sql.Connection, case_ids: Sequence[int]) -> dict[int, KnownAnswer]:
    """The answer of each case that one settled."""
    known = _known(conn)
    settled = {
        row.case_id: row.answer_id
        for start in range(0, len(case_ids), _AT_ONCE)
        for row in conn.execute(
            sql.select(answer_uses.c.case_id, answer_uses.c.answer_id).where(
                _SETTLES, answer_uses.c.case_id.in_(case_ids[start : start + _AT_ONCE])
            )
        )
    }
    return {case_id: known[answer] for case_id, answer in settled.items()}


def known_answers(conn: sql.Connection) -> list[KnownAnswer]:
    """Every answer, the most used first."""
    return sorted(_known(conn).values(), key=lambda one: (-one.uses, one.url, one.id))


def suggested_answers(
    conn: sql.Connection, question: str, *, brand: str, most: int = SUGGESTED
) -> list[KnownAnswer]:
    """Answers that settled cases of the brand in like words; of equals the most used first."""
    return Knowledge(conn, brand=brand).suggested(question, most=most)


class Knowledge:
    """What is known to answer a brand's questions, read once to be asked often."""

    def __init__(self, conn: sql.Connection, *, brand: str) -> None:
        self._known = _known(conn)
        if not self._known:
            return
        settled_by = _settled_by(conn)
        told: dict[int, list[str]] = defaultdict(list)
        others = []
        for case_id, said in _newest(conn, brand):
            if (answer := settled_by.get(case_id)) is not None:
                told[answer].append(said)
            else:
                others.append(said)
        for answer, said in _kept_questions(conn, brand):
            told[answer].append(said)
        documents = {key: " ".join(said) for key, said in told.items()}
        self._similarity = Similarity(documents, others)

    def suggested(self, question: str, *, most: int = SUGGESTED) -> list[KnownAnswer]:
        """The answers to like questions, the best first."""
        if not self._known:
            return []
        asked = " ".join(word for word in question.split() if not word.startswith("@"))
        found = [
            replace(
                self._known[key],
                score=score * (1 + log1p(self._known[key].uses) / 10),
                words=tuple(shared[:3]),
            )
            for key, score, shared in self._similarity.similar(asked)
        ]
        return sorted(found, key=lambda one: (-one.score, one.url, one.id))[:most]


def resolved_without_answer(
    conn: sql.Connection, *, since: datetime, until: datetime, limit: int | None = None
) -> list[Case]:
    """Cases of posts that were resolved in the window without an answer, the newest first."""
    settled = sql.select(answer_uses.c.case_id).where(_SETTLES).correlate(cases)
    return read_cases(
        conn,
        cases.c.status == "resolved",
        cases.c.mention_id.is_not(None),
        cases.c.resolved_at >= since,
        cases.c.resolved_at < until,
        ~settled.exists(),
        order=(cases.c.resolved_at.desc(),),
        limit=limit,
    )


def web_address(url: str) -> str:
    """The address of an answer. Raises UntaggedError for what is none."""
    address = plain(url).strip()
    is_web = address.lower().startswith(("https://", "http://"))
    if not is_web or len(address) > MAX_URL_CHARACTERS or len(address.split()) != 1:
        raise UntaggedError(f"{url[:80]!r} is no address of an answer; write https://…")
    return address


def kept_answer(conn: sql.Connection, url: str, title: str, now: datetime) -> int:
    """The number of the answer at an address; a title takes the place of an earlier one."""
    number = insert_once(conn, answers, {"url": url, "title": title, "made_at": now})
    if number is not None:
        return number
    if title:
        conn.execute(answers.update().where(answers.c.url == url).values(title=title))
    there: int = conn.execute(sql.select(answers.c.id).where(answers.c.url == url)).scalar_one()
    return there


def _known(conn: sql.Connection) -> dict[int, KnownAnswer]:
    settled = sql.join(answer_uses, cases, _SETTLES)
    query = (
        sql.select(
            answers.c.id,
            answers.c.url,
            answers.c.title,
            answers.c.text,
            sql.func.count(cases.c.id).label("uses"),
        )
        .outerjoin_from(answers, settled, answer_uses.c.answer_id == answers.c.id)
        .group_by(answers.c.id, answers.c.url, answers.c.title, answers.c.text)
    )
    return {row["id"]: KnownAnswer(**row) for row in conn.execute(query).mappings()}


def _newest(conn: sql.Connection, brand: str) -> Iterator[tuple[int, str]]:
    query = (
        sql.select(cases.c.id, cases.c.title, cases.c.excerpt)
        .where(cases.c.brand == brand)
        .order_by(cases.c.id.desc())
        .limit(LEARNT_FROM)
    )
    return ((row.id, f"{row.title} {row.excerpt}") for row in conn.execute(query))


def _kept_questions(conn: sql.Connection, brand: str) -> Iterator[tuple[int, str]]:
    query = sql.select(known_questions.c.answer_id, known_questions.c.question)
    mine = query.where(known_questions.c.brand == brand).order_by(known_questions.c.id)
    return ((row.answer_id, row.question) for row in conn.execute(mine))


def _settled_by(conn: sql.Connection) -> dict[int, int]:
    query = sql.select(answer_uses.c.case_id, answer_uses.c.answer_id).where(_SETTLES)
    return {row.case_id: row.answer_id for row in conn.execute(query)}

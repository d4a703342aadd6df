"""Survey: one signed link for each resolved case, one to five and a comment, changed for a day.

The link is a JSON Web Token (RFC 7519, HS256) that names the case and when it expires; whoever
holds it may answer, nobody can make one up. Results are told by team and topic.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import sqlalchemy as sql
from sqlalchemy_utc import UtcDateTime

from cases.case import plain
from cases.ledger import entry, read_case, record
from cases.tables import insert_once, metadata
from mentions.errors import Conflict, NotFound, SettingsError, UntaggedError

SCORES = (1, 2, 3, 4, 5)
SATISFIED = 4
"""From this score on somebody counts as satisfied, as CSAT is usually counted."""
CHANGES_FOR = timedelta(days=1)
MAX_COMMENT_CHARACTERS = 2_000
TROLL = 0.5
"""Authors of posts that are at least so likely a troll's are not asked."""
LEAST_SECRET = 32
"""Bytes: RFC 7518, 3.2 asks for a key of at least the hash's size."""
_ALGORITHM, _AUDIENCE = "HS256", "survey"

surveys = sql.Table(
    "surveys",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column(
        "case_id", sql.Integer, sql.ForeignKey("cases.id", name="fk_surveys_case"), nullable=False
    ),
    sql.Column("brand", sql.Text, nullable=False),
    sql.Column("team", sql.Text, nullable=False),
    sql.Column("topics", sql.JSON, nullable=False),
    sql.Column("asked_at", UtcDateTime, nullable=False),
    sql.Column("expires_at", UtcDateTime, nullable=False),
    sql.Column("score", sql.Integer),
    sql.Column("comment", sql.Text, nullable=False),
    sql.Column("answered_at", UtcDateTime),
    sql.CheckConstraint("score BETWEEN 1 AND 5", name="ck_surveys_score"),
    sql.Index("uq_surveys_case_id", "case_id", unique=True),
    sql.Index("ix_surveys_asked_at", "asked_at"),
)


@dataclass(frozen=True, slots=True)
class Survey:
    """What was asked, and what came back; `score` is None until then."""

    case_id: int
    brand: str
    team: str
    topics: list[str]
    asked_at: datetime
    expires_at: datetime
    score: int | None
    comment: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class SurveyResult:
    """A team's surveys about a topic ('' is all of them). `mean` is None without answers."""

    team: str
    topic: str
    asked: int
    answered: int
    satisfied: int
    mean: float | None


_COLUMNS = [surveys.c[field.name] for field in fields(Survey)]


def ask(
    conn: sql.Connection,
    case_id: int,
    *,
    secret: str,
    topics: Sequence[str] = (),
    troll: float = 0.0,
    valid: timedelta,
    now: datetime,
    actor: str,
) -> str:
    """The token of the case's survey, made once.

    Raises Conflict for a case that is not resolved, has no author, was asked about before, or
    whose author is likely a troll, and SettingsError for a secret that is too short.
    """
    _refuse_short(secret)
    case = read_case(conn, case_id)
    if case.status != "resolved":
        raise Conflict(f"case {case_id} is {case.status}; ask when it is resolved")
    if not case.mention_id:
        raise Conflict(f"case {case_id} is about an alert; there is nobody to ask")
    if troll >= TROLL:
        raise Conflict(f"the author of case {case_id} is likely a troll and is not asked")
    expires = (now + valid).replace(microsecond=0)
    row = {
        "case_id": case_id,
        "brand": case.brand,
        "team": case.team,
        "topics": list(topics),
        "asked_at": now,
        "expires_at": expires,
        "score": None,
        "comment": "",
        "answered_at": None,
    }
    if insert_once(conn, surveys, row) is None:
        raise Conflict(f"the author of case {case_id} was asked already, and is asked but once")
    record(conn, [entry(case_id, at=now, actor=actor, action="survey asked")])
    claims = {"sub": str(case_id), "aud": _AUDIENCE, "exp": int(expires.timestamp())}
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


def survey_of(conn: sql.Connection, case_id: int, *, for_change: bool = False) -> Survey | None:
    """The case's survey, if its author was asked."""
    query = sql.select(*_COLUMNS).where(surveys.c.case_id == case_id)
    row = conn.execute(query.with_for_update() if for_change else query).mappings().first()
    return None if row is None else Survey(**row)


def read_token(
    conn: sql.Connection, token: str, *, secret: str, now: datetime, for_change: bool = False
) -> Survey:
    """The survey that a link is for. Raises NotFound for one that we did not make or that expired.

    Once answered, a link is good until the answer can no longer be changed.
    """
    _refuse_short(secret)
    options: Any = {"verify_exp": False, "require": ["exp", "sub"]}  # `now` is ours to say
    try:
        claims = jwt.decode(
            token, secret, algorithms=[_ALGORITHM], audience=_AUDIENCE, options=options
        )
        case_id = int(claims["sub"])
    except (jwt.InvalidTokenError, ValueError) as error:
        raise NotFound("this link is none of ours; copy it whole") from error
    survey = survey_of(conn, case_id, for_change=for_change)
    if survey is None or int(claims["exp"]) != int(survey.expires_at.timestamp()):
        raise NotFound("this link is none of ours; copy it whole")
    until = survey.answered_at + CHANGES_FOR if survey.answered_at else survey.expires_at
    if now >= until:
        ended = until.astimezone(UTC).strftime("%Y-%m-%d")
        raise NotFound(f"this link was good until {ended}; thank you all the same")
    return survey


def answer(
    conn: sql.Connection, token: str, *, score: int, comment: str, secret: str, now: datetime
) -> Survey:
    """Keep the author's answer; another one within a day of the first takes its place."""
    survey = read_token(conn, token, secret=secret, now=now, for_change=True)
    if score not in SCORES:
        raise UntaggedError("choose a number from 1 to 5")
    values = {
        "score": score,
        "comment": plain(comment).strip()[:MAX_COMMENT_CHARACTERS],
        "answered_at": survey.answered_at or now,
    }
    conn.execute(surveys.update().where(surveys.c.case_id == survey.case_id).values(values))
    action = "survey changed" if survey.answered_at else "survey answered"
    told = {"score": score}
    record(conn, [entry(survey.case_id, at=now, actor="author", action=action, detail=told)])
    return Survey(**{field.name: getattr(survey, field.name) for field in fields(Survey)} | values)


def results(
    conn: sql.Connection,
    *,
    since: datetime,
    until: datetime,
    team: str | None = None,
    brand: str | None = None,
) -> list[SurveyResult]:
    """Of the surveys asked in the window, each team's as a whole and by topic.

    `team` and `brand` narrow them.
    """
    query = sql.select(*_COLUMNS).where(surveys.c.asked_at >= since, surveys.c.asked_at < until)
    query = query if team is None else query.where(surveys.c.team == team)
    query = query if brand is None else query.where(surveys.c.brand == brand)
    grouped: dict[tuple[str, str], list[int | None]] = defaultdict(list)
    for row in conn.execute(query).mappings():
        for topic in ("", *row["topics"]):
            grouped[row["team"], topic].append(row["score"])
    return [_result(team, topic, scores) for (team, topic), scores in sorted(grouped.items())]


def _result(team: str, topic: str, scores: Sequence[int | None]) -> SurveyResult:
    given = [score for score in scores if score is not None]
    return SurveyResult(
        team=team,
        topic=topic,
        asked=len(scores),
        answered=len(given),
        satisfied=sum(score >= SATISFIED for score in given),
        mean=sum(given) / len(given) if given else None,
    )


def _refuse_short(secret: str) -> None:
    if len(secret.encode()) < LEAST_SECRET:
        raise SettingsError(
            f"the secret that signs survey links needs at least {LEAST_SECRET} characters; make "
            "one with `python -c 'import secrets; print(secrets.token_urlsafe(32))'`"
        )

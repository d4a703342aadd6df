"""A small company for the tests of the desk: teams, a policy, and posts that complain."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from cases.desk import OpenedCase, open_case, open_case_for_alert, show_case
from cases.ledger import audited_state, folded
from cases.policy import SlaPolicy
from cases.reception import nobody
from cases.routing import Route
from cases.team import Agent, Team
from mentions.mention import Mention

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
STANDARD = SlaPolicy(
    name="standard", first_response=HOUR, next_response=HOUR / 2, resolution=HOUR * 24
)
CARE = Team(name="care", agents=(Agent(name="ana"), Agent(name="ben"), Agent(name="cy")))
SUPPORT = Team(name="support", agents=(Agent(name="dee"),))
TEAMS = (CARE, SUPPORT)
TO_CARE = Route("everything else", "care", "medium", "standard", (), 'rule "everything else": *')


def post(native_id: str = "1", **fields: Any) -> Mention:
    """A complaint published at noon and collected four minutes later; an author to a thread."""
    root = fields.get("thread", native_id)
    said = {
        "source": "board",
        "native_id": native_id,
        "platform": "forum",
        "text": f"My suitcase is lost again, number {native_id}",
        "url": f"https://board.example/{native_id}",
        "author": {"handle": "lena" if root == "1" else f"lena {root}", "id": "77"},
        "published": NOON,
        "brands": ({"name": "Nimbus Air"},),
        "lang": "en",
    }
    said |= fields
    said.setdefault("collected", said["published"] + 4 * MINUTE)
    return Mention.model_validate(said)


def opened(conn: Connection, native_id: str = "1", **fields: Any) -> OpenedCase:
    """The case of such a complaint, five minutes after it was published."""
    options = {
        "route": fields.pop("route", TO_CARE),
        "policy": fields.pop("policy", STANDARD),
        "teams": fields.pop("teams", TEAMS),
        "on_call": fields.pop("on_call", nobody),
    }
    now = fields.pop("now", None)
    mention = post(native_id, **fields)
    now = now or max(mention.collected, mention.published) + MINUTE
    return open_case(conn, mention, options.pop("route"), now=now, **options)


def alerted(
    conn: Connection,
    key: str = "spike/nimbus",
    *,
    at: datetime = NOON,
    now: datetime | None = None,
    teams: Sequence[Team] = TEAMS,
) -> OpenedCase:
    """The case of an alert."""
    return open_case_for_alert(
        conn,
        alert_key=key,
        title="Negative mentions of Nimbus Air",
        reason="43 negative mentions in the hour to 12:00, 9 expected",
        brand="Nimbus Air",
        team="support",
        priority="urgent",
        policy=STANDARD,
        teams=teams,
        at=at,
        now=now or at + MINUTE,
    )


def actions(conn: Connection, case_id: int) -> list[str]:
    """What the case's own trail says was done, oldest first."""
    return [line.action for line in show_case(conn, case_id).audit if line.case_id == case_id]


def trail_agrees(conn: Connection, case_id: int) -> bool:
    """Whether folding the trail gives what the case is."""
    file = show_case(conn, case_id)
    own = [line for line in file.audit if line.case_id == case_id]
    return folded(own) == audited_state(file.case)


def sqlite_engine(url: str = "sqlite://") -> Engine:
    """SQLite whose every transaction may write, as the roof opens it."""
    pool = {"poolclass": StaticPool} if url == "sqlite://" else {}
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False}, **pool)

    @event.listens_for(engine, "connect")
    def _leave_transactions_to_us(dbapi_connection: Any, _record: object) -> None:
        dbapi_connection.isolation_level = None
        dbapi_connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


@contextmanager
def undone(engine: Engine) -> Iterator[Connection]:
    """A transaction that is rolled back, so that the next test finds the tables empty."""
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()

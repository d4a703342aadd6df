"""SQL tools find the same numbers as the cockpit, on both databases, and no words of posts."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, make_url, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from cases import desk
from cases.performance import performance
from cases.survey import surveys
from tests.untagged.world import HOUR, MINUTE, NOON, SETTINGS, mention
from untagged.migrations.bi_views import PREFIX, views
from untagged.pipeline import Pipeline
from untagged.wiring import open_database, open_pipeline

DOCS = Path(__file__).parents[2] / "docs"
NAMES = sorted(views("sqlite"))
RIGHTS = re.search(r"```sql\n(CREATE ROLE.*?)```", (DOCS / "bi.md").read_text(), re.DOTALL)


@pytest.fixture(params=["sqlite", "postgresql"])
def pipeline(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pipeline]:
    """Cases that were answered, missed and wait, an alert, an incident, a run of a source."""
    url = "sqlite:///ops.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    path = tmp_path / "untagged.yaml"
    urls = f"store: 'sqlite:///mentions.db'\ndatabase: '{url}'\njournal: journal\n"
    path.write_text(urls + SETTINGS)
    with open_pipeline(path) as opened:
        fill(opened)
        yield opened


def fill(pipeline: Pipeline) -> None:
    posts = [
        mention(n, f"acme lost my bag {n}", NOON + n * MINUTE, needs_reply=True, brands=[ACME])
        for n in range(4)
    ]
    pipeline.store.upsert(posts)
    pipeline.respond(now=NOON + 20 * MINUTE)
    with pipeline.begin() as connection:
        first = desk.case_of_mention(connection, "board:0")
        assert first
        desk.record_reply(connection, first.id, at=NOON + 30 * MINUTE, now=NOON + HOUR, actor="ana")
        desk.resolve(connection, first.id, now=NOON + HOUR, actor="ana")
        connection.execute(
            surveys.insert().values(
                case_id=first.id,
                brand="Acme",
                team="care",
                topics=[],
                asked_at=NOON + HOUR,
                expires_at=NOON + 99 * HOUR,
                score=4,
                comment="secret words",
                answered_at=NOON + 2 * HOUR,
            )
        )
        for statement in MORE:
            connection.execute(text(statement), {"noon": NOON if is_pg(connection) else SAID})
    pipeline.respond(now=NOON + 70 * MINUTE)


ACME = {"name": "Acme", "tagged": False, "spans": []}
SAID = "2026-03-04 12:00:00.000000"
MORE = (
    """INSERT INTO source_runs (source, started_at, ended_at, ok, posts, withheld, error)
       VALUES ('board', :noon, :noon, true, 7, 0, ''), ('board', :noon, :noon, false, 0, 0, 'x')""",
    """INSERT INTO incidents (id, brand, rule, signal, title, status, severity, began_at, opened_at)
       VALUES (7000, 'Bolt Bank', 'r', 's', 'secret words', 'open', 1, :noon, :noon)""",
    """INSERT INTO alerts (id, key, rule, kind, brand, signal, status, severity, observed, expected,
           reason, mention_ids, began_at, started_at, last_at)
       VALUES (7000, 'k', 'r', 'crisis', 'Bolt Bank', 's', 'firing', 1, 9, 1, 'secret words', '[]',
           :noon, :noon, :noon)""",
    "INSERT INTO incident_alerts (alert_id, incident_id, joined_at) VALUES (7000, 7000, :noon)",
    "INSERT INTO incident_cases (case_id, incident_id, joined_at) VALUES (1, 7000, :noon)",
)


def is_pg(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def rows(pipeline: Pipeline, select: str) -> list[dict[str, Any]]:
    with pipeline.read() as connection:
        return [dict(row) for row in connection.execute(text(select)).mappings()]


def columns_of(page: str) -> dict[str, list[str]]:
    """What docs/bi.md says that each view holds."""
    parts = re.split(r"^### `(bi_\w+)`", page, flags=re.MULTILINE)[1:]
    return {
        name: re.findall(r"^\| `(\w+)` \|", said, re.MULTILINE)
        for name, said in zip(parts[::2], parts[1::2], strict=True)
    }


def test_every_view_answers_with_the_columns_that_the_page_says(pipeline: Pipeline) -> None:
    told = columns_of((DOCS / "bi.md").read_text())
    assert sorted(told) == NAMES
    for name in NAMES:
        found = rows(pipeline, f"SELECT * FROM {name}")
        assert found, name
        assert list(found[0]) == told[name], name


def test_no_view_holds_words_of_posts_or_names_of_authors(pipeline: Pipeline) -> None:
    for name in NAMES:
        said = str(rows(pipeline, f"SELECT * FROM {name}"))
        assert not re.search("lost my bag|secret words|someone", said), name


def test_numbers_are_those_of_the_cockpit(pipeline: Pipeline) -> None:
    (row,) = rows(
        pipeline,
        "SELECT count(*) AS cases, count(first_reply_seconds) AS answered, "
        "min(first_reply_seconds) AS quickest FROM bi_cases WHERE kind = 'post'",
    )
    with pipeline.read() as connection:
        (told,) = performance(connection, since=NOON - HOUR, until=NOON + HOUR)
    assert row == {"cases": told.cases, "answered": 1, "quickest": 30 * 60}
    assert told.frt.median == timedelta(minutes=30)
    states = rows(
        pipeline,
        "SELECT state, count(*) AS n FROM bi_response_times WHERE promise = 'FRT' "
        "AND brand = 'Acme' GROUP BY state ORDER BY state",
    )
    assert {one["state"]: one["n"] for one in states}["kept"] == 1
    missed = sum(one["n"] for one in states if one["state"] == "missed")
    days = rows(pipeline, "SELECT * FROM bi_agents_daily")
    assert sum(day["frt_missed"] for day in days) == missed > 0
    assert sum(day["answered"] for day in days) == 1
    assert {str(day["day"]) for day in days} == {"2026-03-04"}


def test_alerts_incidents_and_sources_are_counted(pipeline: Pipeline) -> None:
    (alert,) = rows(pipeline, "SELECT incident_id, severity FROM bi_alerts WHERE id = 7000")
    assert alert == {"incident_id": 7000, "severity": 1}
    (incident,) = rows(pipeline, "SELECT alerts, cases FROM bi_incidents WHERE id = 7000")
    assert incident == {"alerts": 1, "cases": 1}
    (day,) = rows(pipeline, "SELECT runs, failed, posts FROM bi_sources_daily")
    assert day == {"runs": 2, "failed": 1, "posts": 7}


def settings_of(connection: Connection) -> Config:
    settings = Config()
    settings.set_main_option("script_location", "untagged:migrations")
    settings.attributes["connection"] = connection
    return settings


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_views_are_no_obstacle_to_a_migration_and_come_back(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/ops.db"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres_url")
    engine = open_database(url)
    assert sorted(inspect(engine).get_view_names()) == NAMES
    with engine.begin() as connection:
        # A step that makes the table of the cases anew, as SQLite does for most changes.
        command.downgrade(settings_of(connection), "0013")
        assert inspect(connection).get_view_names() == []
        command.upgrade(settings_of(connection), "head")
        assert sorted(inspect(connection).get_view_names()) == NAMES
    engine.dispose()


def run_as(engine: Engine, statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements.split(";"):
            if statement.strip():
                connection.execute(text(statement))


def step_back(connection: Connection) -> None:
    """As if the newest migration were still to come; the views stay, with who may read them."""
    newest = ScriptDirectory.from_config(settings_of(connection)).get_revision("head")
    assert newest is not None
    with Operations.context(MigrationContext.configure(connection)):
        newest.module.downgrade()
    before = {"before": newest.down_revision}
    connection.execute(text("UPDATE alembic_version SET version_num = :before"), before)


def test_a_reader_of_postgresql_sees_the_views_and_nothing_else(postgres_url: str) -> None:
    assert RIGHTS
    owner = open_database(postgres_url)
    database = make_url(postgres_url).database
    recipe = RIGHTS[1].replace("DATABASE untagged", f'DATABASE "{database}"')
    role = f"bi_reader_{datetime.now().microsecond}"  # noqa: DTZ005  # a name, no moment
    recipe = recipe.replace("bi_reader", role)
    try:
        run_as(owner, recipe)
        (password,) = re.findall(r"PASSWORD '([^']+)'", recipe)
        theirs = make_url(postgres_url).set(username=role, password=password)
        reader = create_engine(theirs, poolclass=NullPool)
        run_as(owner, f"CREATE VIEW bi_own AS SELECT 1 AS one; GRANT SELECT ON bi_own TO {role}")
        for again in (False, True):
            if again:  # an upgrade takes no right away
                with owner.begin() as connection:
                    step_back(connection)
                    command.upgrade(settings_of(connection), "head")
            with reader.connect() as connection:
                for name in (*NAMES, "bi_own"):  # a view of somebody's own is left alone
                    connection.execute(text(f"SELECT count(*) FROM {name}"))
            for forbidden in ("SELECT author FROM cases", "DELETE FROM bi_surveys"):
                with (
                    reader.connect() as connection,
                    pytest.raises(ProgrammingError, match="denied"),
                ):
                    connection.execute(text(forbidden))
    finally:
        run_as(owner, f"DROP OWNED BY {role}; DROP ROLE {role}")
        owner.dispose()


def test_what_everybody_may_read_stays_so(postgres_url: str) -> None:
    owner = open_database(postgres_url)
    with owner.begin() as connection:
        connection.execute(text("GRANT SELECT ON bi_cases TO PUBLIC"))
        step_back(connection)
        command.upgrade(settings_of(connection), "head")
        may = text("SELECT has_table_privilege('pg_monitor', :name, 'SELECT')")
        assert connection.scalar(may, {"name": "bi_cases"})
        assert not connection.scalar(may, {"name": "bi_alerts"})
    owner.dispose()


def test_all_views_have_the_prefix() -> None:
    assert all(name.startswith(PREFIX) for name in NAMES)

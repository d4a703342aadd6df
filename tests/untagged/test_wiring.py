"""The operations database is made, upgraded and refused as it should be."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text

from mentions.errors import SettingsError, StoreError, StoreUnavailable
from untagged.wiring import METADATA, READS, open_database, scratch_database, transactions

BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


def url_of(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/a folder/ops.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@BOTH
def test_the_migrations_make_the_tables_that_the_rooms_declare(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    engine = open_database(url_of(kind, tmp_path, request))
    settings = Config()
    settings.set_main_option("script_location", "untagged:migrations")
    with engine.begin() as connection:
        settings.attributes |= {"connection": connection, "metadata": list(METADATA)}
        command.check(settings)
        assert "cases" in inspect(connection).get_table_names()
    engine.dispose()


@BOTH
def test_opening_again_keeps_what_is_there(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = url_of(kind, tmp_path, request)
    first = open_database(url)
    with first.begin() as connection:
        connection.execute(
            text("INSERT INTO cursors (source, cursor, moved_at) VALUES ('a', '1', :at)"),
            {"at": "2026-03-04 12:00:00"},
        )
    first.dispose()
    second = open_database(url)
    with second.begin() as connection:
        assert connection.execute(text("SELECT cursor FROM cursors")).scalars().all() == ["1"]
    second.dispose()


@BOTH
def test_the_audit_trail_cannot_be_edited(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    engine = open_database(url_of(kind, tmp_path, request))
    begin = transactions(engine)
    with begin() as connection:
        connection.execute(text(_A_CASE))
        connection.execute(
            text(
                "INSERT INTO audit (case_id, at, actor, action, detail) "
                "VALUES (1, '2026-03-04 12:00:00', 'ana', 'opened', '{}')"
            )
        )

    def edit(statement: str) -> None:
        with begin() as connection:
            connection.execute(text(statement))

    for statement in ("UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"):
        with pytest.raises(StoreError, match="append-only"):
            edit(statement)
    engine.dispose()


_A_CASE = """INSERT INTO cases (id, brand, title, excerpt, author, url, lang, team, agent, status,
    priority, sla, terms, tags, route_reason, assign_reason, published_at, collected_at, opened_at,
    version)
    VALUES (1, '', '', '', '', '', '', '', '', 'open', 'low', '', '{}', '[]', '', '',
    '2026-03-04 12:00:00', '2026-03-04 12:00:00', '2026-03-04 12:00:00', 1)"""


@BOTH
def test_looking_waits_for_no_writer(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    engine = open_database(url_of(kind, tmp_path, request))
    write, read = transactions(engine), transactions(engine.execution_options(**READS))
    count = text("SELECT count(*) FROM cases")
    with write() as writing:
        writing.execute(text(_A_CASE))
        with read() as looking:  # would wait 30 s and fail if it wanted to write
            assert looking.execute(count).scalar() == 0
    with read() as looking:
        assert looking.execute(count).scalar() == 1
    engine.dispose()


def test_a_database_of_a_later_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ops.db"
    engine = open_database(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match="install that version"):
        open_database(url)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("nonsense", SettingsError),
        ("oracle9://x", SettingsError),
        ("postgresql+psycopg://127.0.0.1:9/none", StoreUnavailable),
        ("sqlite:////dev/null/ops.db", StoreUnavailable),
    ],
)
def test_a_database_that_cannot_be_opened_says_why(url: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        open_database(url)


def test_a_scratch_database_is_empty_each_time() -> None:
    for _ in range(2):
        with scratch_database() as begin, begin() as connection:
            assert connection.execute(text("SELECT count(*) FROM cases")).scalar() == 0
            connection.execute(text(_A_CASE))

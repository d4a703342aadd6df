"""The tables refuse what must not happen, on both databases."""

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DatabaseError

from cases.tables import audit, audit_guards, audit_unguards, case_posts, cases, metadata
from tests.cases.world import NOON, opened, sqlite_engine

REFUSED = [
    "UPDATE audit SET actor = 'somebody else'",
    "UPDATE audit SET at = at WHERE id = 1",
    "DELETE FROM audit",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_the_audit_trail_cannot_be_edited(conn, statement):
    opened(conn)
    with pytest.raises(DatabaseError, match="append-only"):
        conn.execute(text(statement))


def test_the_audit_trail_cannot_be_replaced_on_sqlite(sqlite_desk):
    from tests.cases.world import undone

    with undone(sqlite_desk) as conn:
        opened(conn)
        replaced = (
            "INSERT OR REPLACE INTO audit SELECT id, case_id, at, 'x', action, detail FROM audit"
        )
        with pytest.raises(DatabaseError, match="append-only"):
            conn.execute(text(replaced))


def test_the_audit_trail_cannot_be_truncated_on_postgresql(postgresql_desk):
    from tests.cases.world import undone

    with undone(postgresql_desk) as conn:
        opened(conn)
        with pytest.raises(DatabaseError, match="append-only"):
            conn.execute(text("TRUNCATE audit"))


def without_events(conn):
    """The tables as a migration makes them: plain statements, no events."""
    from sqlalchemy.schema import CreateIndex, CreateTable

    for table in metadata.sorted_tables:
        conn.execute(CreateTable(table))
        for index in table.indexes:
            conn.execute(CreateIndex(index))


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_migration_gets_the_same_guards_from_the_statements(request, dialect):
    url = "sqlite://" if dialect == "sqlite" else request.getfixturevalue("postgres_url")
    engine = sqlite_engine() if dialect == "sqlite" else create_engine(url)
    with engine.begin() as conn:
        without_events(conn)
        for statement in audit_guards(dialect):
            conn.execute(text(statement))
        opened(conn)
    with engine.connect() as conn, pytest.raises(DatabaseError, match="append-only"):
        conn.execute(text(REFUSED[0]))
    with engine.begin() as conn:
        for table in reversed(metadata.sorted_tables):
            conn.execute(text(f"DROP TABLE {table.name}"))
        for statement in audit_unguards(dialect):
            conn.execute(text(statement))
        metadata.create_all(conn)
        metadata.drop_all(conn)
        assert inspect(conn).get_table_names() == []
    engine.dispose()


def test_a_mention_is_in_one_case_only(conn):
    case = opened(conn).case
    row = {
        "case_id": case.id,
        "mention_id": "board:1",
        "conversation": "x",
        "author": "",
        "url": "",
        "excerpt": "",
        "published_at": NOON,
        "collected_at": NOON,
        "joined_at": NOON,
    }
    with pytest.raises(DatabaseError, match=r"(?i)unique"):
        conn.execute(case_posts.insert(), row)


@pytest.mark.parametrize("change", [{"status": "closed"}, {"priority": "asap"}])
def test_only_the_words_of_the_design_are_a_status_or_a_priority(conn, change):
    opened(conn)
    with pytest.raises(DatabaseError, match=r"(?i)check"):
        conn.execute(cases.update().values(change))


def test_times_come_back_aware_and_in_utc_to_the_microsecond(conn):
    moment = NOON.replace(microsecond=123456)
    case = opened(conn, published=moment).case
    row = conn.execute(audit.select().where(audit.c.case_id == case.id)).first()
    assert row is not None
    assert str(row.at.tzinfo) == "UTC"
    assert case.published_at == moment
    assert conn.execute(cases.select()).mappings().one()["published_at"] == moment

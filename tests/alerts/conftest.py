import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, Engine, create_engine, event

from alerts.tables import metadata
from tests.postgres_server import fresh_database

BOTH = ["sqlite", "postgresql"]


def sqlite_engine(url: str = "sqlite://") -> Engine:
    engine = create_engine(url, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def enforce(connection: object, _record: object) -> None:
        connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[attr-defined]  # a sqlite3 connection

    return engine


@pytest.fixture(scope="session")
def sqlite_book() -> Iterator[Engine]:
    engine = sqlite_engine()
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_book(postgres_server: URL) -> Iterator[Engine]:
    with fresh_database(postgres_server, f"alerts_{os.getpid()}") as url:
        engine = create_engine(url)
        metadata.create_all(engine)
        yield engine
        engine.dispose()


@pytest.fixture(params=BOTH)
def conn(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """One transaction on empty tables, undone after the test."""
    engine: Engine = request.getfixturevalue(f"{request.param}_book")
    with engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture(params=BOTH)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of the test's own in which many work at once."""
    if request.param == "sqlite":
        engine = sqlite_engine(f"sqlite:///{tmp_path / 'all alerts.db'}")
    else:
        engine = create_engine(request.getfixturevalue("postgres_url"), pool_size=20)
    metadata.create_all(engine)
    yield engine
    engine.dispose()

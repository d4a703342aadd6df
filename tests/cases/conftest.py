import os
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, create_engine

from cases.tables import metadata
from tests.cases.world import sqlite_engine, undone

BOTH = ["sqlite", "postgresql"]


@pytest.fixture(scope="session")
def sqlite_desk() -> Iterator[Engine]:
    engine = sqlite_engine()
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_desk(postgres_server) -> Iterator[Engine]:
    from tests.postgres_server import fresh_database

    with fresh_database(postgres_server, f"desk_{os.getpid()}") as url:
        engine = create_engine(url)
        metadata.create_all(engine)
        yield engine
        engine.dispose()


@pytest.fixture(params=BOTH)
def conn(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A transaction on empty tables, undone after the test."""
    with undone(request.getfixturevalue(f"{request.param}_desk")) as connection:
        yield connection


@pytest.fixture(params=BOTH)
def shared_desk(request: pytest.FixtureRequest, tmp_path) -> Iterator[Engine]:
    """A database of the test's own in which many work at once."""
    if request.param == "sqlite":
        engine = sqlite_engine(f"sqlite:///{tmp_path / 'the desk.db'}")
    else:
        engine = create_engine(request.getfixturevalue("postgres_url"), pool_size=50)
    metadata.create_all(engine)
    yield engine
    engine.dispose()

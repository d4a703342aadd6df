import os
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, create_engine

from tests.cases.world import sqlite_engine, undone
from untagged.accounts.tables import metadata


@pytest.fixture(scope="session")
def sqlite_users() -> Iterator[Engine]:
    engine = sqlite_engine()
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_users(postgres_server) -> Iterator[Engine]:
    from tests.postgres_server import fresh_database

    with fresh_database(postgres_server, f"users_{os.getpid()}") as url:
        engine = create_engine(url)
        metadata.create_all(engine)
        yield engine
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def conn(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A transaction on empty tables, undone after the test."""
    with undone(request.getfixturevalue(f"{request.param}_users")) as connection:
        yield connection

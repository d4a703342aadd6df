"""What tests of spiders start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sql

from spiders.state import metadata
from tests.spiders.passes import Collector


@pytest.fixture
def collector(tmp_path: Path) -> Collector:
    return Collector(tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def conn(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sql.Connection]:
    url = f"sqlite:///{tmp_path}/state.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    engine = sql.create_engine(url)
    with engine.begin() as connection:
        metadata.create_all(connection)
        yield connection
    engine.dispose()

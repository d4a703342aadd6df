"""A fresh, prepared store of each kind for every test that asks for `store`."""

import contextlib
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch, NotFoundError

from mentions.elastic import ElasticStore
from mentions.sqlite import SqliteStore
from mentions.store import MentionStore
from tests.stores.posts import ALL

Reopen = Callable[[], MentionStore]


@contextlib.contextmanager
def elastic_names(url: str) -> Iterator[str]:
    """A prefix of one's own in the shared node; what was made under it is swept away."""
    prefix = f"test-{uuid.uuid4().hex}"
    yield prefix
    with Elasticsearch(url) as client:
        for index in client.indices.get(index=f"{prefix}-*"):
            client.indices.delete(index=index)
        with contextlib.suppress(NotFoundError):
            client.indices.delete_index_template(name=f"{prefix}-*")
            client.cluster.delete_component_template(name=f"{prefix}-*")


@pytest.fixture
def elastic_prefix(elasticsearch_url: str) -> Iterator[str]:
    """Names in Elasticsearch under which nothing is there yet."""
    with elastic_names(elasticsearch_url) as prefix:
        yield prefix


@pytest.fixture(scope="session")
def prepared_prefix(elasticsearch_url: str) -> Iterator[str]:
    """A prepared index that tests share one after another: making one takes half a second."""
    with elastic_names(elasticsearch_url) as prefix:
        with ElasticStore(elasticsearch_url, prefix=prefix) as store:
            store.prepare()
        yield prefix


@pytest.fixture(params=["sqlite", "elasticsearch"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    """Opens the test's store once more, as another process would.

    Nothing is prepared unless the test asks for `store` too.
    """
    is_prepared = "store" in request.fixturenames
    with contextlib.ExitStack() as opened:
        if request.param == "sqlite":
            path = tmp_path / "a folder" / "mentions.db"
            yield lambda: opened.enter_context(SqliteStore(path))
        else:
            url = request.getfixturevalue("elasticsearch_url")
            name = "prepared_prefix" if is_prepared else "elastic_prefix"
            prefix = request.getfixturevalue(name)
            yield lambda: opened.enter_context(ElasticStore(url, prefix=prefix))


@pytest.fixture
def store(reopen: Reopen) -> MentionStore:
    """An empty store, prepared."""
    store = reopen()
    store.prepare()
    store.delete([mention.id for mention in store.iterate(ALL)])
    return store

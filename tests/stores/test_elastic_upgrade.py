"""An index of an older version gives way to a new one while others read and write."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from elasticsearch import Elasticsearch, helpers

from mentions import elastic_upgrade
from mentions.documents import document
from mentions.elastic import ElasticStore
from mentions.elastic_bulk import source
from mentions.elastic_indices import VERSION, shipped
from mentions.errors import StoreError
from tests.stores.posts import ALL, HOUR, NOON, post, posts, word


@pytest.fixture
def client(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    with Elasticsearch(elasticsearch_url) as client:
        yield client


@pytest.fixture
def older(client: Elasticsearch, elastic_prefix: str) -> str:
    """An index of version 1 with 900 posts whose `raw` nobody indexed."""
    alias = f"{elastic_prefix}-mentions"
    mappings = shipped("mentions-mappings")["template"]["mappings"]
    index = f"{alias}-v1-000001"
    client.indices.create(
        index=index,
        aliases={alias: {"is_write_index": True}},
        mappings={**mappings, "_meta": {"untagged_version": 1}},
    )
    helpers.bulk(
        client,
        (
            {"_index": index, "_id": each.id, **source(document(each)), "raw": ""}
            for each in posts(900)
        ),
        refresh=True,
    )
    return index


def indices(client: Elasticsearch, prefix: str) -> list[str]:
    return list(client.indices.get(index=f"{prefix}-*"))


def with_raw(client: Elasticsearch, prefix: str) -> int:
    """Mentions that hold the word 'lost' as it was written."""
    query = {"match_phrase": {"raw": ".lost"}}
    return client.count(index=f"{prefix}-mentions", query=query)["count"]


def test_every_mention_is_indexed_anew_and_the_older_index_goes(
    client, older, elasticsearch_url, elastic_prefix
):
    with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store:
        assert with_raw(client, elastic_prefix) == 0
        store.prepare()
        assert with_raw(client, elastic_prefix) == store.count(word("lost")) == 900
        (index,) = indices(client, elastic_prefix)
        assert index.startswith(f"{elastic_prefix}-mentions-v{VERSION}-")
        store.prepare()
        assert indices(client, elastic_prefix) == [index]


def test_nothing_is_lost_or_doubled_by_those_who_read_and_write_meanwhile(
    client, older, elasticsearch_url, elastic_prefix
):
    ready, done = threading.Barrier(4), threading.Event()

    def write(name: str) -> int:
        with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store:
            number = 0
            ready.wait()
            while not done.is_set() or number < 3:
                store.upsert([post(f"{name}{number}"), post("shared", tags=(f"{name}{number}",))])
                store.upsert([post("000", text="edited", refreshed=NOON + HOUR)])
                store.delete([f"board:{100 + number}"])
                number += 1
            return number

    def read() -> set[int]:
        seen = set()
        with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store:
            ready.wait()
            while not done.is_set():
                seen.add(store.count(word("edited")) <= 1)
                assert store.get("board:001") == posts(2)[1]
                assert sum(1 for _ in store.iterate(ALL)) >= 700
        return seen

    with (
        ThreadPoolExecutor(3) as pool,
        ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store,
    ):
        writers = [pool.submit(write, name) for name in "ab"]
        reader = pool.submit(read)
        ready.wait()
        try:
            store.prepare()
        finally:
            done.set()
        rounds = {name: each.result() for name, each in zip("ab", writers, strict=True)}
        assert reader.result() <= {True}
        kept = {mention.native_id: mention for mention in store.iterate(ALL)}
    written = {f"{name}{number}" for name in rounds for number in range(rounds[name])}
    deleted = {f"{100 + number}" for number in range(max(rounds.values()))}
    before = {f"{number:03}" for number in range(900)}
    assert set(kept) == (before - deleted) | written | {"shared"}
    assert set(kept["shared"].tags) == written
    assert kept["000"].text == "edited"
    assert len(indices(client, elastic_prefix)) == 1


def test_two_processes_may_upgrade_at_once(client, older, elasticsearch_url, elastic_prefix):
    def prepare() -> None:
        with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store:
            store.prepare()

    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(prepare), pool.submit(prepare)]:
            each.result()
    assert with_raw(client, elastic_prefix) == 900
    assert len(indices(client, elastic_prefix)) == 1


def test_an_upgrade_that_fails_leaves_the_older_index_open(
    client, older, elasticsearch_url, elastic_prefix, monkeypatch
):
    def fails(*_: object) -> None:
        raise StoreError("no")

    with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store:
        with monkeypatch.context() as patch:
            patch.setattr(elastic_upgrade, "_move", fails)
            with pytest.raises(StoreError, match="no"):
                store.prepare()
        assert indices(client, elastic_prefix) == [older]
        assert store.upsert([post("after")]).created == 1
        store.prepare()
        assert store.count(ALL) == 901

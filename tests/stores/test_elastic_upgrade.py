"""An index of an older version gives way to a new one while others read and write."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from elasticsearch import Elasticsearch, helpers

from mentions import elastic_indices, elastic_upgrade
from mentions.documents import document
from mentions.elastic import ElasticStore
from mentions.elastic_bulk import source
from mentions.elastic_client import Patient
from mentions.elastic_indices import VERSION, partition_in, shipped
from mentions.elastic_partitions import partition_of
from mentions.errors import StoreError
from mentions.mention import OLDEST, Mention
from tests.stores.posts import ALL, HOUR, NOON, post, posts, where, word


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


def partitions(client: Elasticsearch, prefix: str) -> list[str]:
    """Of every index, behind an alias or not, the one that holds all of before as '(all)'."""
    return sorted(partition_in(index) or "(all)" for index in indices(client, prefix))


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
        found = indices(client, elastic_prefix)
        assert partitions(client, elastic_prefix) == ["1990s", "2026.02"]
        assert all(index.startswith(f"{elastic_prefix}-mentions-v{VERSION}-") for index in found)
        store.prepare()
        assert indices(client, elastic_prefix) == found


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
    assert partitions(client, elastic_prefix) == ["1990s", "2026.02"]


def test_two_processes_may_upgrade_at_once(client, older, elasticsearch_url, elastic_prefix):
    def prepare() -> None:
        with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store:
            store.prepare()

    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(prepare), pool.submit(prepare)]:
            each.result()
    assert with_raw(client, elastic_prefix) == 900
    assert partitions(client, elastic_prefix) == ["1990s", "2026.02"]


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


def spread(count: int) -> list[Mention]:
    """Posts over some months and years, the first of them long ago."""
    return [
        post(f"{n}", published=NOON - timedelta(days=(n % 7) * 31), tags=(f"t{n}",))
        for n in range(count - 1)
    ] + [post("ancient", published=OLDEST)]


def test_one_index_of_before_becomes_one_a_month(client, older, elasticsearch_url, elastic_prefix):
    with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store:
        store.upsert(spread(50))
        assert partitions(client, elastic_prefix) == ["(all)"]
        assert store.retain(NOON - timedelta(days=180)) == 1 + 7
        before = list(store.iterate(ALL))
        store.prepare()
        assert list(store.iterate(ALL)) == before
        months = {partition_of(mention.published) for mention in before}
        assert partitions(client, elastic_prefix) == sorted({"1990s", *months})
        for index in indices(client, elastic_prefix):
            assert client.count(index=index)["count"] == sum(
                partition_of(each.published) == partition_in(index) for each in before
            )


def test_later_versions_go_partition_by_partition(
    client, elasticsearch_url, elastic_prefix, monkeypatch
):
    with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store:
        store.prepare()
        store.upsert(spread(30))
        before = list(store.iterate(ALL))
        names = partitions(client, elastic_prefix)
        was = indices(client, elastic_prefix)
        for module in (elastic_indices, elastic_upgrade):
            monkeypatch.setattr(module, "VERSION", VERSION + 1)
        store.prepare()
        now = indices(client, elastic_prefix)
        assert not set(now) & set(was)
        assert all(f"-v{VERSION + 1}-" in index for index in now)
        assert partitions(client, elastic_prefix) == names
        assert list(store.iterate(ALL)) == before
        assert store.upsert(spread(31)).unchanged == 30
        monkeypatch.undo()
        with pytest.raises(StoreError, match="newer Untagged"):
            store.upsert([post("new", published=NOON - timedelta(days=400))])


def test_a_date_that_is_corrected_during_an_upgrade_is_copied_once(
    client, older, elasticsearch_url, elastic_prefix, monkeypatch
):
    moved = post("000", published=NOON - timedelta(days=60), collected=NOON, refreshed=NOON + HOUR)
    copy = elastic_upgrade._copy
    with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store:

        def copy_then_write(*arguments: object) -> int:
            copied: int = copy(*arguments)
            if copied == 900:  # the first pass
                assert store.upsert([moved]).updated == 1
            return copied

        monkeypatch.setattr(elastic_upgrade, "_copy", copy_then_write)
        store.prepare()
        assert store.count(ALL) == 900
        assert store.get("board:000") == store.search(where("id", "board:000")).mentions[0] == moved
        assert "2025.12" in partitions(client, elastic_prefix)


def test_an_upgrade_that_was_killed_is_done_by_the_next(
    client, older, elasticsearch_url, elastic_prefix, monkeypatch
):
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store:
        with monkeypatch.context() as patch:
            # Neither the move nor what follows an error: the process is not there any more.
            patch.setattr(elastic_upgrade, "_move", die)
            patch.setattr(elastic_upgrade, "_close_to_writers", _close_only)
            with pytest.raises(Killed):
                store.prepare()
        assert sorted(set(partitions(client, elastic_prefix))) == ["(all)", "1990s", "2026.02"]
        assert store.count(ALL) == 900
        store.prepare()
        assert store.count(ALL) == 900
        assert store.upsert([post("after")]).created == 1
        # What the killed one left stands behind no alias, and goes a day later.
        monkeypatch.setattr(elastic_upgrade, "_ABANDONED_SECONDS", -60)
        elastic_upgrade._remove_abandoned(store._node, store._names)
        assert partitions(client, elastic_prefix) == ["1990s", "2026.02"]
        assert store.count(ALL) == 901


_close = elastic_upgrade._close_to_writers


def _close_only(node: Patient, index: str, *, closed: bool) -> None:
    if closed:
        _close(node, index, closed=True)


def test_what_is_written_to_any_shard_during_an_upgrade_is_copied(
    client, elasticsearch_url, elastic_prefix, monkeypatch
):
    """Each shard has sequence numbers of its own: the most written to must not hide the others."""
    alias = f"{elastic_prefix}-mentions"
    mappings = shipped("mentions-mappings")["template"]["mappings"]
    client.indices.create(
        index=f"{alias}-v1-000001",
        aliases={alias: {"is_write_index": True}},
        mappings={**mappings, "_meta": {"untagged_version": 1}},
        settings={"number_of_shards": 3},
    )
    again = posts(30)
    copy = elastic_upgrade._copy
    with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store:
        # One mention many times, so that its shard is far ahead of the others.
        for number in range(60):
            store.upsert([post("busy", refreshed=NOON + (number + 1) * HOUR)])

        def copy_then_write(*arguments: object) -> int:
            copied: int = copy(*arguments)
            if copied == 1:
                assert store.upsert(again).created == 30
            return copied

        monkeypatch.setattr(elastic_upgrade, "_copy", copy_then_write)
        store.prepare()
        assert store.count(ALL) == 31

"""What ElasticStore promises beyond the port: patience, clear errors, versioned indices."""

import base64
import socket
from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from mentions.elastic import PAGE, ElasticStore
from mentions.elastic_client import BUSY_WAITS_SECONDS
from mentions.elastic_indices import VERSION, shipped
from mentions.errors import SettingsError, StoreError, StoreUnavailable
from mentions.store import Written
from tests.stores.flaky_node import FlakyNode, flaky_node
from tests.stores.posts import ALL, ids, post, posts

BUSY = {"error": {"type": "es_rejected_execution_exception", "reason": "queue is full"}}


@pytest.fixture
def node(elasticsearch_url: str) -> Iterator[FlakyNode]:
    with flaky_node(elasticsearch_url) as node:
        yield node


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def store(node: FlakyNode, prepared_prefix: str, waits: list[float]) -> Iterator[ElasticStore]:
    with ElasticStore(node.url, prefix=prepared_prefix, sleep=waits.append) as store:
        store.delete([mention.id for mention in store.iterate(ALL)])
        yield store


def test_a_busy_node_is_asked_again_after_longer_and_longer(store, node, waits):
    node.failures = [("_bulk", 429, BUSY), ("_bulk", 429, BUSY)]
    assert store.upsert([post()]) == Written(created=1)
    node.failures = [("_search", 429, BUSY)]
    assert store.search(ALL).total == 1
    assert len(waits) == 3
    assert 0.05 <= waits[0] <= 0.15
    assert 0.1 <= waits[1] <= 0.3


def test_a_node_that_stays_busy_is_unavailable(store, node, waits):
    node.failures = [("_search", 429, BUSY)] * (len(BUSY_WAITS_SECONDS) + 1)
    with pytest.raises(StoreUnavailable, match="queue is full"):
        store.search(ALL)
    assert len(waits) == len(BUSY_WAITS_SECONDS)


def test_items_that_met_a_busy_node_are_sent_again_alone(store, node, waits):
    node.busy_items = 2
    assert store.upsert(posts(8)) == Written(created=8)
    assert store.count(ALL) == 8
    bulks = [request for request in node.requests if "_bulk" in request]
    assert (len(bulks), len(waits)) == (3, 2)


def test_items_that_stay_busy_make_the_store_unavailable_and_may_be_sent_later(store, node):
    node.busy_items = 100
    with pytest.raises(StoreUnavailable, match="too busy"):
        store.upsert(posts(300))
    node.busy_items = 0
    written = store.upsert(posts(300))
    assert written.created + written.unchanged == 300
    assert store.count(ALL) == 300


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failing_node_may_be_tried_later(store, node, status):
    node.failures = [("_search", status, {"error": {"reason": "no master"}})]
    with pytest.raises(StoreUnavailable, match="no master"):
        store.search(ALL)


def test_a_refused_request_is_not_to_be_tried_again(store, node):
    node.failures = [("_search", 400, {"error": {"reason": "no such thing"}})]
    with pytest.raises(StoreError, match="400: no such thing"):
        store.search(ALL)


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_say_what_to_check(store, node, status):
    node.failures = [("_search", status, {"error": {"reason": "missing authentication"}})]
    with pytest.raises(StoreError, match="UNTAGGED_STORE_API_KEY"):
        store.count(ALL)


def test_a_shard_that_cannot_write_makes_the_store_unavailable(store, node):
    item = {"create": {"_id": "board:1", "status": 503, "error": {"reason": "no primary"}}}
    node.failures = [("_bulk", 200, {"errors": True, "items": [item]})]
    with pytest.raises(StoreUnavailable, match="no primary"):
        store.upsert([post()])


def test_a_long_read_goes_on_though_its_view_was_given_up(store, node):
    store.upsert(posts(PAGE * 2 + 1))
    reading = store.iterate(ALL)
    found = [next(reading) for _ in range(PAGE)]
    node.failures = [("_search", 404, {"error": {"reason": "No search context found"}})]
    found += reading
    assert ids(found) == [f"{number:03}" for number in range(PAGE * 2 + 1)]


def test_long_reads_leave_no_view_open(store, node):
    store.upsert(posts(5))
    list(store.iterate(ALL))
    left_early = store.iterate(ALL)
    next(left_early)
    left_early.close()
    opened = sum("_pit" in request and "POST" in request for request in node.requests)
    closed = sum("_pit" in request and "DELETE" in request for request in node.requests)
    assert opened == closed >= 2


def test_a_node_that_is_away_is_unavailable():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with ElasticStore(f"http://ann:hush@127.0.0.1:{port}") as store:
            for use in (
                store.prepare,
                lambda: store.get("board:1"),
                lambda: store.upsert([post()]),
            ):
                with pytest.raises(StoreUnavailable, match="does not answer") as raised:
                    use()
                assert "hush" not in str(raised.value)
                assert raised.value.__cause__ is not None


def test_credentials_are_sent_and_never_said(node, elasticsearch_url):
    url = node.url.replace("://", "://ann:s%40crit@")
    with ElasticStore(url) as store:
        node.failures = [("_search", 401, {"error": {"reason": "unable to authenticate"}})]
        with pytest.raises(StoreError) as raised:
            store.count(ALL)
    expected = base64.b64encode(b"ann:s@crit").decode()
    assert node.headers[-1]["authorization"] == f"Basic {expected}"
    for said in (str(raised.value), repr(store), store.url, str(vars(store))):
        assert "crit" not in said
        assert expected not in said


def test_an_api_key_is_sent(node):
    with ElasticStore(node.url, api_key="a-key") as store:
        node.failures = [("_search", 200, {"hits": {"total": {"value": 7}}})]
        assert store.count(ALL) == 7
    assert node.headers[-1]["authorization"] == "ApiKey a-key"


@pytest.mark.parametrize(
    "url", ["http://", "ftp://host", "http://host:port", "http://ann:hush@host:99999"]
)
def test_a_bad_address_is_a_setting_to_mend(url):
    with pytest.raises(SettingsError) as raised:
        ElasticStore(url)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("prefix", ["", "Upper", "a b", "*", "-x", "a,b", "x" * 200])
def test_a_prefix_that_no_index_can_have_is_refused(prefix):
    with pytest.raises(SettingsError, match="index name"):
        ElasticStore("http://127.0.0.1:1", prefix=prefix)


def test_an_index_is_versioned_and_stands_behind_two_aliases(elasticsearch_url, elastic_prefix):
    with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store:
        store.prepare()
    index = f"{elastic_prefix}-mentions-v{VERSION}-1990s"
    with Elasticsearch(elasticsearch_url) as client:
        found = client.indices.get_alias(index=f"{elastic_prefix}-mentions").body
        assert found == {
            index: {
                "aliases": {
                    f"{elastic_prefix}-mentions": {"is_write_index": False},
                    f"{elastic_prefix}-mentions-1990s": {"is_write_index": True},
                }
            }
        }
        mappings = client.indices.get_mapping(index=index)[index]["mappings"]
    assert mappings["dynamic"] == "strict"
    assert mappings["_meta"] == {"untagged_version": VERSION}


def test_a_newer_index_is_left_alone(elasticsearch_url, elastic_prefix):
    with Elasticsearch(elasticsearch_url) as client:
        client.indices.create(
            index=f"{elastic_prefix}-mentions-v{VERSION + 1}-000001",
            mappings={"_meta": {"untagged_version": VERSION + 1}},
        )
    with (
        ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store,
        pytest.raises(StoreError, match="newer Untagged"),
    ):
        store.prepare()


def test_an_index_of_an_older_untagged_learns_the_fields_that_were_added(
    elasticsearch_url, elastic_prefix
):
    alias = f"{elastic_prefix}-mentions"
    mappings = shipped("mentions-mappings")["template"]["mappings"]
    known = {name: kind for name, kind in mappings["properties"].items() if name != "abusive"}
    this_version = {"untagged_version": VERSION}
    with Elasticsearch(elasticsearch_url) as client:
        client.indices.create(
            index=f"{alias}-v{VERSION}-2026.02",
            aliases={alias: {}, f"{alias}-2026.02": {"is_write_index": True}},
            mappings={**mappings, "properties": known, "_meta": this_version},
        )
    with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store:
        assert len(store.upsert([post()]).refused) == 1
        store.prepare()
        assert store.upsert([post()]) == Written(created=1)


def test_what_the_mapping_refuses_is_named_and_stops_no_other(elasticsearch_url, elastic_prefix):
    alias = f"{elastic_prefix}-mentions"
    mappings = shipped("mentions-mappings")["template"]["mappings"]
    of_another_kind = {"case_team": {"type": "long"}}
    with Elasticsearch(elasticsearch_url) as client:
        client.indices.create(
            index=f"{alias}-v1-000001",
            aliases={alias: {"is_write_index": True}},
            mappings={**mappings, "properties": {**mappings["properties"], **of_another_kind}},
        )
    with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store:
        written = store.upsert([post("1"), post("2", case_team="care"), post("3")])
        assert (written.created, [each.mention_id for each in written.refused]) == (2, ["board:2"])
        assert "case_team" in written.refused[0].reason
        assert ids(store.iterate(ALL)) == ["1", "3"]


def test_a_search_that_meets_an_index_being_replaced_looks_again(store, node, waits):
    moved = {"error": {"type": "search_phase_execution_exception", "reason": "no shard"}}
    store.upsert([post()])
    node.failures = [("_search", 503, moved)] * 3
    assert store.count(ALL) == 1
    assert len(waits) == 3
    node.failures = [("_search", 503, moved)] * 4
    with pytest.raises(StoreUnavailable, match="no shard"):
        store.count(ALL)


def test_writing_never_makes_an_index_by_itself(elasticsearch_url, elastic_prefix):
    with ElasticStore(elasticsearch_url, prefix=elastic_prefix) as store:
        with pytest.raises(StoreError, match="prepare"):
            store.upsert([post()])
        with pytest.raises(StoreError, match="prepare"):
            store.delete(["board:1"])
    with Elasticsearch(elasticsearch_url) as client:
        assert client.indices.get(index=f"{elastic_prefix}*").body == {}

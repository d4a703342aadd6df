"""A store is named by a URL."""

from pathlib import Path

import pytest

from mentions.elastic import ElasticStore
from mentions.errors import SettingsError
from mentions.opening import open_store
from mentions.sqlite import SqliteStore
from tests.stores.posts import ALL, post


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///var/mentions.db", "var/mentions.db"),
        ("sqlite:////srv/a folder/mentions.db", "/srv/a folder/mentions.db"),
        ("sqlite:///100%25?.db", "100%25?.db"),
    ],
)
def test_a_sqlite_url_names_a_file_as_it_is_written(url, path):
    store = open_store(url)
    assert isinstance(store, SqliteStore)
    assert store.path == Path(path)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://host:9200", "http://host:9200"),
        ("http://ann:hush@host:9200", "http://host:9200"),
        ("https://host/behind/a/proxy", "https://host/behind/a/proxy"),
        ("http://[::1]:9200/", "http://[::1]:9200/"),
        ("http://host:9200?prefix=acme", "http://host:9200"),
    ],
)
def test_an_http_url_names_elasticsearch(url, said):
    with open_store(url) as store:
        assert isinstance(store, ElasticStore)
        assert store.url == said


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sqlite:///",
        "sqlite://mentions.db",
        "var/mentions.db",
        "postgresql://ann:hush@host/db",
        "http://ann:hush@host:9200?prefix=Not Fit",
        "http://ann:hush@host:9200?shards=3",
        "http://ann:hush@host:9200?prefix=a&prefix=b",
    ],
)
def test_any_other_url_says_what_would_do(url):
    with pytest.raises(SettingsError, match=r"write |use ") as raised:
        open_store(url)
    assert "hush" not in str(raised.value)


def test_an_opened_store_works(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/a folder/mentions.db") as store:
        store.prepare()
        store.upsert([post()])
        assert store.count(ALL) == 1


def test_the_prefix_keeps_stores_apart(elasticsearch_url, elastic_prefix):
    with (
        open_store(f"{elasticsearch_url}?prefix={elastic_prefix}-a") as one,
        open_store(f"{elasticsearch_url}?prefix={elastic_prefix}-b") as other,
    ):
        one.prepare()
        other.prepare()
        one.upsert([post()])
        assert (one.count(ALL), other.count(ALL)) == (1, 0)


def test_the_api_key_comes_from_the_environment(monkeypatch, elasticsearch_url):
    from tests.stores.flaky_node import flaky_node

    monkeypatch.setenv("UNTAGGED_STORE_API_KEY", "a-key")
    with flaky_node(elasticsearch_url) as node, open_store(node.url) as store:
        node.failures = [("_search", 200, {"hits": {"total": {"value": 0}}})]
        store.count(ALL)
    assert node.headers[-1]["authorization"] == "ApiKey a-key"

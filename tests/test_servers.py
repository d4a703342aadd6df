"""The servers that other tests lean on are real, fresh and on loopback only."""

import json
import socket
import urllib.request

import pytest
from sqlalchemy import create_engine, text


@pytest.mark.slow
def test_the_elasticsearch_is_a_real_one(elasticsearch_url):
    with urllib.request.urlopen(f"{elasticsearch_url}/_nodes/_all/info", timeout=10) as answer:
        assert answer.headers["X-Elastic-Product"] == "Elasticsearch"
        (node,) = json.load(answer)["nodes"].values()
    assert node["version"].split(".")[0] in {"8", "9"}


@pytest.mark.parametrize("turn", ["first", "second"])
def test_every_test_gets_an_empty_database_of_its_own(postgres_url, turn):
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mark (turn text)"))
        connection.execute(text("INSERT INTO mark VALUES (:turn)"), {"turn": turn})
        assert connection.execute(text("SELECT count(*) FROM mark")).scalar_one() == 1
    engine.dispose()


def test_tests_reach_loopback_and_nothing_beyond():
    with socket.create_server(("127.0.0.1", 0)) as here:
        socket.create_connection(here.getsockname()).close()
    with (
        pytest.warns(UserWarning, match="connect"),
        pytest.raises(RuntimeError, match=r"192\.0\.2\.1"),
    ):
        socket.create_connection(("192.0.2.1", 9), timeout=0.1)

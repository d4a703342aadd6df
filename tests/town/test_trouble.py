"""Trouble: one site of the town fails, and the others go on."""

import httpx
import pytest

TIMELINE = "/api/v1/timelines/public"
SEARCH_OF_X = "/x/2/tweets/search/recent"


def test_one_site_is_down_and_the_others_answer(town: httpx.Client) -> None:
    answer = town.post("/town/trouble", json={"kind": "down", "site": "mastodon"})
    assert answer.json() == {"kind": "down", "site": "mastodon"}
    assert town.get(TIMELINE).status_code == 500
    assert town.get("/news/rss.xml").status_code == 200
    assert town.get(SEARCH_OF_X).status_code == 401  # no token: it answers
    town.post("/town/trouble", json={"kind": "down", "site": "x"})
    assert town.get(TIMELINE).status_code == 200
    assert town.get(SEARCH_OF_X).status_code == 500
    town.post("/town/trouble", json={"kind": None})
    assert town.get(SEARCH_OF_X).status_code == 401


def test_without_a_site_all_fail(town: httpx.Client) -> None:
    town.post("/town/trouble", json={"kind": "busy"})
    assert {town.get(path).status_code for path in (TIMELINE, "/news/rss.xml", SEARCH_OF_X)} == {
        429
    }


@pytest.mark.parametrize(
    ("asked", "status"),
    [({"kind": "down", "site": "nowhere"}, 404), ({"kind": "asleep"}, 422), ({}, 422)],
)
def test_trouble_that_cannot_be_is_refused(
    town: httpx.Client, asked: dict[str, str], status: int
) -> None:
    answer = town.post("/town/trouble", json=asked)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert town.get(TIMELINE).status_code == 200

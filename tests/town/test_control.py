"""Control: a test's hand on the clock and on what is published."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest

from tests.town.conftest import FROZEN, NOW
from untagged.town.server import running
from untagged.town.story import generate

PUBLIC = "/api/v1/timelines/public"


def test_a_frozen_town_says_the_same_twice(town):
    first, second = (town.get(PUBLIC, params={"limit": 40}).content for _ in range(2))
    assert first == second
    assert town.get("/town/clock").json() == {"now": "2026-03-06T16:20:00.000Z", "pace": 0}


def test_an_advanced_clock_brings_what_the_story_has_for_that_time(town):
    newest = town.get(PUBLIC).json()[0]["id"]
    clock = town.post("/town/clock", json={"advance_seconds": 1800}).json()
    assert clock["now"] == "2026-03-06T16:50:00.000Z"
    came = [t["id"] for t in town.get("/town/truth").json() if t["published"] > "2026-03-06T16:20"]
    story = generate(1, NOW, NOW + timedelta(minutes=30), anchor=NOW)
    assert [post for post in came if post.isdigit()] == [
        str(post.number) for post in story if post.site == "mastodon"
    ]
    page = town.get(PUBLIC, params={"min_id": newest, "limit": 40}).json()
    assert page
    assert all(status["created_at"] > "2026-03-06T16:20" for status in page)


def test_a_post_made_by_hand_is_served_at_once_as_the_newest(town):
    new = {
        "text": "Heron Air lost my cello, @heronair!",
        "author": "Yo_Ma",
        "followers": 4000,
        "brands": ["Heron Air"],
        "intents": ["complaint"],
        "sentiment": "negative",
    }
    answer = town.post("/town/posts", json=new)
    assert answer.status_code == 201
    truth = answer.json()
    status = town.get(PUBLIC).json()[0]
    assert status["id"] == truth["id"]
    assert status["account"]["followers_count"] == 4000
    assert status["created_at"] == truth["published"] == "2026-03-06T16:20:00.000Z"
    assert truth["tagged"] is True
    assert truth["brands"] == ["Heron Air"]
    assert truth["answered_at"] is None


def test_many_posts_in_one_frozen_moment_keep_their_order(town):
    made = [town.post("/town/posts", json={"text": f"no {n}"}).json()["id"] for n in range(5)]
    page = town.get(PUBLIC, params={"limit": 5}).json()
    assert [status["id"] for status in page] == made[::-1]
    town.post("/town/clock", json={"advance_seconds": 3600})
    later = town.get(PUBLIC, params={"min_id": made[-1], "limit": 40}).json()
    assert later
    assert not {status["id"] for status in later} & set(made)


def test_a_reply_of_the_owned_account_answers_the_post(town):
    asked = town.post("/town/posts", json={"text": "Where is my bag, Heron Air?"}).json()
    town.post("/town/clock", json={"advance_seconds": 60})
    reply = {"text": "@passerby On its way.", "author": "heronair", "reply_to": asked["id"]}
    answer = town.post("/town/posts", json=reply).json()
    truth = {t["id"]: t for t in town.get("/town/truth").json()}
    assert truth[asked["id"]]["answered_at"] == answer["published"]
    assert answer["owned"] is True
    context = town.get(f"/api/v1/statuses/{asked['id']}/context").json()
    assert [status["id"] for status in context["descendants"]] == [answer["id"]]


def test_an_edit_and_a_deletion_show(town):
    made = town.post("/town/posts", json={"text": "first"}).json()["id"]
    town.post("/town/clock", json={"advance_seconds": 5})
    town.patch(f"/town/posts/{made}", json={"text": "second"})
    status = town.get(f"/api/v1/statuses/{made}").json()
    assert status["content"] == "<p>second</p>"
    assert status["edited_at"] == "2026-03-06T16:20:05.000Z"
    assert town.delete(f"/town/posts/{made}").json()["deleted"] is True
    assert town.get(f"/api/v1/statuses/{made}").status_code == 404
    assert town.delete(f"/town/posts/{made}").status_code == 404


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"text": ""}, 422),
        ({"text": "x", "author": "not a handle"}, 422),
        ({"text": "x", "reply_to": 1}, 404),
        ({"text": "x", "site": "nowhere"}, 404),
        ({"text": "x", "colour": "red"}, 422),
        ({"text": "bell \u0007"}, 422),
        ({"text": "x", "intents": ["dancing"]}, 422),
    ],
)
def test_a_bad_post_is_refused_with_a_reason(town, asked, status):
    answer = town.post("/town/posts", json=asked)
    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"advance_seconds": -1}', b""])
def test_a_bad_advance_is_refused_and_the_clock_stays(town, body):
    assert town.post("/town/clock", content=body).status_code == 422
    assert town.get("/town/clock").json()["now"] == "2026-03-06T16:20:00.000Z"


def test_the_crises_that_began_are_listed(town):
    crisis = town.get("/town/crises").json()[-1]
    assert crisis["brand"] == "Heron Air"
    assert crisis["begins"] == "2026-03-06T13:20:00.000Z"
    assert crisis["id"] in {t["crisis"] for t in town.get("/town/truth").json()}
    assert crisis["real"] is True
    assert crisis["begins"] < crisis["crossed_at"] < crisis["ends"]


def test_without_control_nobody_can_touch_the_town():
    with running(replace(FROZEN, days=1, control=False)) as url:
        for path in ("/town/clock", "/town/posts", "/town/truth", "/town/crises"):
            assert httpx.get(url + path).status_code == 404
            assert httpx.post(url + path, json={"text": "x"}).status_code == 404


def test_the_truth_file_follows_the_town(tmp_path):
    file = tmp_path / "the truth.jsonl"
    with running(replace(FROZEN, days=1, truth=file)) as url, httpx.Client(base_url=url) as town:
        before = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        assert before == town.get("/town/truth").json()
        made = town.post("/town/posts", json={"text": "hello\n\u2028world"}).json()
        town.delete(f"/town/posts/{made['id']}")
        town.post("/town/clock", json={"advance_seconds": 86_400})
        with file.open(encoding="utf-8", newline="\n") as lines:
            after = {line["id"]: line for line in map(json.loads, lines)}
        said = {t["id"]: t for t in town.get("/town/truth").json()}
    assert after == said
    assert after[made["id"]]["deleted"] is True
    assert len(after) > len(before) + 100
    crises = (tmp_path / "the truth.crises.jsonl").read_text("utf-8").splitlines()
    assert {t["crisis"] for t in said.values()} - {None} == {json.loads(c)["id"] for c in crises}
    assert datetime.fromisoformat(max(t["published"] for t in after.values())) <= NOW + timedelta(1)

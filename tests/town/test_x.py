"""The API of X in town, as a collector uses it."""

from datetime import timedelta

import httpx
import pytest

from tests.town.conftest import NOW, TOKEN

RECENT, LOOK_UP = "/x/2/tweets/search/recent", "/x/2/tweets"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
FULL = {
    "tweet.fields": "author_id,conversation_id,created_at,public_metrics,referenced_tweets",
    "expansions": "author_id,edit_history_tweet_ids,referenced_tweets.id",
}
EVERYTHING = "heron OR pomelo OR -nowhere"


def ask(client: httpx.Client, path: str = RECENT, **asked: object) -> httpx.Response:
    return client.get(path, params={**FULL, **asked}, headers=AUTHORIZED)


def test_next_token_leads_back_through_every_post_once(shown, truths):
    found, token = [], {}
    while True:
        answer = ask(shown, query=EVERYTHING, **token).json()
        found += [post["id"] for post in answer.get("data", [])]
        assert answer["meta"]["result_count"] == len(answer.get("data", []))
        if "next_token" not in answer["meta"]:
            break
        token = {"next_token": answer["meta"]["next_token"]}
    expected = [t["id"] for t in reversed(truths) if t["site"] == "x" and not t["deleted"]]
    assert len(expected) > 10
    assert found == expected


def test_a_post_says_what_the_truth_says(shown, truths):
    answer = ask(shown, query=EVERYTHING, max_results=100).json()
    truth_of = {t["id"]: t for t in truths if t["site"] == "x"}
    users = {user["id"]: user["username"] for user in answer["includes"]["users"]}
    for post in answer["data"]:
        truth = truth_of[post["id"]]
        assert (
            post["text"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            == truth["text"]
        )
        assert post["created_at"] == truth["published"]
        assert users[post["author_id"]] == truth["author"]
        replied = [one["id"] for one in post.get("referenced_tweets", [])]
        assert replied == ([truth["reply_to"]] if truth["reply_to"] else [])
        assert truth["title"] == ""


def test_only_what_was_asked_for_is_told(shown):
    answer = shown.get(RECENT, params={"query": EVERYTHING}, headers=AUTHORIZED).json()
    assert set(answer["data"][0]) == {"id", "text", "edit_history_tweet_ids"}
    assert "includes" not in answer


def test_ids_bound_a_search(shown):
    ids = [post["id"] for post in ask(shown, query=EVERYTHING, max_results=100).json()["data"]]
    assert [p["id"] for p in ask(shown, query=EVERYTHING, since_id=ids[3]).json()["data"]] == ids[
        :3
    ]
    older = ask(shown, query=EVERYTHING, until_id=ids[3], since_id=ids[6]).json()
    assert [post["id"] for post in older["data"]] == ids[4:6]


def test_an_edit_has_an_id_of_its_own_and_a_history(town):
    posted = town.post("/town/posts", json={"text": "heron soup", "site": "x"}).json()
    town.post("/town/clock", json={"advance_seconds": 60})
    town.patch(f"/town/posts/{posted['id']}", json={"text": "heron stew"})
    (found,) = ask(town, query="heron stew").json()["data"]
    assert found["edit_history_tweet_ids"] == [posted["id"], found["id"]]
    assert int(found["id"]) > int(posted["id"])
    answer = ask(town, LOOK_UP, ids=posted["id"]).json()
    assert [post["text"] for post in answer["data"]] == ["heron soup"]
    assert {post["text"] for post in answer["includes"]["tweets"]} == {"heron soup", "heron stew"}


def test_what_is_gone_is_an_error_in_a_good_answer(town):
    posted = town.post("/town/posts", json={"text": "heron soup", "site": "x"}).json()
    town.delete(f"/town/posts/{posted['id']}")
    answer = ask(town, LOOK_UP, ids=posted["id"])
    assert answer.status_code == 200
    assert "data" not in answer.json()
    assert [error["resource_id"] for error in answer.json()["errors"]] == [posted["id"]]
    assert ask(town, query="heron soup").json()["meta"] == {"result_count": 0}


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"query": ""}, 400),
        ({"query": "a", "max_results": 9}, 400),
        ({"query": "a", "since_id": "1"}, 400),
        ({"query": "a", "since_id": str(10**18), "start_time": "2026-03-06T00:00:00Z"}, 400),
        ({"query": "a", "start_time": (NOW - timedelta(days=8)).isoformat()}, 400),
        ({"query": "a", "start_time": "soon"}, 400),
    ],
)
def test_a_wrong_question_is_refused_in_words(shown, asked, status):
    answer = ask(shown, **asked)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_strangers_and_the_archive_are_refused(shown):
    assert shown.get(RECENT, params={"query": "a"}).status_code == 401
    assert ask(shown, "/x/2/tweets/search/all", query="a").status_code == 403
    assert ask(shown, LOOK_UP, ids="x").status_code == 400

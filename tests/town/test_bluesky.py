"""The town's Bluesky threads, as whoever has no account may read them."""

import pytest

THREAD = "/xrpc/app.bsky.feed.getPostThread"


def said(town, **fields):
    answer = town.post("/town/posts", json={"text": "a", "site": "bluesky", **fields})
    return answer.json()["id"]


def number(uri):
    return int(uri.rpartition("/")[2])


def test_a_thread_is_public_and_as_deep_and_high_as_it_is_asked_for(town):
    asked = said(town)
    answer = said(town, author="heronair", reply_to=number(asked))
    again = said(town, reply_to=number(answer))

    def thread(uri, **params):
        return town.get(THREAD, params={"uri": uri, **params}).json()["thread"]

    (reply,) = thread(asked)["replies"]
    assert reply["post"]["uri"] == answer
    assert reply["post"]["author"]["handle"] == "heronair.saltmarsh.example"
    assert [one["post"]["uri"] for one in reply["replies"]] == [again]
    assert "replies" not in thread(asked, depth=1)["replies"][0]
    assert thread(again)["parent"]["parent"]["post"]["uri"] == asked
    assert "parent" not in thread(again, parentHeight=1)["parent"]
    assert "parent" not in thread(again, parentHeight=0)
    town.delete(f"/town/posts/{number(answer)}")
    assert thread(asked)["replies"][0] == thread(again)["parent"]
    assert thread(again)["parent"]["notFound"] is True


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"uri": "at://did:plc:a/app.bsky.feed.post/7"}, "NotFound"),
        ({"uri": "https://bsky.example/7"}, "InvalidRequest"),
        ({"uri": "at://did:plc:a/app.bsky.feed.post/7", "depth": "1001"}, "InvalidRequest"),
        ({"uri": "at://did:plc:a/app.bsky.feed.post/7", "depth": "deep"}, "InvalidRequest"),
    ],
)
def test_what_cannot_be_shown_is_400_with_a_name(shown, params, name):
    answer = shown.get(THREAD, params=params)
    assert (answer.status_code, answer.json()["error"]) == (400, name)


def test_a_token_that_is_given_must_be_a_good_one(shown):
    given = {"Authorization": "Bearer old"}
    assert shown.get(THREAD, headers=given).json()["error"] == "InvalidToken"

"""The Reddit API of the town, as a collector uses it."""

import httpx
import pytest

from tests.town.conftest import TOKEN
from untagged.town.sites.reddit import id36, number_of_id36

LOG_IN = "/reddit/api/v1/access_token"


@pytest.fixture
def headers(shown):
    answer = shown.post(LOG_IN, auth=("any", TOKEN), data={"grant_type": "client_credentials"})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def walk(client, path, headers):
    found, after = [], ""
    while after is not None:
        answer = client.get(path, params={"limit": 7, "after": after}, headers=headers)
        data = answer.json()["data"]
        found, after = found + [child["data"] for child in data["children"]], data["after"]
    return found


def test_the_lists_hold_every_post_and_comment_newest_first(shown, truths, headers):
    standing = {t["id"]: t for t in truths if t["site"] == "reddit" and not t["deleted"]}
    found = []
    for kind in ("new", "comments"):
        things = walk(shown, f"/reddit/r/saltmarsh/{kind}", headers)
        times = [thing["created_utc"] for thing in things]
        assert times == sorted(times, reverse=True)
        found += things
    assert sorted(thing["name"] for thing in found) == sorted(standing)
    for thing in found:
        truth = standing[thing["name"]]
        assert truth["text"] == thing.get("selftext", thing.get("body"))
        assert truth["reply_to"] == thing.get("parent_id")
        assert httpx.get(truth["url"]).status_code == 200


def test_a_tree_may_begin_at_a_comment_and_keeps_the_place_of_one_that_is_gone(town):
    def said(**fields):
        answer = town.post("/town/posts", json={"text": "a", "site": "reddit", **fields})
        return number_of_id36(answer.json()["id"])

    asked = said(title="t")
    comment, aside = said(reply_to=asked), said(reply_to=asked)
    answer = said(reply_to=comment)
    town.delete(f"/town/posts/{comment}")
    town.delete(f"/town/posts/{aside}")
    token = town.post(LOG_IN, auth=("any", TOKEN)).json()["access_token"]

    def tree(**params):
        path, given = f"/reddit/comments/{id36(asked)}", {"Authorization": f"Bearer {token}"}
        above, below = town.get(path, params=params, headers=given).json()
        assert [one["data"]["id"] for one in above["data"]["children"]] == [id36(asked)]
        return [one["data"] for one in below["data"]["children"]]

    (gone,) = tree()
    assert (gone["id"], gone["author"], gone["body"]) == (id36(comment), "[deleted]", "[deleted]")
    assert [one["data"]["id"] for one in gone["replies"]["data"]["children"]] == [id36(answer)]
    assert [one["id"] for one in tree(comment=id36(answer))] == [id36(answer)]
    assert tree(comment=id36(asked)) == []
    given = {"Authorization": f"Bearer {token}"}
    assert town.get("/reddit/comments/zz", headers=given).status_code == 404


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_nothing_is_shown_to_strangers(shown, secret):
    assert shown.post(LOG_IN, auth=("any", secret)).status_code == 401
    given = {"Authorization": f"Bearer {secret}"} if secret else {}
    assert shown.get("/reddit/r/saltmarsh/new", headers=given).status_code == 401


def test_ids_are_numbers_to_the_base_of_36():
    for number in (0, 35, 36, 116_142_719_696_898_515):
        assert number_of_id36(f"t3_{id36(number)}") == number
    assert number_of_id36("t3_!") == 0

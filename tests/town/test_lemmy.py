"""The Lemmy API of the town, as a collector uses it."""

import pytest

from tests.town.conftest import TOKEN

POSTS, COMMENTS = "/api/v3/post/list", "/api/v3/comment/list"


def walk(client, path, kind, **params):
    found, page = [], 1
    while views := client.get(path, params={"limit": 50, "page": page, **params}).json()[kind]:
        found, page = found + views, page + 1
    return found


@pytest.fixture(scope="session")
def standing(truths):
    return {t["id"]: t for t in truths if t["site"] == "lemmy" and not t["deleted"]}


def test_the_lists_hold_every_post_and_comment_newest_first(shown, standing):
    posts, comments = walk(shown, POSTS, "posts"), walk(shown, COMMENTS, "comments")
    ids = [f"post/{view['post']['id']}" for view in posts]
    ids += [f"comment/{v['comment']['id']}" for v in comments if not v["comment"]["deleted"]]
    assert sorted(ids) == sorted(standing)
    for views, part in ((posts, "post"), (comments, "comment")):
        times = [view[part]["published"] for view in views]
        assert times == sorted(times, reverse=True)
        assert views


def test_a_view_says_what_the_truth_says(shown, standing):
    for view in walk(shown, COMMENTS, "comments"):
        comment = view["comment"]
        if comment["deleted"]:
            continue
        truth = standing[f"comment/{comment['id']}"]
        assert comment["content"] == truth["text"]
        assert comment["ap_id"] == truth["url"]
        assert view["creator"]["name"] == truth["author"]
        parent = comment["path"].split(".")[-2]
        expected = f"post/{comment['post_id']}" if parent == "0" else f"comment/{parent}"
        assert truth["reply_to"] == expected


def test_a_deleted_comment_keeps_its_place_without_its_words(town):
    opening = town.post("/town/posts", json={"text": "a", "title": "t", "site": "lemmy"}).json()
    number = int(opening["id"].partition("/")[2])
    first = town.post("/town/posts", json={"text": "b", "site": "lemmy", "reply_to": number})
    answer = int(first.json()["id"].partition("/")[2])
    town.post("/town/posts", json={"text": "c", "site": "lemmy", "reply_to": answer})
    town.delete(f"/town/posts/{answer}")
    nested, gone = town.get(COMMENTS).json()["comments"][:2]
    assert (gone["comment"]["deleted"], gone["comment"]["content"]) == (True, "")
    assert nested["comment"]["path"] == f"0.{answer}.{nested['comment']['id']}"
    town.delete(f"/town/posts/{number}")
    assert number not in [view["post"]["id"] for view in town.get(POSTS).json()["posts"]]


def test_one_post_or_comment_is_shown_and_what_stands_below_it(town):
    def said(**fields):
        answer = town.post("/town/posts", json={"text": "a", "site": "lemmy", **fields})
        return int(answer.json()["id"].partition("/")[2])

    opening, other = said(title="t"), said(title="u")
    first, aside = said(reply_to=opening), said(reply_to=other)
    nested = said(reply_to=first)
    view = town.get("/api/v3/post", params={"id": opening}).json()["post_view"]
    assert (view["post"]["id"], view["counts"]["comments"]) == (opening, 1)
    view = town.get("/api/v3/comment", params={"id": nested}).json()["comment_view"]
    assert view["comment"]["path"] == f"0.{first}.{nested}"

    def below(**params):
        return [one["comment"]["id"] for one in walk(town, COMMENTS, "comments", **params)]

    assert below(post_id=opening) == below(post_id=opening, parent_id=first) == [nested, first]
    assert below(parent_id=nested) == [nested]
    assert below(post_id=other) == [aside]
    town.delete(f"/town/posts/{opening}")
    answer = town.get("/api/v3/post", params={"id": opening})
    assert (answer.status_code, answer.json()) == (404, {"error": "couldnt_find_post"})


def test_search_and_authors_find_words_and_people(shown, standing):
    found = walk(shown, "/api/v3/search", "posts", q="heron", type_="Posts")
    assert found
    assert all("heron" in f"{v['post']['name']} {v['post']['body']}".lower() for v in found)
    name = next(iter(standing.values()))["author"]
    answer = shown.get("/api/v3/user", params={"username": name}).json()
    views = answer["posts"] + answer["comments"]
    assert {view["creator"]["name"] for view in views} == {name}


@pytest.mark.parametrize(
    ("path", "token", "status", "error"),
    [
        (POSTS, "wrong", 401, "incorrect_login"),
        (f"{POSTS}?limit=51", "", 400, "couldnt_get_posts"),
        (f"{POSTS}?page=one", "", 400, "query_deserialize_error"),
        (f"{COMMENTS}?community_name=nowhere", "", 404, "couldnt_find_community"),
        (f"{COMMENTS}?parent_id=7", "", 404, "couldnt_find_comment"),
        (f"{COMMENTS}?post_id=one", "", 400, "query_deserialize_error"),
        ("/api/v3/post?id=one", "", 400, "query_deserialize_error"),
        ("/api/v3/comment?id=7", "", 404, "couldnt_find_comment"),
        ("/api/v3/user?username=nobody_here", TOKEN, 404, "couldnt_find_person"),
    ],
)
def test_errors_are_lemmys(shown, path, token, status, error):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = shown.get(path, headers=headers)
    assert (answer.status_code, answer.json()) == (status, {"error": error})

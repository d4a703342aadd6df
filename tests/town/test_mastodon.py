"""The Mastodon API of the town, as a collector uses it."""

import re
from datetime import datetime
from html import unescape

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.town.conftest import TOKEN

PUBLIC = "/api/v1/timelines/public"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
_LINK = re.compile(r'<([^>]+)>; rel="(\w+)"')


def links(answer: httpx.Response) -> dict[str, str]:
    return {rel: url for url, rel in _LINK.findall(answer.headers.get("Link", ""))}


def ids(answer: httpx.Response) -> list[str]:
    return [status["id"] for status in answer.json()]


def plain(content: str) -> str:
    broken = content.replace("</p><p>", "\n\n").replace("<br>", "\n")
    return unescape(re.sub(r"<[^>]*>", "", broken))


def walk(client: httpx.Client, url: str, rel: str) -> list[str]:
    found = []
    while True:
        answer = client.get(url)
        if not (page := ids(answer)):
            return found
        found = [*page, *found] if rel == "prev" else [*found, *page]
        url = links(answer)[rel]


@pytest.fixture(scope="session")
def public_ids(statuses) -> list[str]:
    """Newest first, without replies to others, as public timelines show them."""
    author = {number: truth["author"] for number, truth in statuses.items()}
    return [
        number
        for number, truth in reversed(statuses.items())
        if truth["reply_to"] is None or author.get(truth["reply_to"]) == truth["author"]
    ]


def test_a_page_is_newest_first_and_holds_what_was_asked(shown, public_ids):
    assert ids(shown.get(PUBLIC)) == public_ids[:20]
    assert ids(shown.get(PUBLIC, params={"limit": 7})) == public_ids[:7]
    assert ids(shown.get(PUBLIC, params={"limit": 400})) == public_ids[:40]


def test_max_id_leads_back_through_every_post_once(shown, public_ids):
    assert walk(shown, f"{PUBLIC}?limit=40", "next") == public_ids


def test_min_id_leads_forward_through_every_post_once(shown, public_ids):
    oldest = str(int(public_ids[-1]) - 1)
    assert walk(shown, f"{PUBLIC}?limit=40&min_id={oldest}", "prev") == public_ids


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_every_bound_is_kept(shown, public_ids, data):
    place = st.integers(0, len(public_ids) - 1)
    bounds = data.draw(
        st.dictionaries(st.sampled_from(["max_id", "since_id", "min_id"]), place, min_size=1)
    )
    limit = data.draw(st.integers(1, 40))
    asked = {name: public_ids[at] for name, at in bounds.items()}
    allowed = [
        number
        for number in public_ids
        if int(number) < int(asked.get("max_id", 10**30))
        and int(number) > max(int(asked.get("since_id", 0)), int(asked.get("min_id", 0)))
    ]
    expected = allowed[-limit:] if "min_id" in asked else allowed[:limit]
    assert ids(shown.get(PUBLIC, params={**asked, "limit": limit})) == expected


def test_links_keep_the_question_and_name_the_page_edges(shown, public_ids):
    answer = shown.get(PUBLIC, params={"limit": 3, "local": "true"})
    base = str(shown.base_url).rstrip("/")
    assert links(answer) == {
        "next": f"{base}{PUBLIC}?limit=3&local=true&max_id={public_ids[2]}",
        "prev": f"{base}{PUBLIC}?limit=3&local=true&min_id={public_ids[0]}",
    }


def test_an_empty_page_has_no_links(shown, public_ids):
    answer = shown.get(PUBLIC, params={"min_id": public_ids[0]})
    assert answer.json() == []
    assert "Link" not in answer.headers


def test_nothing_comes_from_other_servers(shown):
    assert shown.get(PUBLIC, params={"remote": "true"}).json() == []


def test_a_hashtag_shows_replies_too_and_ignores_case(shown, statuses):
    expected = {
        number
        for number, truth in statuses.items()
        if re.search(r"(?<![\w/])#heronair\b", truth["text"], re.IGNORECASE)
    }
    found = walk(shown, "/api/v1/timelines/tag/HeronAir?limit=40", "next")
    assert set(found) == expected
    assert len(found) == len(expected) > 20


def test_a_status_says_what_the_truth_says(shown, statuses):
    for page in range(0, 200, 40):
        bound = sorted(statuses, key=int)[-1 - page]
        for status in shown.get(PUBLIC, params={"max_id": bound, "limit": 40}).json():
            truth = statuses[status["id"]]
            assert plain(status["content"]) == truth["text"]
            assert status["created_at"] == truth["published"]
            assert status["url"] == truth["url"]
            assert status["account"]["acct"] == truth["author"]
            assert status["edited_at"] == truth["edited_at"]
            assert status["account"]["indexable"] == truth["indexable"]


def test_nothing_in_a_text_becomes_markup(shown, statuses):
    scripts = [number for number, t in statuses.items() if t["author"] == "little_bobby"]
    assert scripts
    for number in scripts:
        content = shown.get(f"/api/v1/statuses/{number}").json()["content"]
        assert set(re.findall(r"<(\w+)", content)) <= {"p", "a", "span", "br"}


def test_mentions_and_hashtags_are_linked(shown):
    found = shown.get(
        "/api/v2/search", params={"q": "@heronair", "type": "statuses"}, headers=AUTHORIZED
    ).json()["statuses"]
    tagged = next(status for status in found if status["mentions"])
    base = str(shown.base_url).rstrip("/")
    assert (
        f'<span class="h-card" translate="no"><a href="{base}/@heronair" '
        'class="u-url mention">@<span>heronair</span></a></span>'
    ) in tagged["content"]
    assert tagged["mentions"][0]["acct"] == "heronair"
    hashtag = shown.get("/api/v1/timelines/tag/heronair?limit=1").json()[0]
    assert {"name": "heronair", "url": f"{base}/tags/heronair"} in hashtag["tags"]


def test_a_context_holds_the_brands_answer(shown, statuses):
    answered = next(
        t
        for t in statuses.values()
        if t["answered_at"] and t["answered_at"] < "2026-03-06T16:00" and not t["reply_to"]
    )
    context = shown.get(f"/api/v1/statuses/{answered['id']}/context").json()
    answer = next(s for s in context["descendants"] if s["created_at"] == answered["answered_at"])
    assert answer["account"]["acct"] in ("heronair", "pomelo")
    assert answer["in_reply_to_id"] == answered["id"]
    above = shown.get(f"/api/v1/statuses/{answer['id']}/context").json()["ancestors"]
    assert [status["id"] for status in above] == [answered["id"]]
    parent = shown.get(f"/api/v1/statuses/{answered['id']}").json()
    assert parent["replies_count"] >= 1


def test_an_owned_account_shows_its_replies(shown):
    account = shown.get("/api/v1/accounts/lookup", params={"acct": "heronair"}).json()
    assert account["display_name"] == "Heron Air"
    path = f"/api/v1/accounts/{account['id']}/statuses"
    own = shown.get(path, params={"limit": 40}).json()
    assert any(status["in_reply_to_id"] for status in own)
    assert {status["account"]["id"] for status in own} == {account["id"]}
    without = shown.get(path, params={"limit": 40, "exclude_replies": "true"}).json()
    assert not any(status["in_reply_to_id"] for status in without)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/statuses/1",
        "/api/v1/statuses/one",
        "/api/v1/statuses/1/context",
        "/api/v1/accounts/999999",
        "/api/v1/accounts/lookup?acct=nobody_here",
        "/api/v1/accounts/999999/statuses",
    ],
)
def test_what_is_not_there_is_404_in_mastodons_words(shown, path):
    answer = shown.get(path)
    assert answer.status_code == 404
    assert answer.json() == {"error": "Record not found"}


def test_a_deleted_post_is_404_everywhere(shown, truths):
    gone = next(t for t in truths if t["deleted"] and t["site"] == "mastodon")
    assert shown.get(f"/api/v1/statuses/{gone['id']}").status_code == 404
    assert httpx.get(gone["url"]).status_code == 404


@pytest.mark.parametrize("given", [None, "wrong"])
def test_search_is_closed_without_a_valid_token(shown, given):
    headers = {"Authorization": f"Bearer {given}"} if given else {}
    answer = shown.get("/api/v2/search", params={"q": "heron"}, headers=headers)
    assert answer.status_code == 401
    assert set(answer.json()) == {"error"}


def test_search_finds_all_words_newest_first_and_pages_by_offset(shown, statuses):
    expected = [
        number
        for number, truth in reversed(statuses.items())
        if {"heron", "air", "app"} <= set(re.findall(r"\w+", truth["text"].lower()))
        and truth["indexable"]
    ]
    found = []
    for offset in (0, 4):
        params = {"q": "APP Heron air", "type": "statuses", "limit": 4, "offset": offset}
        page = shown.get("/api/v2/search", params=params, headers=AUTHORIZED).json()
        found += [status["id"] for status in page["statuses"]]
    assert found == expected[:8]
    assert len(expected) > 4


def test_search_knows_phrases_exclusion_authors_and_replies(shown):
    def found(query):
        params = {"q": query, "limit": 40}
        return shown.get("/api/v2/search", params=params, headers=AUTHORIZED).json()["statuses"]

    assert all("heron air" in plain(s["content"]).lower() for s in found('"heron air" -#heronair'))
    assert {s["account"]["acct"] for s in found("from:pomelo is:reply")} == {"pomelo"}
    assert {s["language"] for s in found("pomelo language:de")} == {"de"}
    assert found("") == []
    assert found("before:1999-01-01 heron") == []


def test_the_instance_says_which_timelines_are_open(shown):
    said = shown.get("/api/v2/instance").json()
    access = said["configuration"]["timelines_access"]
    assert access["live_feeds"] == {"local": "public", "remote": "public"}
    assert access["hashtag_feeds"]["local"] == "public"
    assert said["version"].startswith("4.")


def test_limits_are_announced_with_an_iso_date(shown):
    headers = shown.get("/api/v2/instance").headers
    assert headers["X-RateLimit-Limit"] == "3000"
    assert int(headers["X-RateLimit-Remaining"]) < 3000
    assert datetime.fromisoformat(headers["X-RateLimit-Reset"]).tzinfo

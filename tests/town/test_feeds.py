"""The feeds: readable by a feed reader, complete, and silent while nothing changes."""

import re
from datetime import UTC, datetime
from html import unescape
from xml.etree import ElementTree

import feedparser
import pytest

from untagged.town.sites.feeds import FEEDS, ITEMS

PATHS = [feed.path for feed in FEEDS]
SITES = {feed.path: feed.site.name for feed in FEEDS}


def plain(html: str) -> str:
    return unescape(html.replace("</p><p>", "\n\n").removeprefix("<p>").removesuffix("</p>"))


def entries(client, path):
    """id -> (title, text, address, published) of a feed's entries, newest first."""
    answer = client.get(path)
    if path.endswith(".json"):
        return {
            item["id"]: (
                item["title"],
                item["content_text"],
                item["url"],
                datetime.fromisoformat(item["date_published"]),
            )
            for item in answer.json()["items"]
        }
    ElementTree.fromstring(answer.content)  # well-formed for the strictest reader
    return {
        entry["id"]: (
            entry["title"],
            plain(entry["content"][0]["value"]),
            entry["link"],
            datetime(*entry["published_parsed"][:6], tzinfo=UTC),
        )
        for entry in feedparser.parse(answer.content, sanitize_html=False)["entries"]
    }


@pytest.mark.parametrize("path", PATHS)
def test_a_feed_holds_what_the_truth_says(shown, truths, path):
    expected = {
        t["id"]: (t["title"], t["text"], t["url"], datetime.fromisoformat(t["published"]))
        for t in reversed(truths)
        if t["site"] == SITES[path] and not t["deleted"]
    }
    found = entries(shown, path)
    assert found == expected
    assert list(found) == list(expected)
    assert 0 < len(found) <= ITEMS


@pytest.mark.parametrize("path", PATHS)
def test_an_unchanged_feed_is_304_by_either_validator(shown, path):
    first = shown.get(path)
    etag, changed = first.headers["ETag"], first.headers["Last-Modified"]
    for known in (
        {"If-None-Match": etag},
        {"If-None-Match": f'"other", W/{etag}'},
        {"If-Modified-Since": changed},
        {"If-None-Match": etag, "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        again = shown.get(path, headers=known)
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["ETag"] == etag
    for unknown in (
        {"If-None-Match": '"other"', "If-Modified-Since": changed},
        {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday, roughly"},
    ):
        assert shown.get(path, headers=unknown).status_code == 200


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.site.name)
def test_a_new_an_edited_and_a_deleted_post_change_the_feed(town, feed):
    etag = town.get(feed.path).headers["ETag"]
    new = {"site": feed.site.name, "title": "A & B <c>", "text": "One\n\n<two> & ]]> three"}
    truth = town.post("/town/posts", json=new).json()
    number = re.search(r"\d+$", truth["id"])[0]

    def changed():
        nonlocal etag
        answer = town.get(feed.path, headers={"If-None-Match": etag})
        etag = answer.headers["ETag"]
        return answer.status_code == 200

    assert changed()
    assert entries(town, feed.path)[truth["id"]][:2] == (new["title"], new["text"])
    assert not changed()
    town.patch(f"/town/posts/{number}", json={"text": "Other"})
    assert changed()
    assert entries(town, feed.path)[truth["id"]][1] == "Other"
    town.delete(f"/town/posts/{number}")
    assert changed()
    assert truth["id"] not in entries(town, feed.path)


def test_a_comment_points_to_its_thread(shown, truths):
    comments = [t for t in truths if t["site"] == "forum" and t["reply_to"] and not t["deleted"]]
    root = ElementTree.fromstring(shown.get("/forum/atom.xml").content)
    atom, thread = "{http://www.w3.org/2005/Atom}", "{http://purl.org/syndication/thread/1.0}"
    said = {
        entry.findtext(f"{atom}id"): entry.find(f"{thread}in-reply-to").get("ref")
        for entry in root.iter(f"{atom}entry")
        if entry.find(f"{thread}in-reply-to") is not None
    }
    assert comments
    assert said == {comment["id"]: comment["reply_to"] for comment in comments}


def test_the_crisis_is_in_the_paper(shown, truths):
    articles = [t for t in truths if t["site"] == "news" and t["crisis"]]
    assert articles
    assert "Heron Air" in articles[0]["title"]
    assert articles[0]["title"] in shown.get("/news/rss.xml").text

"""The pages for people: every post at its address, and nothing of it runs."""

import re
from html import unescape
from urllib.robotparser import RobotFileParser

import httpx
import pytest

from untagged.town.phrasebook import phrasebook

HOSTILE = [
    template.text
    for section, templates in phrasebook().sections("hostile", "").items()
    for template in templates
]


def test_every_kind_of_post_has_a_page_at_its_url(shown, truths):
    for site in ("mastodon", "news", "forum", "blog", "gdelt", "x", "bluesky"):
        truth = next(t for t in reversed(truths) if t["site"] == site and not t["deleted"])
        page = httpx.get(truth["url"])
        assert page.status_code == 200
        for part in truth["text"].split("\n\n"):
            assert part in unescape(page.text)


def test_the_front_page_leads_to_pages_and_feeds_that_exist(shown):
    front = shown.get("/").text
    paths = set(re.findall(r'href="(/[^"]*)"', front))
    assert {"/news/rss.xml", "/forum/atom.xml", "/blog/feed.json", "/api/v2/instance"} <= paths
    assert {shown.get(path).status_code for path in paths} == {200}


@pytest.mark.parametrize("text", [*HOSTILE, "\u202egnirts\u202c {{7*7}} <img src=x onerror=1>"])
def test_a_hostile_post_is_shown_as_written(town, text):
    truth = town.post("/town/posts", json={"text": text, "author": "mallory"}).json()
    page = httpx.get(truth["url"])
    shown = page.text.partition("<bdi>")[2].partition("</bdi>")[0]
    assert "<" not in shown.replace("&lt;", "")
    assert unescape(shown) == text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_a_hostile_name_is_escaped(shown, truths):
    bobby = next(t for t in truths if t["author"] == "little_bobby" and not t["deleted"])
    page = httpx.get(bobby["url"]).text
    assert "&lt;b onmouseover=" in page
    assert "<b onmouseover=" not in page
    assert "{{7*7}}" in page


def test_the_story_holds_hostile_posts_and_three_hundred_emoji(fortnight):
    texts = [post.said.text for post in fortnight if post.author.handle == "little_bobby"]
    assert any("<script>" in text for text in texts)
    assert any("{{7*7}}" in text for text in texts)
    assert any(text.startswith("=1+1") for text in texts)
    assert any(len(re.findall("[😤🧳🛫🌀🔥🥲🍊]", text)) == 300 for text in texts)


def test_robots_may_read_all_but_the_diary(shown):
    robots = RobotFileParser()
    robots.parse(shown.get("/robots.txt").text.splitlines())
    base = str(shown.base_url)
    assert robots.can_fetch("untagged", f"{base}/news/rss.xml")
    assert robots.can_fetch("untagged", f"{base}/api/v1/timelines/public")
    assert not robots.can_fetch("untagged", f"{base}/private/diary")
    assert shown.get("/private/diary").status_code == 200


@pytest.mark.parametrize("path", ["/@nobody_here", "/@heronair/12", "/news/abc", "/forum/t/1"])
def test_a_page_that_is_not_there_is_404(shown, path):
    assert shown.get(path).status_code == 404

"""A page leads to the feed that it names, and a feed's hub is noted."""

import json

import pytest

from spiders.feed import parse_feed
from spiders.feed_links import is_page, named_feed, named_hub
from tests.spiders.passes import Collector, feed
from tests.spiders.web import Answer, Asked, site

PAGE = b"""<!DOCTYPE html><html><head>
<link rel="stylesheet" href="/style.css">
<link rel="alternate" type="application/rss+xml" title="Comments Feed" href="/comments/feed/">
<link rel='ALTERNATE home' type='application/atom+xml; charset=utf-8' href='news/atom.xml'>
<link rel="alternate" type="text/html" hreflang="fr" href="/fr/">
</head><body>Welcome</body></html>"""
RSS = b"""<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
<atom:link rel="hub" href="https://hub.example/"/>
<item><guid>1</guid><title>Acme again</title><pubDate>Sat, 21 Feb 2026 10:00:00 GMT</pubDate></item>
</channel></rss>"""
AT = "https://board.example/a/page"


def test_the_first_feed_that_a_page_names_is_taken_before_one_of_comments() -> None:
    assert is_page(PAGE)
    assert named_feed(PAGE, AT) == "https://board.example/a/news/atom.xml"
    only_comments = PAGE.replace(b"application/atom+xml", b"text/plain")
    assert named_feed(only_comments, AT) == "https://board.example/comments/feed/"


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ("<base href='https://other.example/x/'>", "https://other.example/x/feed"),
        ("", "https://board.example/a/feed"),
    ],
)
def test_addresses_are_read_as_browsers_read_them(head: str, found: str) -> None:
    link = "<link rel=alternate type=application/feed+json href=feed>"
    assert named_feed(f"<html><head>{head}{link}".encode(), AT) == found


@pytest.mark.parametrize("href", ["javascript:alert(1)", "file:///etc/passwd", "ftp://x/feed"])
def test_what_is_no_address_of_the_web_is_no_feed(href: str) -> None:
    page = f"<html><link rel=alternate type=application/rss+xml href='{href}'>".encode()
    assert named_feed(page, AT) == ""


def test_a_hub_is_noted_wherever_it_is_named() -> None:
    assert parse_feed(RSS).hub == "https://hub.example/"
    hubs = [{"type": "WebSub", "url": "https://hub.example/json"}]
    assert parse_feed(json.dumps({"items": [], "hubs": hubs}).encode()).hub == hubs[0]["url"]
    header = '<https://board.example/feed>; rel="self", <https://hub.example/h>; rel="hub"'
    assert named_hub((), header) == "https://hub.example/h"
    assert named_hub(({"rel": "hub", "href": "javascript:x"},), "") == ""


def test_a_page_in_the_settings_is_followed_to_its_feed_and_again_when_that_moves(
    collector: Collector,
) -> None:
    moved: list[str] = []

    def answering(asked: Asked) -> Answer:
        there = "/new.xml" if moved else "/news/atom.xml"
        if asked.path == "/":
            return Answer(PAGE.replace(b"news/atom.xml", there.removeprefix("/").encode()))
        return Answer(RSS) if asked.path == there else Answer(status=404)

    with site(answering) as web:
        source = feed("board", f"{web.url}/")
        first, second = collector.run(source)[0], collector.run(source)[0]
        assert (first.ok, first.posts, second.ok, second.posts) == (True, 1, True, 0)
        assert [asked.path for asked in web.asked] == ["/", "/news/atom.xml", "/news/atom.xml"]
        noted = collector.cursors["board"][f"{web.url}/"]
        assert (noted["feed"], noted["hub"]) == (f"{web.url}/news/atom.xml", "https://hub.example/")
        moved.append("it")
        (third,) = collector.run(source)
        assert (third.ok, third.posts) == (True, 0)
        assert collector.cursors["board"][f"{web.url}/"]["feed"] == f"{web.url}/new.xml"

"""Articles: every page of the lists once, whatever single pages and lists do."""

import gzip
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from mentions.collected import Reject
from mentions.errors import SourceUnavailable
from mentions.mention import Mention
from spiders.article import TRIES
from spiders.article_page import plain_address
from spiders.sitemap import MAX_UNPACKED_BYTES, parse_sitemap
from tests.spiders.passes import Collector, made
from tests.spiders.posts import NOW
from tests.spiders.web import Answer, Asked, site
from untagged.town.server import TownSettings, running


def page(title: str) -> bytes:
    text = f"{title} is what everybody in the harbour talks about since early this morning."
    return f"<html><body><article><h1>{title}</h1><p>{text}</p></article></body></html>".encode()


@dataclass
class Paper:
    """A newspaper with a feed and a sitemap; `faults` answer in place of pages."""

    titles: list[str]
    faults: dict[str, Answer] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Answer:
        host = f"http://{asked.headers['Host']}"
        if asked.path == "/rss.xml":
            etag = f'"{len(self.titles)}"'
            if asked.headers.get("If-None-Match") == etag:
                return Answer(status=304)
            return Answer(self.feed(host), headers={"ETag": etag})
        if asked.path == "/sitemaps.xml":
            inner = f"<sitemap><loc>{host}/sitemap.xml.gz</loc></sitemap>"
            return Answer(f"<sitemapindex>{inner}</sitemapindex>".encode())
        if asked.path == "/sitemap.xml.gz":
            pages = "".join(f"<url><loc>{host}/{title}</loc></url>" for title in self.titles)
            return Answer(gzip.compress(f"<urlset>{pages}</urlset>".encode()))
        title = asked.path.strip("/")
        return self.faults.get(title) or Answer(page(title))

    def feed(self, host: str) -> bytes:
        items = "".join(
            f"<item><title>{title}</title><link>{host}/{title}?utm_source=rss</link>"
            f"<pubDate>{NOW - timedelta(hours=1):%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
            for title in self.titles
        )
        return f"<rss version='2.0'><channel>{items}</channel></rss>".encode()


def collected(collector: Collector, url: str, **params: Any) -> tuple[str, list[str]]:
    """The source's error, and titles of articles or reasons of rejects, in order."""
    lists = params.pop("lists", ["/rss.xml"])
    params |= {"feeds": [url + path for path in lists if path.startswith("/rss")]}
    params |= {"sitemaps": [url + path for path in lists if path.startswith("/sitemap")]}
    (run,) = collector.run(made("paper", "article", params))
    items = collector.items(run)
    return run.error, [said(item, url) for item in items]


def said(item: object, url: str) -> str:
    assert isinstance(item, Mention | Reject)
    return item.title if isinstance(item, Mention) else item.reason.replace(url, "")


def test_each_page_is_read_once_and_a_pass_that_ends_early_goes_on(collector: Collector) -> None:
    paper = Paper([f"Story{number}" for number in range(7)])
    with site(paper) as web:
        found = [collected(collector, web.url, max_pages=3) for _ in range(4)]
        assert [len(titles) for _, titles in found] == [3, 3, 1, 0]
        assert [error for error, _ in found] == [""] * 4
        assert {title for _, titles in found for title in titles} == set(paper.titles)
        paper.titles.insert(0, "Late")
        assert collected(collector, web.url) == ("", ["Late"])
        # Once all is read, the list is asked for only if it changed.
        web.asked.clear()
        collected(collector, web.url)
        assert [asked.path for asked in web.asked] == ["/rss.xml"]


def test_a_page_in_trouble_is_tried_again_and_then_left_alone(collector: Collector) -> None:
    paper = Paper(["Fine", "Ill", "Gone"])
    paper.faults = {"Ill": Answer(b"oh no", status=500), "Gone": Answer(b"no", status=404)}
    with site(paper) as web:
        first = collected(collector, web.url)
        assert first[0] == ""
        assert first[1][0] == "Fine"
        assert "nothing at this address (404" in first[1][1]
        later = [collected(collector, web.url)[1] for _ in range(TRIES)]
    assert [len(found) for found in later] == [0, 1, 0]
    assert "is in trouble (500" in later[1][0]


def test_sitemaps_and_feeds_that_name_the_same_page_bring_it_once(collector: Collector) -> None:
    with site(Paper(["One", "Two"])) as web:
        found = collected(collector, web.url, lists=["/rss.xml", "/sitemaps.xml"])
        assert found == ("", ["One", "Two"])
        assert collected(collector, web.url, lists=["/rss.xml", "/sitemaps.xml"]) == ("", [])
        pages = [asked.path for asked in web.asked if not asked.path.endswith((".xml", ".gz"))]
    assert sorted(pages) == ["/One", "/Two"]


def test_only_pages_with_one_of_the_words_are_read(collector: Collector) -> None:
    with site(Paper(["Nimbus-lands", "Soup", "NIMBUS-late"])) as web:
        assert collected(collector, web.url, words=["nimbus"])[1] == ["Nimbus-lands", "NIMBUS-late"]
        assert {asked.path for asked in web.asked} == {"/rss.xml", "/Nimbus-lands", "/NIMBUS-late"}


def test_the_towns_paper_is_read_in_full(collector: Collector) -> None:
    town = TownSettings(now=NOW, days=3, pace=0, control=True)
    with running(town) as url:
        params = {"sitemaps": [f"{url}/news/sitemap.xml"], "history": "3d"}
        (run,) = collector.run(made("paper", "article", params))
        articles = collector.posts(run)
    assert run.error == ""
    assert len(articles) >= 5
    for article in articles:
        assert article.author.name == "The Saltmarsh Courier"
        assert "Saltmarsh" not in article.text
        assert article.title not in article.text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "no sitemap"),
        (b"<html><body>Not found</body></html>", "no sitemap"),
        (b'{"pages": []}', "no sitemap"),
        (b"\x1f\x8bbroken", "cannot be unpacked"),
        (gzip.compress(b"<urlset>" + b" " * (MAX_UNPACKED_BYTES + 1)), "50 MB unpacked"),
    ],
)
def test_what_is_no_sitemap_says_so(body: bytes, said: str) -> None:
    with pytest.raises(SourceUnavailable, match=said):
        parse_sitemap(body)


def test_a_news_sitemap_tells_titles_and_times_and_the_newest_come_first() -> None:
    found = parse_sitemap(
        b"""<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>
        <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">
        <url><loc>https://a.example/old</loc><lastmod>2026-02-01</lastmod></url>
        <url><loc>javascript:alert(1)</loc></url><url><lastmod>2026-02-02</lastmod></url>
        <url><loc> https://a.example/new </loc><n:news><n:name>&e;</n:name><n:title>It is
        new</n:title><n:publication_date>2026-02-21T12:00Z</n:publication_date></n:news></url>
        <url><loc>https://a.example/undated</loc><lastmod>yesterday</lastmod></url></urlset>"""
    )
    assert [link.url[18:] for link in found.pages] == ["new", "old", "undated"]
    assert found.pages[0].title == "It is new"
    assert found.pages[0].published == NOW.replace(day=21, hour=12, minute=0)


def test_an_address_tells_what_the_page_is_and_not_who_sent_the_reader() -> None:
    said = "https://a.example/x?id=7&utm_source=rss&UTM_medium=a&fbclid=z&empty=#part"
    assert plain_address(said) == "https://a.example/x?id=7&empty="

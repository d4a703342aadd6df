"""Answers that nobody foresaw: each ends in mentions, rejects or an error of its source."""

import itertools
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentions.collected import Reject
from mentions.errors import SourceUnavailable
from mentions.mention import Mention
from spiders.feed import feed_mentions
from spiders.harvest import Withheld
from spiders.paging import Place, back, page_of
from spiders.status import status_mention
from tests.spiders.posts import NOW

PAGES = [path.read_bytes() for path in Path(__file__).parent.glob("fixtures/feed/*/page.*")]
JUNK = (
    *("<", ">", "&", "<![CDATA[", "]]>", "<!--", "</item>", "<id>", "<link href='http://[bad'/>"),
    *("<pubDate>", "<author>", "<thr:in-reply-to/>", "<title type='xhtml'>", "<geo:lat>x"),
    *("&#x110000;", "&#55357;", "&#0;", "9" * 5000, "<slash:comments>-1</slash:comments>"),
    *("<?xml version='1.0' encoding='utf-7'?>", "<georss:point>a</georss:point>"),
    *("<source>text</source>", "<media:content/>", "<content type='application/x'>!!</content>"),
)
pieces = st.sampled_from([junk.encode() for junk in JUNK]) | st.binary(max_size=8)
edits = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), pieces), min_size=1, max_size=10)


@given(page=st.sampled_from(PAGES), edits=edits)
@settings(max_examples=300, deadline=None)
def test_damaged_feed_is_read_as_far_as_it_goes_or_refused_as_a_whole(
    page: bytes, edits: list[tuple[float, int, bytes]]
) -> None:
    for place, removed, added in edits:
        at = int(place * len(page))
        page = page[:at] + added + page[at + removed :]
    try:
        found = list(feed_mentions(page, url="https://a.example/f", source="s", now=NOW))
    except SourceUnavailable:
        return
    assert all(isinstance(item, Mention | Reject) for item in found)


NAMES = ("id", "content", "created_at", "account", "acct", "url", "reblog", "poll", "options")
MORE = ("title", "items", "authors", "name", "date_published", "spoiler_text", "visibility")
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
strange = st.recursive(
    leaves | st.sampled_from(["2026-02-21T10:00:00Z", "public", "<p>x</p>"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES + MORE), inner, max_size=6)
    ),
    max_leaves=12,
)


@given(status=strange)
def test_any_json_as_a_status_is_answered(status: Any) -> None:
    found = status_mention(status, source="m", now=NOW)
    assert isinstance(found, Mention | Reject | Withheld)


@given(statuses=st.lists(strange, max_size=4))
def test_any_json_as_a_page_leads_somewhere_or_ends(statuses: list[Any]) -> None:
    _, after = back(Place().walking(floor=NOW), page_of(statuses, {}), is_search=False)
    assert isinstance(after, Place)


@given(items=st.lists(strange, max_size=4), feed=st.dictionaries(st.sampled_from(MORE), strange))
def test_any_json_as_a_feed_is_answered(items: list[Any], feed: dict[str, Any]) -> None:
    body = json.dumps({**feed, "items": items}).encode()
    found = list(feed_mentions(body, url="https://a.example/f", source="s", now=NOW))
    assert len(found) == len(items)


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"{", b"[]", b"null", b'{"items": 3}', b"[" * 100_000, b"/etc/passwd", b"\xff\xfe"],
)
def test_what_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(SourceUnavailable):
        list(feed_mentions(body, url="https://a.example/f", source="s", now=NOW))


def test_feed_body_is_never_taken_for_a_path_or_an_address(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(rss("Inside"))
    with pytest.raises(SourceUnavailable):
        list(feed_mentions(str(path).encode(), url="https://a.example/f", source="s", now=NOW))


def test_entities_that_multiply_end_quickly() -> None:
    names = "abcdefghij"
    entities = "".join(
        f'<!ENTITY {later} "{f"&{name};" * 20}">' for name, later in itertools.pairwise(names)
    )
    body = f'<!DOCTYPE x [<!ENTITY a "boom">{entities}]>{rss("&j;").decode()}'.encode()
    started = time.monotonic()
    found = list(feed_mentions(body, url="https://a.example/f", source="s", now=NOW))
    assert time.monotonic() - started < 5
    assert len(found) == 1
    assert "boomboom" not in str(found)


def rss(title: str) -> bytes:
    item = f"<item><title>{title}</title><guid>tag:a,2026:1</guid></item>"
    return f"<rss version='2.0'><channel><title>A</title>{item}</channel></rss>".encode()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("&#55357;&#56832; fun", "😀 fun"),
        ("A&#65;&#xD83D;&#xDE00;&#66;", "AA😀B"),
        ("half &#xD83D; only", "half � only"),
        ("&#x110000;&#99999999999;&#0000000065;", "��A"),
    ],
)
def test_emoji_written_as_two_halves_costs_neither_the_post_nor_the_feed(
    written: str, read: str
) -> None:
    (mention,) = feed_mentions(rss(written), url="https://a.example/f", source="s", now=NOW)
    assert isinstance(mention, Mention)
    assert mention.title == read

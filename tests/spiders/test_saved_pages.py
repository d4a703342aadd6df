"""Saved pages: a folder with a page and what must be read in it is a test; add one without Python.

`page.*` is the answer as it came, `case.json` the arguments (url, now, …), `columns.yaml` a file's
column map, `expected.json` what must come out, in order.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mentions.collected import AuthorDeletion, Deletion, Reject
from mentions.mention import Mention
from spiders import bluesky_mention as bluesky
from spiders import stackexchange_post
from spiders import youtube_mention as youtube
from spiders.appstore_review import read_entries, review_mention
from spiders.article_page import Link, article_mention
from spiders.columns import read_columns
from spiders.discourse_post import post_mention, posts_of
from spiders.feed import feed_mentions
from spiders.file import read_file
from spiders.gathered import Authors, Gathered
from spiders.gdelt_article import article_mentions, read_articles
from spiders.googleplay_review import review_mentions, reviews_of
from spiders.hackernews_mention import item_mention, items_of
from spiders.harvest import Withheld
from spiders.jetstream import Wanted
from spiders.lemmy_mention import view_mention, views_in
from spiders.reddit_feed import reddit_feed_mentions
from spiders.reddit_mention import More, thing_mention, things_in
from spiders.status import status_mention
from spiders.x_post import Answer, answer_items

Item = Mention | Reject | Deletion | AuthorDeletion | Withheld
FIXTURES = Path(__file__).with_name("fixtures")
NOW = datetime(2026, 2, 22, tzinfo=UTC)
CASES = sorted(path.parent.relative_to(FIXTURES) for path in FIXTURES.glob("*/*/expected.json"))


def article_page(page: Path, now: datetime, **said: Any) -> Iterator[Item]:
    published = datetime.fromisoformat(said["published"]) if "published" in said else None
    link = Link(**said | {"published": published})
    yield article_mention(page.read_bytes(), link=link, source="s", now=now)


def feed_page(page: Path, now: datetime, **options: Any) -> Iterator[Item]:
    yield from feed_mentions(page.read_bytes(), source="s", now=now, **options)


def mastodon_page(page: Path, now: datetime, **options: Any) -> Iterator[Item]:
    for status in json.loads(page.read_bytes()):
        yield status_mention(status, source="s", now=now, **options)


def discourse_page(page: Path, now: datetime, **options: Any) -> Iterator[Item]:
    for said in posts_of(json.loads(page.read_bytes())):
        yield post_mention(said, source="s", now=now, **options)


def hackernews_page(page: Path, now: datetime, **options: Any) -> Iterator[Item]:
    for item in items_of(json.loads(page.read_bytes())):
        yield item_mention(item, source="s", now=now, **options)


def appstore_page(page: Path, now: datetime, **options: Any) -> Iterator[Item]:
    for entry in read_entries(page.read_bytes()):
        yield review_mention(entry, source="s", now=now, **options)


def bluesky_page(
    page: Path, now: datetime, words: tuple[str, ...] = (), **options: Any
) -> Iterator[Item]:
    reading = bluesky.Reading(source="s", now=now, **options)
    if page.suffix == ".jsonl":
        gathered = Gathered(Wanted(words), Authors(None), {}, rewind_us=0)
        for message in page.read_text().splitlines():
            gathered.take(message)
        yield from gathered.items({}, reading)
        return
    answer = json.loads(page.read_bytes())
    read = bluesky.thread_items if "thread" in answer else bluesky.answer_items
    yield from read(answer, reading)


def lemmy_page(page: Path, now: datetime, **options: Any) -> Iterator[Item]:
    for view in views_in(json.loads(page.read_bytes())):
        yield view_mention(view, source="s", now=now, **options)


def youtube_page(page: Path, now: datetime, **options: Any) -> Iterator[Item]:
    for item in youtube.items_of(json.loads(page.read_bytes())):
        yield from youtube.item_mentions(item, source="s", now=now, **options)


def googleplay_page(page: Path, now: datetime, **options: Any) -> Iterator[Item]:
    for review in reviews_of(json.loads(page.read_bytes())):
        yield from review_mentions(review, source="s", now=now, **options)


def stackexchange_page(page: Path, now: datetime, **options: Any) -> Iterator[Item]:
    for post in stackexchange_post.posts_of(json.loads(page.read_bytes())):
        yield stackexchange_post.post_mention(post, source="s", now=now, **options)


def file_page(page: Path, now: datetime) -> Iterator[Item]:
    columns = page.parent / "columns.yaml"
    columns_map = read_columns(columns) if columns.exists() else None
    yield from read_file(page, columns_map, source="s", now=now)


def gdelt_page(page: Path, now: datetime) -> Iterator[Item]:
    yield from article_mentions(read_articles(page.read_bytes()), source="s", now=now)


def x_page(page: Path, now: datetime, **options: Any) -> Iterator[Item]:
    answer = Answer.read(json.loads(page.read_bytes()))
    yield from answer_items(answer, source="s", now=now, **options)


def reddit_page(page: Path, now: datetime, **options: Any) -> Iterator[Item]:
    if page.suffix == ".xml":
        yield from reddit_feed_mentions(
            page.read_bytes(), url="https://www.reddit.com/r/a/new/.rss", source="s", now=now
        )
        return
    for thing in things_in(json.loads(page.read_bytes())):
        if not isinstance(thing, More):
            yield thing_mention(thing, source="s", now=now, **options)


READERS: dict[str, Callable[..., Iterator[Item]]] = {
    # The name of the spider and of its folder of saved pages, and how one is read.
    "article": article_page,
    "appstore": appstore_page,
    "bluesky": bluesky_page,
    "discourse": discourse_page,
    "feed": feed_page,
    "file": file_page,
    "hackernews": hackernews_page,
    "gdelt": gdelt_page,
    "lemmy": lemmy_page,
    "googleplay": googleplay_page,
    "mastodon": mastodon_page,
    "x": x_page,
    "youtube": youtube_page,
    "stackexchange": stackexchange_page,
    "reddit": reddit_page,
}


def read_case(folder: Path) -> Iterator[Item]:
    page = next(folder.glob("page.*"))
    given = folder / "case.json"
    options = json.loads(given.read_text()) if given.exists() else {}
    now = datetime.fromisoformat(options.pop("now", NOW.isoformat()))
    yield from READERS[folder.parent.name](page, now, **options)


def said(item: Item) -> dict[str, Any]:
    """What a person checks: the fields that say something, without those of every post."""
    if isinstance(item, Reject):
        return {"rejected": item.reason}
    if isinstance(item, AuthorDeletion):
        return {"author_deleted": item.author_id}
    if isinstance(item, Deletion):
        return {"deleted": item.mention_id}
    if isinstance(item, Withheld):
        return {"withheld": item.reason}
    if isinstance(item, Deletion):
        return {"deleted": item.mention_id}
    every = {"source", "collected"}
    return item.model_dump(mode="json", exclude_defaults=True, exclude=every)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_saved_page_is_read_as_a_person_wrote_down(case: Path) -> None:
    expected = json.loads((FIXTURES / case / "expected.json").read_text())
    assert [said(item) for item in read_case(FIXTURES / case)] == expected


def test_every_saved_page_says_what_is_expected_of_it() -> None:
    pages = {path.parent.relative_to(FIXTURES) for path in FIXTURES.glob("*/*/page.*")}
    assert pages == set(CASES)
    assert {case.parts[0] for case in CASES} == set(READERS)

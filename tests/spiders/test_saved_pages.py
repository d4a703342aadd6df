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

from mentions.collected import Deletion, Reject
from mentions.mention import Mention
from spiders.columns import read_columns
from spiders.feed import feed_mentions
from spiders.file import read_file
from spiders.harvest import Withheld
from spiders.lemmy_mention import view_mention, views_in
from spiders.reddit_feed import reddit_feed_mentions
from spiders.reddit_mention import More, thing_mention, things_in
from spiders.status import status_mention

Item = Mention | Reject | Deletion | Withheld
FIXTURES = Path(__file__).with_name("fixtures")
NOW = datetime(2026, 2, 22, tzinfo=UTC)
CASES = sorted(path.parent.relative_to(FIXTURES) for path in FIXTURES.glob("*/*/expected.json"))


def feed_page(page: Path, now: datetime, **options: Any) -> Iterator[Item]:
    yield from feed_mentions(page.read_bytes(), source="s", now=now, **options)


def mastodon_page(page: Path, now: datetime, **options: Any) -> Iterator[Item]:
    for status in json.loads(page.read_bytes()):
        yield status_mention(status, source="s", now=now, **options)


def lemmy_page(page: Path, now: datetime, **options: Any) -> Iterator[Item]:
    for view in views_in(json.loads(page.read_bytes())):
        yield view_mention(view, source="s", now=now, **options)


def file_page(page: Path, now: datetime) -> Iterator[Item]:
    columns = page.parent / "columns.yaml"
    columns_map = read_columns(columns) if columns.exists() else None
    yield from read_file(page, columns_map, source="s", now=now)


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
    "feed": feed_page,
    "file": file_page,
    "lemmy": lemmy_page,
    "mastodon": mastodon_page,
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
    if isinstance(item, Deletion):
        return {"deleted": item.mention_id}
    if isinstance(item, Withheld):
        return {"withheld": item.reason}
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

"""Towns on loopback: one for all who only look, a fresh one for those who change it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from untagged.town.post import Post
from untagged.town.server import TownSettings, running
from untagged.town.story import generate

NOW = datetime(2026, 3, 6, 16, 20, tzinfo=UTC)
TOKEN = "a-token"
FROZEN = TownSettings(now=NOW, days=3, pace=0, control=True, token=TOKEN)
Truth = dict[str, object]


@pytest.fixture(scope="session")
def fortnight() -> list[Post]:
    """What a town with default settings has said in its two weeks."""
    return generate(1, NOW - timedelta(days=14), NOW, anchor=NOW)


@pytest.fixture(scope="session")
def shown() -> Iterator[httpx.Client]:
    """A frozen town that nobody may change."""
    with running(FROZEN) as url, httpx.Client(base_url=url) as client:
        yield client


@pytest.fixture
def town() -> Iterator[httpx.Client]:
    """A small frozen town of one's own."""
    with running(replace(FROZEN, days=1)) as url, httpx.Client(base_url=url) as client:
        yield client


@pytest.fixture(scope="session")
def truths(shown: httpx.Client) -> list[Truth]:
    return shown.get("/town/truth").json()


@pytest.fixture(scope="session")
def statuses(truths: list[Truth]) -> dict[str, Truth]:
    """The truth about every status that still stands, by its id."""
    return {t["id"]: t for t in truths if t["site"] == "mastodon" and not t["deleted"]}

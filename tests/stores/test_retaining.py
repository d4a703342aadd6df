"""What every store promises about forgetting by age."""

from datetime import timedelta

import pytest

from mentions.mention import OLDEST
from tests.stores.posts import ALL, NOON, brands, ids, post

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


def test_what_was_published_before_is_forgotten_and_what_was_at_that_moment_is_kept(store):
    times = [OLDEST, NOON - 400 * DAY, NOON - 45 * DAY, NOON - TICK, NOON, NOON + DAY]
    store.upsert(post(str(n), published=at, brands=brands("Nimbus")) for n, at in enumerate(times))
    assert store.retain(NOON) == 4
    assert ids(store.iterate(ALL)) == ["4", "5"]
    assert store.get("board:1") is None
    page = store.search(ALL, facets=["brand", "day"])
    assert page.facets["brand"] == [("Nimbus", 2)]
    assert [day for day, _ in page.facets["day"]] == ["2026-02-21", "2026-02-22"]


def test_forgetting_again_forgets_nothing(store):
    store.upsert([post("old", published=NOON - 99 * DAY), post()])
    assert store.retain(NOON) == 1
    assert store.retain(NOON) == 0
    assert store.count(ALL) == 1


def test_a_forgotten_mention_may_come_again(store):
    store.upsert([post(published=NOON - 99 * DAY)])
    store.retain(NOON)
    assert store.upsert([post(published=NOON - 99 * DAY)]).created == 1


def test_an_empty_store_has_nothing_to_forget(store):
    assert store.retain(NOON) == 0


def test_more_than_a_chunk_is_forgotten(store):
    store.upsert(post(str(n), published=NOON - n * timedelta(minutes=1)) for n in range(2_300))
    assert store.retain(NOON - timedelta(minutes=100)) == 2_199
    assert store.count(ALL) == 101


def test_a_moment_without_a_zone_is_refused(store):
    with pytest.raises(ValueError, match="no time zone"):
        store.retain(NOON.replace(tzinfo=None))

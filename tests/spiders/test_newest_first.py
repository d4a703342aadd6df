"""A list whose top moves while it is read is read without a gap."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.errors import SourceUnavailable
from spiders.newest_first import PAGE_SIZE, Gap, Reach, Walk

START = datetime(2026, 1, 1, tzinfo=UTC)
FOREVER = START - timedelta(days=1)


def at(number: int) -> datetime:
    return START + timedelta(minutes=number)


def read_down(posts: list[int], walk: Walk, between: Callable[[list[int]], None]) -> set[int]:
    """Read a list of numbers to its end, letting it change between two pages."""
    found: set[int] = set()
    for _ in range(400):
        page, size = walk.window
        shown = posts[(page - 1) * size : page * size]
        ids, times = [str(post) for post in shown], [at(post) for post in shown]
        if not walk.meets(times):
            walk = walk.stepped_back()
            continue
        found.update(shown)
        if walk.has_arrived(ids, times):
            return found
        walk = walk.after(ids, times)
        between(posts)
    raise AssertionError("it never ended")


@given(length=st.integers(0, 400), data=st.data())
def test_nothing_is_left_out_while_posts_come_and_go(length: int, data: st.DataObject) -> None:
    posts = list(range(length, 0, -1))
    coming = iter(range(1_000, 9_000))
    changes = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 400))

    def between(posts: list[int]) -> None:
        new, gone, where = data.draw(changes)
        del posts[where : where + gone]
        for _ in range(new):
            posts.insert(0, next(coming))

    found = read_down(posts, Walk(FOREVER), between)
    assert {post for post in posts if post <= length} <= found


@given(covered=st.integers(0, 100_000))
def test_a_window_holds_the_last_place_read_and_goes_well_beyond(covered: int) -> None:
    page, size = Walk(FOREVER, at(0), covered).window
    assert 1 <= size <= PAGE_SIZE
    assert (page - 1) * size <= max(covered - 1, 0)
    assert page * size > covered + 10


def test_a_walk_ends_below_its_floor() -> None:
    walk = Walk(at(10))
    assert not walk.has_arrived(["12", "11"], [at(12), at(11)])
    assert walk.has_arrived(["12", "9"], [at(12), at(9)])


def test_a_server_that_gives_one_page_for_ever_is_told() -> None:
    ids, times = [str(n) for n in range(60, 10, -1)], [at(n) for n in range(60, 10, -1)]
    walk = Walk(FOREVER).after(ids, times)
    page, size = walk.window
    assert page > 1
    with pytest.raises(SourceUnavailable, match="do not advance"):
        walk.has_arrived(ids[:size], times[:size])


def test_what_a_cursor_holds_is_remembered() -> None:
    reach = Reach(at(3).isoformat(), Gap(at(2).isoformat(), 40, at(1).isoformat()))
    assert Reach.remembered(reach.to_json()) == reach
    assert Reach.remembered({}) == Reach()

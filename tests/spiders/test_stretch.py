"""A way back through a search by time: whatever the pages, every moment is asked for."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.errors import SourceUnavailable
from spiders.stretch import Stretch
from tests.spiders.posts import NOW

AGO = timedelta(hours=1)
BEGUN = int(NOW.timestamp())


def begun(stretch: Stretch | None = None) -> Stretch:
    return (stretch or Stretch()).begin(NOW, history=AGO, reread=timedelta(minutes=1))


@given(st.lists(st.integers(1, 3_000), max_size=60), st.integers(1, 7))
def test_every_post_is_on_some_page(ages: list[int], size: int) -> None:
    moments = sorted((BEGUN - age for age in ages), reverse=True)
    stretch, found = begun(), []
    for _ in range(200):
        asked = [
            at for at in moments if at >= stretch.floor and (not stretch.at or at <= stretch.at)
        ]
        page = asked[stretch.page * size : (stretch.page + 1) * size]
        found += page
        stretch = stretch.after(page, has_more=len(asked) > (stretch.page + 1) * size)
        if stretch.is_whole:
            break
    assert stretch == Stretch(until=BEGUN)
    assert set(found) == set(moments)


def test_the_next_way_back_goes_a_little_further_than_the_last_began() -> None:
    assert begun().floor == BEGUN - 3_600
    assert begun(Stretch(until=BEGUN - 600)).floor == BEGUN - 660


def test_one_that_is_under_way_keeps_its_bounds() -> None:
    under_way = Stretch(until=5, begun=9, floor=4, at=7)
    assert begun(under_way) == under_way


def test_a_page_below_the_floor_is_the_last() -> None:
    assert begun().after([BEGUN - 4_000], has_more=True) == Stretch(until=BEGUN)


def test_pages_that_go_forward_are_refused() -> None:
    stretch = begun().after([BEGUN - 10], has_more=True)
    with pytest.raises(SourceUnavailable, match="do not advance"):
        stretch.after([BEGUN - 5], has_more=True)

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.errors import SourceUnavailable
from spiders.paging import Page, Place, back, forward, id_order, page_of

START = datetime(2026, 2, 21, tzinfo=UTC)
PAGE = 3


def status(number: int) -> dict[str, Any]:
    """Post `number` of a server where one arrives each minute; ids grow a digit on the way."""
    at = START + timedelta(minutes=number)
    return {"id": str(9_990 + number), "created_at": at.isoformat()}


class Server:
    """Answers like a Mastodon server: newest first, min_id goes forward and max_id back."""

    def __init__(self, posts: int) -> None:
        self.posts = posts

    def page(self, *, min_id: str = "", max_id: str = "") -> Page:
        every = [status(number) for number in range(self.posts)]
        if min_id:
            newer = [one for one in every if id_order(one["id"]) > id_order(min_id)]
            return page_of(newer[:PAGE][::-1], {})
        older = [one for one in every if not max_id or id_order(one["id"]) < id_order(max_id)]
        return page_of(older[-PAGE:][::-1], {})


class Reader:
    """Follows a timeline; after each page it may be stopped and go on from its cursor."""

    def __init__(self, server: Server, *, is_search: bool, history: timedelta) -> None:
        self.server = server
        self.is_search = is_search
        self.history = history
        self.cursor: dict[str, Any] = {}
        self.seen: list[str] = []

    def run(self, pages: int) -> None:
        """One pass that is cut short after so many pages."""
        place = Place.remembered(self.cursor)
        if place.newest and not self.is_search:
            while pages and (page := self.server.page(min_id=place.newest)).statuses:
                pages -= 1
                place = self.keep(page.statuses, forward(place, page))
            if place.walk is None:
                return
        now = START + timedelta(minutes=self.server.posts)
        place = place.walking(floor=now - self.history)
        while pages and place.walk is not None:
            pages -= 1
            page = self.server.page(max_id=place.walk.max_id)
            place = self.keep(*back(place, page, is_search=self.is_search))

    def keep(self, statuses: Sequence[Any], place: Place) -> Place:
        self.seen += [one["id"] for one in statuses]
        self.cursor = asdict(place)
        return place


@given(
    is_search=st.booleans(),
    history=st.integers(0, 40),
    passes=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6)), min_size=1, max_size=8),
)
def test_interrupted_passes_leave_no_gap(
    is_search: bool, history: int, passes: list[tuple[int, int]]
) -> None:
    """Posts arrive, passes are cut short anywhere: in the end every post was seen."""
    server = Server(posts=20)
    reader = Reader(server, is_search=is_search, history=timedelta(minutes=history))
    first_pass_at = None
    for arriving, pages in passes:
        reader.run(pages)
        if first_pass_at is None and reader.cursor:
            first_pass_at = server.posts
        server.posts += arriving
    if first_pass_at is None:
        first_pass_at = server.posts
    reader.run(1_000)
    reader.run(1_000)
    wanted = [status(number)["id"] for number in range(first_pass_at - history, server.posts)]
    assert [one for one in wanted if int(one) >= 9_990 and one not in reader.seen] == []


def test_undisturbed_passes_see_each_post_once() -> None:
    for is_search in (False, True):
        server = Server(posts=20)
        reader = Reader(server, is_search=is_search, history=timedelta(minutes=10))
        for _ in range(4):
            reader.run(100)
            server.posts += 7
        assert sorted(reader.seen, key=id_order) == [
            status(number)["id"] for number in range(10, 41)
        ]


def test_first_pass_goes_back_to_its_floor_and_not_further() -> None:
    reader = Reader(Server(posts=20), is_search=False, history=timedelta(minutes=5))
    reader.run(100)
    assert reader.seen == [status(number)["id"] for number in (19, 18, 17, 16, 15)]
    assert Place.remembered(reader.cursor) == Place(newest=status(19)["id"])


def test_new_posts_do_not_wait_for_a_long_walk_back() -> None:
    server = Server(posts=20)
    reader = Reader(server, is_search=False, history=timedelta(days=1))
    reader.run(1)
    server.posts = 21
    reader.run(1)
    assert reader.seen[-1] == status(20)["id"]


def test_empty_timeline_begins_again_at_the_next_pass() -> None:
    server = Server(posts=0)
    reader = Reader(server, is_search=False, history=timedelta(days=1))
    reader.run(5)
    server.posts = 2
    reader.run(5)
    assert len(reader.seen) == 2


def test_server_whose_pages_do_not_advance_is_told() -> None:
    with pytest.raises(SourceUnavailable, match="do not advance"):
        forward(Place("5"), Page([{"id": "5"}], "5", "5"))


def test_search_that_ignores_positions_ends() -> None:
    place = Place().walking(floor=START)
    page = page_of([{"id": "5"}, {"id": "4"}], {})
    _, place = back(place, page, is_search=True)
    kept, place = back(place, page, is_search=True)
    assert place == Place(newest="5")
    assert len(kept) == 2


def test_links_decide_where_to_go_on_when_there_are_any() -> None:
    page = page_of([{"id": "7"}, {"id": "5"}], {"prev": "70", "next": "50"})
    assert (page.newer, page.older) == ("70", "50")


def test_statuses_without_ids_or_sense_do_not_stop_the_walk() -> None:
    place = Place().walking(floor=START)
    page = page_of(["junk", {"id": None}, {"id": 12}, {"created_at": "never"}], {})
    kept, after = back(place, page, is_search=False)
    assert len(kept) == 4
    assert after.newest == "12"
    assert after.walk is not None


def test_posts_that_arrived_late_are_found_by_their_id() -> None:
    late = {"id": "300", "created_at": START.isoformat()}
    place = forward(Place("200"), page_of([late], {}))
    assert place == Place("300")

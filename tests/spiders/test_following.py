"""Conversations that wait for an answer are looked at in turn, and written when they grow."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mentions.collected import Deletion
from mentions.mention import Mention
from spiders.following import PART, PER_PASS, Round, as_held
from spiders.harvest import Withheld
from tests.spiders.mastodon_server import MastodonServer
from tests.spiders.passes import Collector, mastodon
from tests.spiders.posts import NOW, post
from tests.spiders.web import Answer, Asked, site

WAITING = [str(100_000 + number) for number in (10, 20, 30)]


@given(st.lists(st.text("abc", min_size=1, max_size=3), max_size=60, unique=True))
def test_everybody_has_a_turn_again_and_again(waiting: list[str]) -> None:
    place, seen = Round(), Counter[str]()
    for _ in range(4 * len(waiting) // PER_PASS + 4):
        turns = place.turns(waiting)
        assert len(turns) == len(set(turns)) == min(len(waiting), PER_PASS)
        for native_id in turns:
            place = place.after(native_id, "d", waiting)
            seen[native_id] += 1
    assert set(seen) == set(waiting)
    assert not waiting or min(seen.values()) >= 2


def test_the_newest_are_looked_at_at_once_and_the_others_keep_their_turns() -> None:
    old = [f"a{number:02}" for number in range(PER_PASS)]
    place = Round()
    for native_id in place.turns(old):
        place = place.after(native_id, "d", old)
    fresh = [f"b{number:02}" for number in range(PER_PASS)]
    turns = place.turns([*fresh, *old])
    assert turns[: PER_PASS // 2] == fresh[: PER_PASS // 2]
    assert turns[PER_PASS // 2 :] == old[: PER_PASS // 2]


def test_what_waits_no_more_is_forgotten() -> None:
    place = Round().after("a", "1", ["a", "b"]).after("b", "2", ["b"])
    assert place.to_cursor() == {"last": "b", "seen": {"b": "2"}}


def test_a_conversation_is_told_in_the_order_it_was_held() -> None:
    early, late = (post(n, published=NOW + timedelta(minutes=n)) for n in (1, 2))
    gone, hidden = Deletion("board:3"), Withheld("a block between accounts hides it")
    question = post("question", published=NOW + timedelta(minutes=9))  # a clock that is wrong
    assert as_held([question, late, gone, early, hidden]) == [question, early, late, gone, hidden]
    assert as_held([]) == []


def followed(collector: Collector, url: str, waiting: Sequence[str] = WAITING) -> list[Any]:
    (run,) = collector.run(mastodon("m", url), waiting={"m": waiting})
    assert run.error == ""
    return collector.items(run)


def test_answers_and_deletions_are_brought_once(collector: Collector) -> None:
    server = MastodonServer(posts=60)
    with site(server) as web:
        followed(collector, web.url, waiting=())
        first = followed(collector, web.url)
        assert [item.native_id for item in first] == WAITING
        assert followed(collector, web.url) == []
        # An answer that no timeline shows, as public timelines leave out answers to others.
        server.changes = {50: {"in_reply_to_id": WAITING[1]}, 30: {"favourites_count": 9}}
        answered = followed(collector, web.url)
        assert [item.native_id for item in answered] == [WAITING[1], "100050", WAITING[2]]
        assert answered[1].reply_to == f"m:{WAITING[1]}"
        assert answered[2].engagement.likes == 9
        server.first = 11
        assert followed(collector, web.url) == [Deletion(f"m:{WAITING[0]}")]
        assert followed(collector, web.url) == []


def test_each_pass_looks_at_a_few_and_the_next_goes_on(collector: Collector) -> None:
    waiting = [str(100_000 + number) for number in range(50)]
    with site(MastodonServer(posts=60)) as web:
        followed(collector, web.url, waiting=())
        counts = [len(followed(collector, web.url, waiting)) for _ in range(5)]
    assert counts == [PER_PASS, 10, 10, 10, 0]


def test_a_server_that_moved_deletes_nothing(collector: Collector) -> None:
    server = MastodonServer(posts=60)

    def moved(asked: Asked) -> Answer:
        if asked.path.startswith("/api/v1/statuses/"):
            return Answer(b"404 page not found", status=404)
        return server(asked)

    with site(moved) as web:
        (run,) = collector.run(mastodon("m", web.url), waiting={"m": WAITING})
    assert "nothing at this address (404" in run.error
    assert all(isinstance(item, Mention) for item in collector.items(run))


def test_a_closed_conversation_does_not_keep_the_others_waiting(collector: Collector) -> None:
    server = MastodonServer(posts=60)

    def closed(asked: Asked) -> Answer:
        if asked.path.startswith(f"/api/v1/statuses/{WAITING[0]}"):
            return Answer(b'{"error": "This is private"}', status=403)
        return server(asked)

    with site(closed) as web:
        for _ in range(2):
            (run,) = collector.run(mastodon("m", web.url), waiting={"m": WAITING})
            assert f"conversation {WAITING[0]}: " in run.error
    seen = collector.cursors["m"][PART]["seen"]
    assert all(seen[one] for one in WAITING[1:])


def test_a_source_without_its_secret_says_so_once_and_asks_nothing(collector: Collector) -> None:
    with site(MastodonServer(posts=1)) as web:
        params = {"search": ["acme"], "token_env": "UNSET_TOKEN"}
        source = mastodon("m", web.url, params=params)
        (run,) = collector.run(source, waiting={"m": WAITING})
    assert run.error == "the environment variable UNSET_TOKEN is not set or empty"
    assert web.asked == []

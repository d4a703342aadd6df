"""What the database keeps of digests: each period once, and who gets them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace as changed
from datetime import timedelta

import pytest

from alerts.digests import issued, subscriptions
from alerts.digests.issued import Seen
from alerts.digests.settings import DigestSchedule
from alerts.digests.subscriptions import SETTINGS, Wish
from mentions.errors import Conflict, NotFound
from tests.alerts.digests.agreed import say_yes
from tests.alerts.digests.made import EMPTY, FULL, UNTIL

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WISH = Wish("health", "Heron Air", address="ada@acme.example")


def test_a_period_is_kept_once_and_is_the_same_ever_after(conn):
    first, is_first = issued.keep(conn, FULL, now=UNTIL)
    again, is_again = issued.keep(conn, changed(FULL, title="Another"), now=UNTIL + HOUR)
    assert (is_first, is_again) == (True, False)
    assert again == first
    assert first.digest == FULL
    assert issued.get_issued(conn, first.id) == first


def test_made_anew_it_keeps_its_number(conn):
    first, _ = issued.keep(conn, FULL, now=UNTIL)
    anew = issued.replace(conn, changed(FULL, title="Another"), now=UNTIL + HOUR)
    assert (anew.id, anew.digest.title) == (first.id, "Another")
    assert (anew.made_at, anew.changed_at) == (UNTIL, UNTIL + HOUR)


def test_many_who_keep_a_period_at_once_have_one_digest(engine):
    def keep(number):
        with engine.begin() as connection:
            return issued.keep(connection, changed(FULL, title=str(number)), now=UNTIL)

    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(keep, range(8)))
    assert len({one.id for one, _ in kept}) == 1
    assert sum(is_first for _, is_first in kept) == 1
    assert len({one.digest.title for one, _ in kept}) == 1


def test_listing_is_newest_first_page_by_page_and_within_what_is_seen(conn):
    for number in range(3):
        at = {"since": FULL.since - number * DAY, "until": FULL.until - number * DAY}
        issued.keep(conn, changed(FULL, **at), now=UNTIL)
        issued.keep(conn, changed(EMPTY, kind="team", brand=None, team="care", **at), now=UNTIL)
        issued.keep(conn, changed(EMPTY, kind="team", brand=None, **at), now=UNTIL)
    every = issued.list_issued(conn)
    assert [one.digest.until for one in every] == sorted(
        (one.digest.until for one in every), reverse=True
    )
    first = issued.list_issued(conn, limit=4)
    rest = issued.list_issued(conn, after=(first[-1].digest.until, first[-1].id))
    assert first + rest == every
    assert len(issued.list_issued(conn, kind="feature-requests", brand="Heron Air")) == 3
    for seen in (Seen({"Heron Air"}), Seen(None, {"care"}), Seen({"", "Heron Air"}, set()), Seen()):
        assert issued.list_issued(conn, seen=seen) == [
            one
            for one in every
            if seen.has(one.digest.kind, brand=one.digest.brand, team=one.digest.team)
        ]
    assert len(issued.list_issued(conn, seen=Seen({"Heron Air"}))) == 3
    assert len(issued.list_issued(conn, seen=Seen(None, {"care"}))) == 6


def test_old_digests_are_forgotten(conn):
    kept, _ = issued.keep(conn, FULL, now=UNTIL)
    assert issued.forget_old(conn, before=FULL.until) == 0
    assert issued.forget_old(conn, before=FULL.until + HOUR) == 1
    with pytest.raises(NotFound):
        issued.get_issued(conn, kept.id)


SCHEDULE = DigestSchedule(name="weekly", kind="health", to=("chat", "ada@acme.example"))


def follow(conn, *schedules, at=UNTIL):
    subscriptions.follow_settings(conn, schedules, now=at)
    return {one.to: one for one in subscriptions.active(conn)}


def test_the_settings_are_followed_when_they_change(conn):
    there = follow(conn, SCHEDULE)
    assert set(there) == {"chat", "ada@acme.example"}
    assert (there["chat"].channel, there["chat"].made_by) == ("chat", SETTINGS)
    later = SCHEDULE.model_copy(update={"at": "daily 07:00", "to": ("chat",)})
    now = follow(conn, later)
    assert (set(now), now["chat"].at, now["chat"].id) == ({"chat"}, "daily 07:00", there["chat"].id)
    back = follow(conn, SCHEDULE, at=UNTIL + DAY)["ada@acme.example"]
    assert (back.id, back.made_at) == (there["ada@acme.example"].id, UNTIL + DAY)


def test_who_unsubscribed_stays_so_whatever_the_settings_say(conn):
    there = follow(conn, SCHEDULE)["ada@acme.example"]
    assert subscriptions.end(conn, there.id, actor="unsubscribed", now=UNTIL)
    assert not subscriptions.end(conn, there.id, actor="unsubscribed", now=UNTIL)
    assert "ada@acme.example" not in follow(conn, SCHEDULE, at=UNTIL + DAY)
    follow(conn, at=UNTIL + DAY)
    assert "ada@acme.example" not in follow(conn, SCHEDULE, at=UNTIL + 2 * DAY)


def test_a_person_subscribes_once_and_again_after_they_stopped(conn):
    first = subscriptions.subscribe(conn, WISH, user_id=3, actor="ada", now=UNTIL)
    daily = changed(WISH, at="daily 07:00")
    again = subscriptions.subscribe(conn, daily, user_id=3, actor="ada", now=UNTIL + HOUR)
    assert (again.id, again.at, again.made_at) == (first.id, "daily 07:00", UNTIL + HOUR)
    same = subscriptions.subscribe(conn, daily, user_id=3, actor="ada", now=UNTIL + DAY)
    assert same.made_at == UNTIL + HOUR
    subscriptions.end(conn, first.id, actor="ada", now=UNTIL)
    assert subscriptions.subscriptions_of(conn, 3) == []
    back = subscriptions.subscribe(conn, WISH, user_id=3, actor="ada", now=UNTIL + DAY)
    assert (back.id, back.made_at, back.ended_at) == (first.id, UNTIL + DAY, None)
    assert subscriptions.subscriptions_of(conn, 4) == []


def test_nobody_has_more_subscriptions_than_anybody_reads(conn):
    for number in range(subscriptions.MOST_OF_A_USER):
        wish = changed(WISH, brand=str(number))
        subscriptions.subscribe(conn, wish, user_id=3, actor="ada", now=UNTIL)
    with pytest.raises(Conflict, match="end one first"):
        subscriptions.subscribe(conn, WISH, user_id=3, actor="ada", now=UNTIL)


def test_what_ended_before_it_was_made_is_not_due(conn):
    made = UNTIL + HOUR
    wished = subscriptions.subscribe(conn, WISH, user_id=3, actor="ada", now=made)
    assert wished.due(made + 30 * DAY) is None  # its address was not asked yet
    one = say_yes(conn, wished, now=made)
    assert one.due(made) is None
    period = one.due(made + 30 * DAY)
    assert period is not None
    assert period.until == UNTIL + 28 * DAY  # the last one alone


def test_a_telling_is_noted_once_among_many_who_try(engine):
    with engine.begin() as connection:
        one = subscriptions.subscribe(connection, WISH, user_id=3, actor="ada", now=UNTIL)

    def note(_number):
        with engine.begin() as connection:
            return subscriptions.note_telling(connection, one.id, UNTIL, what="told", now=UNTIL)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(note, range(8))) == 1
    with engine.begin() as connection:
        assert subscriptions.is_told(connection, one.id, UNTIL)
        assert subscriptions.tellings(connection, one.id) == [(UNTIL, "told")]


def test_the_last_telling_is_kept_so_that_nothing_is_told_again(conn):
    one = subscriptions.subscribe(conn, WISH, user_id=3, actor="ada", now=UNTIL)
    for number in range(3):
        at = UNTIL + number * DAY
        subscriptions.note_telling(conn, one.id, at, what="skipped", now=at)
    assert subscriptions.forget_tellings(conn, before=UNTIL + 30 * DAY) == 2
    assert subscriptions.tellings(conn, one.id) == [(UNTIL + 2 * DAY, "skipped")]

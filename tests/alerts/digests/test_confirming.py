"""A mail address gets digests once it said yes, and is not asked for ever."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.digests import subscriptions
from alerts.digests.confirming import (
    LASTS,
    MOST_A_DAY,
    MOST_LETTERS,
    asked_by,
    confirm,
    is_to_be_asked,
    make_question,
)
from alerts.digests.settings import DigestSchedule
from alerts.digests.subscriptions import Subscription, Wish
from mentions.errors import Conflict, NotFound
from tests.alerts.digests.made import UNTIL

DAY = timedelta(days=1)
WISH = Wish("health", "Acme", address="ada@acme.example")


def wished(conn, wish=WISH, *, user_id=3, at=UNTIL) -> Subscription:
    return subscriptions.subscribe(conn, wish, user_id=user_id, actor="ben", now=at)


def test_nothing_is_due_before_the_address_said_yes(conn):
    one = wished(conn)
    assert one.due(UNTIL + 30 * DAY) is None
    token = make_question(conn, one.id, now=UNTIL)
    assert asked_by(conn, token, now=UNTIL).confirmed_at is None  # looking changes nothing
    agreed = confirm(conn, token, now=UNTIL + DAY)
    assert agreed.confirmed_at == UNTIL + DAY
    assert confirm(conn, token, now=UNTIL + 2 * DAY) == agreed


def test_what_ended_before_it_was_confirmed_is_not_due(conn):
    one = wished(conn)
    token = make_question(conn, one.id, now=UNTIL + 10 * DAY)
    agreed = confirm(conn, token, now=UNTIL + 10 * DAY)
    assert agreed.due(UNTIL + 10 * DAY) is None
    assert agreed.due(UNTIL + 15 * DAY) is not None


def test_a_link_is_over_after_days_after_a_newer_one_and_with_its_subscription(conn):
    one = wished(conn)
    first = make_question(conn, one.id, now=UNTIL)
    with pytest.raises(NotFound, match="works for 7 days"):
        confirm(conn, first, now=UNTIL + LASTS)
    second = make_question(conn, one.id, now=UNTIL)
    with pytest.raises(NotFound):
        confirm(conn, first, now=UNTIL)
    subscriptions.end(conn, one.id, actor="ben", now=UNTIL)
    wished(conn)
    with pytest.raises(NotFound):
        confirm(conn, second, now=UNTIL)
    for forged in ("", "none", second[:-1]):
        with pytest.raises(NotFound):
            asked_by(conn, forged, now=UNTIL)


def test_channels_and_the_settings_need_no_yes(conn):
    assert wished(conn, replace(WISH, address="", channel="chat")).confirmed_at == UNTIL
    schedule = DigestSchedule(name="weekly", kind="health", to=("bea@acme.example",))
    subscriptions.follow_settings(conn, [schedule], now=UNTIL)
    (told,) = [one for one in subscriptions.active(conn) if one.address]
    assert told.confirmed_at == UNTIL
    with pytest.raises(Conflict, match="waits for no answer"):
        make_question(conn, told.id, now=UNTIL)


def test_who_said_yes_to_somebody_is_not_asked_again_by_them_until_they_stop_it_all(conn):
    one, other = wished(conn), wished(conn, replace(WISH, brand="Bolt Bank"))
    confirm(conn, make_question(conn, one.id, now=UNTIL), now=UNTIL)
    assert subscriptions.get_subscription(conn, other.id).confirmed_at == UNTIL
    assert wished(conn, replace(WISH, brand="Heron", address="Ada@ACME.example")).confirmed_at
    assert wished(conn, user_id=4).confirmed_at is None  # somebody else's digests
    for own in subscriptions.subscriptions_of(conn, 3):
        subscriptions.end(conn, own.id, actor="ada", now=UNTIL)
    again = wished(conn)
    assert again.confirmed_at is None
    assert is_to_be_asked(conn, again, now=UNTIL)


def test_it_is_asked_again_only_where_no_link_works(conn):
    one = wished(conn)
    assert is_to_be_asked(conn, one, now=UNTIL)
    make_question(conn, one.id, now=UNTIL)
    asked = subscriptions.get_subscription(conn, one.id)
    assert not is_to_be_asked(conn, asked, now=UNTIL + LASTS - DAY)
    assert is_to_be_asked(conn, asked, now=UNTIL + LASTS)


def test_who_does_not_answer_is_left_alone(conn):
    for round_number in range(MOST_LETTERS):
        address = WISH.address.upper() if round_number else WISH.address
        one = wished(conn, replace(WISH, address=address))
        make_question(conn, one.id, now=UNTIL + round_number * DAY)
        subscriptions.end(conn, one.id, actor="ben", now=UNTIL)
    one = wished(conn)
    with pytest.raises(Conflict, match="was asked 3 times"):
        make_question(conn, one.id, now=UNTIL + 300 * DAY)


def test_nobody_has_many_strangers_asked_in_a_day(conn):
    made = [
        wished(conn, replace(WISH, address=f"a{number}@acme.example"))
        for number in range(MOST_A_DAY + 1)
    ]
    for one in made[:-1]:
        make_question(conn, one.id, now=UNTIL)
    with pytest.raises(Conflict, match="ask more tomorrow"):
        make_question(conn, made[-1].id, now=UNTIL + DAY - timedelta(seconds=1))
    assert make_question(conn, made[-1].id, now=UNTIL + DAY)

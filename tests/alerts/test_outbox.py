"""The outbox: written with its reason, sent once, and after a crash again with the same key."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from alerts.outbox import (
    LEASE,
    LONGEST_PAUSE,
    MAX_TRIES,
    Delivered,
    Letter,
    backoff,
    claim,
    counts,
    deliver,
    enqueue,
    forget_old,
    letters,
    resend,
)
from alerts.tables import metadata
from mentions.errors import Conflict, DeliveryDelayed, DeliveryRefused, NotFound
from tests.alerts.conftest import sqlite_engine
from tests.alerts.world import HOUR, MINUTE, NOW

CHANCE = random.Random(1)


@dataclass
class Chat:
    """A channel that keeps what it got; `answers` are raised first, one a sending."""

    answers: list[BaseException] = field(default_factory=list)
    got: list[str] = field(default_factory=list)

    def send(self, letter: Letter, *, now: datetime) -> None:
        self.got.append(letter.idempotency_key)
        if self.answers:
            raise self.answers.pop(0)


class Killed(BaseException):
    """kill -9 between sending and marking: nothing catches it."""


def put(conn: Connection, key: str = "alert:1:1:chat", *, channel: str = "chat") -> bool:
    return enqueue(conn, key=key, channel=channel, kind="spike", payload={"n": 1}, now=NOW)


def pass_over(engine: Engine, chat: Chat, now: datetime = NOW, **other: object) -> Delivered:
    return deliver(
        engine.begin,
        {"chat": chat},
        now=now,
        chance=CHANCE,
        **{"elapsed_seconds": lambda: 0.0, **other},  # type: ignore[arg-type]  # a test's keywords
    )


def test_a_notification_is_sent_once_with_its_payload(engine: Engine) -> None:
    chat = Chat()
    with engine.begin() as conn:
        assert put(conn)
        assert not put(conn)
    assert pass_over(engine, chat) == Delivered(sent=1)
    assert pass_over(engine, chat, NOW + HOUR) == Delivered()
    assert chat.got == ["alert:1:1:chat"]
    with engine.begin() as conn:
        (letter,) = letters(conn, state="sent")
        assert (letter.payload, letter.sent_at, letter.tries) == ({"n": 1}, NOW, 1)


def test_what_is_rolled_back_is_never_sent(engine: Engine) -> None:
    chat = Chat()
    with engine.connect() as conn:
        put(conn)
        conn.rollback()
    assert pass_over(engine, chat) == Delivered()


def test_a_crash_after_sending_sends_again_with_the_same_key(engine: Engine) -> None:
    chat = Chat(answers=[Killed()])
    with engine.begin() as conn:
        put(conn)
    with pytest.raises(Killed):
        pass_over(engine, chat)
    assert pass_over(engine, chat, NOW + LEASE - MINUTE) == Delivered()
    assert pass_over(engine, chat, NOW + LEASE) == Delivered(sent=1)
    assert chat.got == ["alert:1:1:chat"] * 2


def test_a_delayed_notification_is_tried_again_with_growing_pauses(engine: Engine) -> None:
    chat = Chat(answers=[DeliveryDelayed("busy")] * 3)
    with engine.begin() as conn:
        put(conn)
    now, pauses = NOW, []
    for _ in range(3):
        assert pass_over(engine, chat, now) == Delivered(delayed=1)
        with engine.begin() as conn:
            (letter,) = letters(conn, state="waiting")
        assert letter.error == "busy"
        assert pass_over(engine, chat, letter.next_try_at - timedelta(seconds=1)) == Delivered()
        pauses.append(letter.next_try_at - now)
        now = letter.next_try_at
    assert pass_over(engine, chat, now) == Delivered(sent=1)
    for tries, pause in enumerate(pauses):
        assert 0.5 <= pause / (timedelta(seconds=30) * 2**tries) <= 1.5


def test_retry_after_is_respected_up_to_the_longest_pause(engine: Engine) -> None:
    for asked, waited in ((900.0, timedelta(seconds=900)), (1e9, LONGEST_PAUSE)):
        with engine.begin() as conn:
            put(conn, f"asked {asked}")
        chat = Chat(answers=[DeliveryDelayed("slow down", after_seconds=asked)])
        pass_over(engine, chat)
        with engine.begin() as conn:
            assert letters(conn, state="waiting")[0].next_try_at == NOW + waited


def test_what_is_refused_is_a_dead_letter_that_can_be_resent(engine: Engine) -> None:
    chat = Chat(answers=[DeliveryRefused("gone")])
    with engine.begin() as conn:
        put(conn)
    assert pass_over(engine, chat) == Delivered(dead=1)
    assert pass_over(engine, chat, NOW + 99 * HOUR) == Delivered()
    with engine.begin() as conn:
        (dead,) = letters(conn, state="dead")
        assert dead.error == "gone"
        resend(conn, dead.id, now=NOW + HOUR)
    assert pass_over(engine, chat, NOW + HOUR) == Delivered(sent=1)
    assert chat.got == ["alert:1:1:chat"] * 2
    with engine.begin() as conn, pytest.raises(Conflict, match="is sent; only dead letters"):
        resend(conn, dead.id, now=NOW)
    with engine.begin() as conn, pytest.raises(NotFound):
        resend(conn, dead.id + 1, now=NOW)


def test_after_the_last_try_it_is_a_dead_letter(engine: Engine) -> None:
    chat = Chat(answers=[DeliveryDelayed("busy")] * MAX_TRIES)
    with engine.begin() as conn:
        put(conn)
    now = NOW
    for _ in range(MAX_TRIES - 1):
        assert pass_over(engine, chat, now) == Delivered(delayed=1)
        now += 2 * LONGEST_PAUSE
    assert pass_over(engine, chat, now) == Delivered(dead=1)
    with engine.begin() as conn:
        assert counts(conn) == {"waiting": 0, "sent": 0, "dead": 1}


def test_a_channel_nobody_configured_makes_a_dead_letter_that_says_so(engine: Engine) -> None:
    with engine.begin() as conn:
        put(conn, channel="pager")
    assert pass_over(engine, Chat()) == Delivered(dead=1)
    with engine.begin() as conn:
        assert "there is no channel 'pager'" in letters(conn)[0].error


def test_one_poisoned_letter_does_not_stop_the_others(engine: Engine) -> None:
    chat = Chat(answers=[ZeroDivisionError("a bug")])
    with engine.begin() as conn:
        put(conn, "first")
        put(conn, "second")
    assert pass_over(engine, chat) == Delivered(sent=1, delayed=1)
    with engine.begin() as conn:
        assert letters(conn, state="waiting")[0].error == "a bug"


def test_a_claim_takes_no_more_than_asked_for_oldest_first(engine: Engine) -> None:
    with engine.begin() as conn:
        for number in range(5):
            put(conn, f"key {number}")
    for expected in (["key 0", "key 1"], ["key 2", "key 3"], ["key 4"], []):
        with engine.begin() as conn:
            assert [letter.idempotency_key for letter in claim(conn, now=NOW, limit=2)] == expected


def test_a_lease_counts_from_the_moment_of_its_own_claim(engine: Engine) -> None:
    """A pass that takes long must not hand out leases that have run out already."""
    seconds = iter(range(0, 100_000, 200))
    chat = Chat(answers=[DeliveryDelayed("busy"), Killed()])
    with engine.begin() as conn:
        put(conn, "first")
        put(conn, "second")
    with pytest.raises(Killed):
        pass_over(engine, chat, elapsed_seconds=lambda: float(next(seconds)))
    with engine.begin() as conn:
        assert claim(conn, now=NOW + LEASE, limit=9) == []


def test_a_late_worker_does_not_undo_what_another_has_sent(engine: Engine) -> None:
    """Its lease ran out while it waited for an answer, which then was a failure."""

    class Slow(Chat):
        def send(self, letter: Letter, *, now: datetime) -> None:
            assert pass_over(engine, chat, NOW + 2 * LEASE) == Delivered(sent=1)
            raise DeliveryDelayed("timed out")

    chat = Chat()
    with engine.begin() as conn:
        put(conn)
    pass_over(engine, Slow())
    with engine.begin() as conn:
        assert counts(conn) == {"waiting": 0, "sent": 1, "dead": 0}


def test_workers_at_once_send_each_letter_once(engine: Engine) -> None:
    keys = [f"alert:{number}:1:chat" for number in range(40)]
    with engine.begin() as conn:
        for key in keys:
            put(conn, key)
    got: list[str] = []
    lock = threading.Lock()

    class Shared(Chat):
        def send(self, letter: Letter, *, now: datetime) -> None:
            with lock:
                got.append(letter.idempotency_key)

    with ThreadPoolExecutor(4) as pool:
        passes = list(pool.map(lambda _: pass_over(engine, Shared()), range(4)))
    assert sorted(got) == sorted(keys)
    assert sum(done.sent for done in passes) == len(keys)


def test_sent_letters_are_forgotten_and_dead_ones_with_the_mentions_of_their_age(
    engine: Engine,
) -> None:
    chat = Chat(answers=[DeliveryRefused("gone")])
    with engine.begin() as conn:
        put(conn, "dead")
        put(conn, "sent")
    pass_over(engine, chat)
    with engine.begin() as conn:
        assert forget_old(conn, sent_before=NOW, written_before=NOW) == 0
        assert forget_old(conn, sent_before=NOW + MINUTE, written_before=NOW) == 1
        assert counts(conn) == {"waiting": 0, "sent": 0, "dead": 1}
        assert forget_old(conn, sent_before=NOW, written_before=NOW + MINUTE) == 1
        assert counts(conn)["dead"] == 0


@given(st.integers(1, 1_000), st.integers())
def test_a_pause_is_never_longer_than_the_longest_and_half(tries: int, seed: int) -> None:
    pause = backoff(tries, random.Random(seed))
    assert timedelta(seconds=15) <= pause <= LONGEST_PAUSE * 1.5


OUTCOMES = {
    "sent": None,
    "delayed": DeliveryDelayed("busy"),
    "refused": DeliveryRefused("gone"),
    "killed": Killed(),
    "resend": None,
}


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(sorted(OUTCOMES)), max_size=25), st.integers(1, 4))
def test_a_key_is_accepted_once_unless_a_worker_was_killed(story: list[str], amount: int) -> None:
    """Every pass may meet any answer or be killed; nothing is lost and nothing doubled."""
    engine = sqlite_engine()
    metadata.create_all(engine)
    keys = [f"key {number}" for number in range(amount)]
    with engine.begin() as conn:
        for key in keys:
            put(conn, key)
    now, accepted, killed = NOW, Counter[str](), Counter[str]()
    for outcome in story:
        now += 2 * LONGEST_PAUSE
        if outcome == "resend":
            with engine.begin() as conn:
                for letter in letters(conn, state="dead"):
                    resend(conn, letter.id, now=now)
            continue
        answer = OUTCOMES[outcome]
        chat = Chat(answers=[answer] if answer else [])
        try:
            pass_over(engine, chat, now, limit=1)
        except Killed:
            killed[chat.got[0]] += 1
        else:
            accepted.update(chat.got if answer is None else [])
    with engine.begin() as conn:
        found = {letter.idempotency_key: letter.state for letter in letters(conn)}
    assert set(found) == set(keys)
    for key in keys:
        assert accepted[key] == (1 if found[key] == "sent" else 0)
    engine.dispose()

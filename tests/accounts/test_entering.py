"""Logging in: the same answer to all who are refused, and longer and longer pauses."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.errors import NotAllowed, UntaggedError
from untagged.accounts import book, passwords, sessions, throttle
from untagged.accounts.book import By
from untagged.accounts.entering import WRONG, Visit, Wait, change_password, log_in
from untagged.accounts.sessions import Lifetime
from untagged.accounts.trail import trail

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
LIFETIME = Lifetime(timedelta(hours=2), timedelta(hours=12))
SAID = "one tall green window"
KEPT = passwords.hashed(SAID)


@pytest.fixture
def begin(conn):
    """Transactions within the test's own: what an error undoes is undone."""

    @contextmanager
    def begun():
        with conn.begin_nested():
            yield conn

    return begun


@pytest.fixture
def ana(conn):
    by = By("a test", NOON)
    user = book.add_user(conn, "ana", role="agent", by=by)
    return book.set_password(conn, user, KEPT, must_change=False, by=by)


def visit(seconds=0.0, address="10.0.0.1"):
    return Visit(NOON + timedelta(seconds=seconds), address, "a test")


def refused(begin, name, password, when=None):
    with pytest.raises(NotAllowed) as error:
        log_in(begin, name, password, when or visit(), LIFETIME)
    return str(error.value)


def test_who_knows_the_password_is_in(conn, begin, ana):
    token = log_in(begin, " ANA ", SAID, visit(), LIFETIME)
    session = sessions.session_of(conn, token, now=NOON, lifetime=LIFETIME)
    assert session.user_id == ana.id
    assert book.get_user(conn, ana.id).last_login_at == NOON
    assert trail(conn)[0].action == "logged in"


def test_each_login_is_a_session_of_its_own(begin, ana):
    tokens = [log_in(begin, "ana", SAID, visit(n), LIFETIME) for n in range(2)]
    assert tokens[0] != tokens[1]


def test_all_who_are_refused_hear_the_same_and_wait_as_long(conn, begin, ana, monkeypatch):
    by = By("a test", NOON)
    off = book.add_user(conn, "ben", role="agent", by=by)
    book.set_password(conn, off, KEPT, must_change=False, by=by)
    book.disable(conn, off, by=by)
    book.add_user(conn, "by proxy", role="agent", by=by)
    hashed = []

    class Counting:
        def verify(self, kept, password):
            hashed.append(kept.rpartition("$")[0].rpartition("$")[0])
            return real.verify(kept, password)

    real = passwords._hasher
    monkeypatch.setattr(passwords, "_hasher", Counting())
    said = {refused(begin, "ana", "wrong")}
    said |= {refused(begin, name, SAID) for name in ("ben", "by proxy", "nobody", "", "a\x00b")}
    assert said == {WRONG}
    assert len(hashed) == 6
    assert len(set(hashed)) == 1  # with the same work


def test_what_is_typed_as_the_name_of_nobody_is_not_written_down(conn, begin):
    refused(begin, SAID, "")
    line = trail(conn)[0]
    assert (line.action, line.user, line.actor, line.address) == (
        "login refused",
        "",
        "",
        "10.0.0.1",
    )


def fail(begin, name, times, when=visit):
    for _ in range(times):
        assert refused(begin, name, "wrong", when()) == WRONG


def test_after_some_failures_even_the_right_password_waits(begin, ana):
    fail(begin, "ana", throttle.FREE["name"])
    with pytest.raises(Wait) as wait:
        log_in(begin, "ana", SAID, visit(), LIFETIME)
    assert 1 <= wait.value.seconds <= 3
    assert "wait" in str(wait.value)
    assert log_in(begin, "ana", SAID, visit(3), LIFETIME)
    fail(begin, "ana", throttle.FREE["name"], lambda: visit(4))  # begun anew


def test_pauses_grow_with_each_failure(begin, ana):
    at, pauses = 0.0, []
    for _ in range(throttle.FREE["name"] + 4):
        try:
            refused(begin, "ana", "wrong", visit(at))
            log_in(begin, "ana", "wrong", visit(at), LIFETIME)
        except Wait as wait:
            pauses.append(wait.seconds)
            at += wait.seconds
        except NotAllowed:
            continue
    assert pauses == sorted(pauses)
    assert len(set(pauses)) > 1


def test_names_of_nobody_are_throttled_like_any_other(begin):
    fail(begin, "nobody", throttle.FREE["name"])
    with pytest.raises(Wait):
        log_in(begin, "nobody", SAID, visit(), LIFETIME)


def test_many_names_from_one_address_are_throttled(begin, ana):
    for number in range(throttle.FREE["address"]):
        refused(begin, f"nobody{number}", "wrong")
    with pytest.raises(Wait):
        log_in(begin, "ana", SAID, visit(), LIFETIME)
    assert log_in(begin, "ana", SAID, visit(address="10.0.0.2"), LIFETIME)


def test_a_right_password_forgives_the_address_one_failure_only(begin, ana):
    for number in range(throttle.FREE["address"] - 1):
        refused(begin, f"nobody{number}", "wrong")
    log_in(begin, "ana", SAID, visit(), LIFETIME)
    refused(begin, "another", "wrong")
    with pytest.raises(Wait):
        log_in(begin, "ana", SAID, visit(), LIFETIME)


def test_failures_are_forgotten_after_a_day(begin, ana):
    fail(begin, "ana", throttle.FREE["name"])
    assert log_in(begin, "ana", SAID, visit(86_400), LIFETIME)


@given(st.sampled_from(["name", "address"]), st.integers(0, 10_000))
def test_a_pause_never_shrinks_and_never_locks_out(kind, failures):
    now, then = throttle.pause(kind, failures), throttle.pause(kind, failures + 1)
    assert timedelta(0) <= now <= then <= throttle.LONGEST_PAUSE


def test_a_new_password_ends_every_session_but_the_one_that_begins(conn, begin, ana):
    old = log_in(begin, "ana", SAID, visit(), LIFETIME)
    options = {"visit": visit(1), "lifetime": LIFETIME}
    with pytest.raises(NotAllowed, match="old password"):
        change_password(begin, ana, old="wrong", new="four walls of glass", **options)
    with pytest.raises(UntaggedError, match="at least"):
        change_password(begin, ana, old=SAID, new="short", **options)
    with pytest.raises(UntaggedError, match="the old one"):
        change_password(begin, ana, old=SAID, new=SAID, **options)
    token = change_password(begin, ana, old=SAID, new="four walls of glass", **options)
    assert sessions.session_of(conn, old, now=NOON, lifetime=LIFETIME) is None
    assert sessions.session_of(conn, token, now=NOON, lifetime=LIFETIME)
    assert refused(begin, "ana", SAID, visit(2)) == WRONG
    assert log_in(begin, "ana", "four walls of glass", visit(3), LIFETIME)

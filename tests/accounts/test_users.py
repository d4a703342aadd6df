"""Users, what they may and see, and what may not happen to them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mentions.errors import Conflict, NotFound, UntaggedError
from untagged.accounts import book, passwords, sessions
from untagged.accounts.book import By
from untagged.accounts.roles import GRANTS, MEANING, ROLES
from untagged.accounts.sessions import Lifetime
from untagged.accounts.trail import trail
from untagged.accounts.user import Scope, known_name

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
BY = By("a test", NOON)
LIFETIME = Lifetime(timedelta(hours=2), timedelta(hours=12))
SAID = "one tall green window"


@pytest.mark.parametrize("said", ["Ana", " ana ", "ANA", "ａｎａ"])
def test_a_name_is_one_however_it_is_typed(said):
    assert known_name(said) == "ana"


@pytest.mark.parametrize("said", ["", "  ", "a\nb", "a\x00b", "a  b", "x" * 101])
def test_a_name_that_nobody_can_see_is_refused(said):
    with pytest.raises(UntaggedError, match="no name"):
        known_name(said)


def test_each_role_may_what_the_one_before_it_may_and_more():
    grants = [GRANTS[role] for role in ROLES]
    assert all(less < more for less, more in pairwise(grants))
    assert grants[-1] == set(MEANING)


def test_a_user_is_kept_and_a_second_of_the_name_refused(conn):
    made = book.add_user(conn, "Ana", role="agent", by=BY, brands=["Acme"], agent="ana")
    assert (made.name, made.role, made.brands, made.has_password) == (
        "ana",
        "agent",
        ("Acme",),
        False,
    )
    with pytest.raises(Conflict, match="ana"):
        book.add_user(conn, "ANA", role="viewer", by=BY)
    with pytest.raises(NotFound, match="users list"):
        book.named_user(conn, "ben")


def test_the_last_admin_stays_one(conn):
    first = book.add_user(conn, "ana", role="admin", by=BY)
    for change in (
        lambda: book.disable(conn, first, by=BY),
        lambda: book.set_role(conn, first, "lead", by=BY),
    ):
        with pytest.raises(Conflict, match="only admin"):
            change()
    second = book.add_user(conn, "ben", role="admin", by=BY)
    assert book.disable(conn, first, by=BY).is_disabled
    with pytest.raises(Conflict, match="only admin"):
        book.set_role(conn, second, "viewer", by=BY)
    assert not book.enable(conn, book.get_user(conn, first.id), by=BY).is_disabled


def test_the_first_admin_is_made_once(conn):
    password = book.first_admin(conn, now=NOON)
    admin = book.named_user(conn, "admin")
    assert admin.role == "admin"
    assert passwords.is_right(password, book.hash_of(conn, admin.id))
    assert book.first_admin(conn, now=NOON) is None


def begun(conn, user, now=NOON):
    return sessions.begin_session(conn, user.id, now=now, address="10.0.0.1", browser="a test")


@pytest.mark.parametrize(
    "change",
    [
        lambda conn, user: book.set_role(conn, user, "lead", by=BY),
        lambda conn, user: book.disable(conn, user, by=BY),
        lambda conn, user: book.set_password(conn, user, "hash", must_change=False, by=BY),
    ],
)
def test_another_role_or_password_logs_out_everywhere(conn, change):
    user = book.add_user(conn, "ana", role="agent", by=BY)
    token = begun(conn, user)
    assert sessions.session_of(conn, token, now=NOON, lifetime=LIFETIME)
    change(conn, user)
    assert sessions.session_of(conn, token, now=NOON, lifetime=LIFETIME) is None


def test_a_session_ends_unused_and_at_the_latest(conn):
    user = book.add_user(conn, "ana", role="agent", by=BY)
    token = begun(conn, user)

    def at(span):
        return sessions.session_of(conn, token, now=NOON + span, lifetime=LIFETIME)

    assert at(timedelta(minutes=119))
    assert at(timedelta(hours=2)) is None
    for hours in range(1, 12):
        sessions.note_use(conn, at(timedelta(hours=hours)), now=NOON + timedelta(hours=hours))
    assert at(timedelta(hours=11, minutes=59))
    assert at(timedelta(hours=12)) is None
    later = NOON + timedelta(hours=12)
    assert sessions.sessions_of(conn, user.id, now=later, lifetime=LIFETIME) == []


def test_a_user_ends_own_sessions_alone(conn):
    ana = book.add_user(conn, "ana", role="agent", by=BY)
    ben = book.add_user(conn, "ben", role="agent", by=BY)
    begun(conn, ana)
    (session,) = sessions.sessions_of(conn, ana.id, now=NOON, lifetime=LIFETIME)
    assert not sessions.end_session(conn, ben.id, session.id)
    assert sessions.end_session(conn, ana.id, session.id)


def test_no_table_holds_a_token_or_a_password(conn):
    user = book.add_user(conn, "ana", role="agent", by=BY, password=SAID)
    token = begun(conn, user)
    for table in ("users", "user_sessions", "account_audit", "login_tries"):
        for row in conn.execute(text(f"SELECT * FROM {table}")):
            assert not any(secret in str(row) for secret in (token, SAID))


@pytest.mark.parametrize(
    "change", ["UPDATE account_audit SET actor = ''", "DELETE FROM account_audit"]
)
def test_the_trail_tells_each_change_and_cannot_be_edited(conn, change):
    user = book.add_user(conn, "ana", role="agent", by=BY)
    book.set_scope(conn, user, brands=["Acme"], teams=[], by=BY)
    last, first = trail(conn, user_id=user.id)
    assert (first.action, last.action, last.user) == ("added", "scope", "ana")
    assert last.detail["brands"] == [[], ["Acme"]]
    with pytest.raises(DBAPIError, match="append-only"):
        conn.execute(text(change))


@pytest.mark.parametrize(
    ("role", "teams", "own", "seen"),
    [
        ("agent", (), ["care"], {"care"}),
        ("agent", (), [], set()),
        ("agent", ("crisis",), ["care"], {"crisis"}),
        ("lead", (), ["care"], None),
        ("viewer", (), [], None),
        ("admin", ("care",), [], {"care"}),
    ],
)
def test_which_teams_are_seen(conn, role, teams, own, seen):
    user = book.add_user(conn, "ana", role=role, by=BY, teams=teams)
    assert user.scope(own).teams == (None if seen is None else frozenset(seen))


def test_a_case_is_seen_if_both_its_brand_and_its_team_are():
    scope = Scope(frozenset({"Acme"}), frozenset({"care"}))
    assert scope.has_case(brand="Acme", team="care")
    assert not scope.has_case(brand="Acme", team="crisis")
    assert not scope.has_case(brand="Bolt Bank", team="care")
    assert not scope.has_all(["Acme", "Bolt Bank"])
    assert Scope().has_case(brand="any", team="any")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("short", "at least 12"),
        ("x" * 201, "at most 200"),
        ("ana-ana-ana-2026!", "little more than the name"),
        ("abababababab", "repeats"),
    ],
)
def test_a_weak_password_is_refused_with_what_would_do(said, why):
    with pytest.raises(UntaggedError, match=why):
        passwords.refuse_weak(said, name="ana")


def test_a_made_password_is_strong_and_new_each_time():
    made = {passwords.made() for _ in range(50)}
    assert len(made) == 50
    for one in made:
        passwords.refuse_weak(one, name="ana")


def test_the_hash_is_of_the_strength_that_is_advised():
    kept = passwords.hashed(SAID)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.is_right(SAID, kept)
    assert not passwords.is_right(SAID + "!", kept)
    assert not passwords.is_right(SAID, None)


def test_a_form_token_is_of_its_session_alone():
    assert sessions.is_form_token(sessions.form_token("a"), "a")
    for said in ("", "x", sessions.form_token("b"), "\ud7ff"):
        assert not sessions.is_form_token(said, "a")
    assert not sessions.is_form_token(sessions.form_token(""), "")


@given(st.text(max_size=300))
def test_any_text_is_a_form_token_or_refused(said):
    assert not sessions.is_form_token(said, "a session's token")

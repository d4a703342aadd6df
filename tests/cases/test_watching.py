"""Whoever watches a case hears what others do there, once, and nothing of their own doing."""

import pytest

from cases.desk import (
    assign,
    breaches,
    merge,
    named_by,
    note,
    pend,
    reopen,
    resolve,
    see,
    show_case,
    take_news,
    unseen,
    unwatch,
    watch,
    watched_by,
    watchers_of,
)
from cases.team import Agent, Team
from mentions.errors import Conflict, NotFound
from tests.cases.world import HOUR, MINUTE, NOON, TEAMS, opened

AT = NOON + 10 * MINUTE


def told(conn):
    """Who was told of what since the last look."""
    return [(one.agent, one.actor, one.action) for one in take_news(conn)]


def said(conn, case_id, text, actor):
    return note(conn, case_id, text, now=AT, actor=actor, teams=TEAMS)


def test_a_watcher_hears_of_notes_status_posts_and_misses_until_they_unwatch(conn):
    case = opened(conn).case
    assert watch(conn, case.id, "dee", teams=TEAMS, now=AT)
    assert not watch(conn, case.id, "dee", teams=TEAMS, now=AT)
    said(conn, case.id, "I ask them", "ana")
    opened(conn, "2", thread="1", published=AT)
    breaches(conn, NOON + 2 * HOUR)
    resolve(conn, case.id, now=AT, actor="ana")
    assert told(conn) == [
        ("dee", "ana", "noted"),
        ("dee", "untagged", "post joined"),
        ("dee", "untagged", "breached"),
        ("dee", "ana", "resolved"),
    ]
    assert told(conn) == []
    assert unwatch(conn, case.id, "dee")
    assert not unwatch(conn, case.id, "dee")
    reopen(conn, case.id, now=AT, actor="ana")
    assert told(conn) == []


def test_nobody_hears_of_what_they_did_or_of_who_has_the_case(conn):
    case = opened(conn).case
    watch(conn, case.id, "ben", teams=TEAMS, now=AT)
    pend(conn, case.id, now=AT, actor="ben")
    assign(conn, case.id, agent="cy", teams=TEAMS, now=AT, actor="ana")
    assert told(conn) == []


def test_who_is_named_in_a_note_watches_and_is_told_once(conn):
    case = opened(conn).case
    written = said(conn, case.id, "@dee @DEE and @ben: how is that refunded? @ana", "ana")
    assert watchers_of(conn, case.id) == ["ben", "dee"]
    assert sorted(told(conn)) == [("ben", "ana", "noted"), ("dee", "ana", "noted")]
    assert sorted(named_by(conn, [written.id])[written.id]) == ["ben", "dee"]
    assert unseen(conn, "dee") == [written]
    assert see(conn, [written.id], "dee", now=AT) == 1
    assert see(conn, [written.id], "dee", now=AT) == 0
    assert (unseen(conn, "dee"), unseen(conn, "ben")) == ([], [written])


def test_who_writes_on_the_case_of_somebody_else_watches_it(conn):
    case = opened(conn).case
    said(conn, case.id, "mine", "ana")
    said(conn, case.id, "not mine", "ben")
    said(conn, case.id, "a stranger's", "cli")
    assert watchers_of(conn, case.id) == ["ben"]
    assert watched_by(conn, "ben") == [case.id]


def test_who_hands_their_case_on_watches_it(conn):
    case = opened(conn).case
    assign(conn, case.id, agent="ben", teams=TEAMS, now=AT, actor="cy")
    assert watchers_of(conn, case.id) == []
    assign(conn, case.id, agent="cy", teams=TEAMS, now=AT, actor="ben")
    assert watchers_of(conn, case.id) == ["ben"]


def test_watchers_go_along_when_cases_are_merged(conn):
    case, other = opened(conn, "1").case, opened(conn, "2").case
    watch(conn, case.id, "dee", teams=TEAMS, now=AT)
    watch(conn, other.id, "dee", teams=TEAMS, now=AT)
    watch(conn, case.id, "cy", teams=TEAMS, now=AT)
    merge(conn, case.id, into=other.id, now=AT, actor="ana")
    assert watchers_of(conn, other.id) == ["cy", "dee"]
    assert sorted(told(conn)) == [("cy", "ana", "merged"), ("dee", "ana", "merged")]
    with pytest.raises(Conflict, match=f"watch that one|case {other.id}"):
        watch(conn, case.id, "ben", teams=TEAMS, now=AT)


def test_strangers_cannot_watch_and_nobody_watches_what_is_not_there(conn):
    case = opened(conn).case
    with pytest.raises(NotFound, match="no agent 'zoe', so nobody would hear; the teams have ana"):
        watch(conn, case.id, "zoe", teams=TEAMS, now=AT)
    with pytest.raises(NotFound, match="no case 999"):
        watch(conn, 999, "ana", teams=TEAMS, now=AT)


def test_an_agent_of_two_teams_is_told_once(conn):
    both = (*TEAMS, Team(name="nights", agents=(Agent(name="dee"),)))
    case = opened(conn).case
    note(conn, case.id, "@dee?", now=AT, actor="ana", teams=both)
    assert told(conn) == [("dee", "ana", "noted")]


def test_watching_is_no_change_of_the_case(conn):
    case = opened(conn).case
    watch(conn, case.id, "dee", teams=TEAMS, now=AT)
    assert show_case(conn, case.id).case == case

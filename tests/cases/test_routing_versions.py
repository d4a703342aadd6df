"""Rules saved in the cockpit: none is lost, nobody overwrites another, the way back is short."""

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from cases import desk
from cases.routing import RoutingRule
from mentions.errors import Conflict, NotFound, UntaggedError
from tests.cases.world import HOUR, NOON

REST = RoutingRule(name="rest", team="care", sla="standard")
BUGS = RoutingRule(name="bugs", when="intent:bug_report", team="support", sla="standard")


def saved(conn: Connection, rules, *, seen: int, comment: str = ""):
    at = NOON + seen * HOUR
    return desk.save_version(conn, rules, seen=seen, comment=comment, now=at, actor="ana")


def test_each_saving_is_a_version_and_the_last_one_counts(conn: Connection):
    assert desk.latest_version(conn) is None
    saved(conn, [REST], seen=0, comment=" all to\ncare ")
    saved(conn, [BUGS, REST], seen=1)
    back = saved(conn, None, seen=2)
    assert desk.latest_version(conn) == back
    assert [one.number for one in desk.list_versions(conn)] == [3, 2, 1]
    first = desk.get_version(conn, 1)
    assert (first.actor, first.comment, first.at) == ("ana", "all to care", NOON)
    assert [RoutingRule.model_validate(rule) for rule in first.rules] == [REST]
    assert back.rules is None


def test_who_looked_at_an_older_version_is_told(conn: Connection):
    saved(conn, [REST], seen=0)
    with pytest.raises(Conflict, match="since you looked at version 0"):
        saved(conn, [BUGS, REST], seen=0)
    with pytest.raises(Conflict):
        saved(conn, [BUGS, REST], seen=7)


def test_what_counts_already_is_not_saved_once_more(conn: Connection):
    first = saved(conn, [REST], seen=0)
    assert saved(conn, [REST], seen=1) == first
    assert len(desk.list_versions(conn)) == 1


def test_a_version_that_there_is_not_and_an_endless_comment_are_refused(conn: Connection):
    for number in (0, 1, -1, 10**30):
        with pytest.raises(NotFound):
            desk.get_version(conn, number)
    with pytest.raises(UntaggedError, match="shorten it"):
        saved(conn, [REST], seen=0, comment="x" * 501)


@pytest.mark.parametrize(
    "change",
    ["UPDATE routing_versions SET actor = 'mallory'", "DELETE FROM routing_versions"],
)
def test_the_history_cannot_be_rewritten(conn: Connection, change: str):
    saved(conn, [REST], seen=0)
    with pytest.raises(DBAPIError, match="append-only"), conn.begin_nested():
        conn.execute(text(change))
    assert desk.get_version(conn, 1).actor == "ana"

from datetime import datetime

import pytest
from sqlalchemy import Connection

from alerts.firing import Firing
from alerts.matchers import Matcher, parse_matcher
from alerts.silences import extend, list_silences, silence, unsilence
from mentions.errors import Conflict, NotFound, UntaggedError
from tests.alerts.world import HOUR, MINUTE, NOW, firing


def made(conn: Connection, **other: object) -> int:
    known = {
        "matchers": [Matcher("brand", "=", "Acme")],
        "starts_at": NOW,
        "ends_at": NOW + HOUR,
        "author": "ana",
        "comment": "planned outage",
        "now": NOW,
    }
    return silence(conn, **{**known, **other})  # type: ignore[arg-type]  # a test's keywords


def silencing(conn: Connection, of: Firing, *, now: datetime) -> int | None:
    """The number of a silence in force that matches, or None."""
    in_force = list_silences(conn, now=now)
    return next((one.id for one in in_force if one.matches(of)), None)


@pytest.mark.parametrize(
    ("matchers", "matches"),
    [
        (["brand=Acme"], True),
        (["brand=acme"], False),
        (["brand=Acme", "signal=negative"], True),
        (["brand=Acme", "signal=all"], False),
        (["kind=spike", 'rule="negative spike"', "severity=2"], True),
        (["severity!=1", 'rule=~"neg.*"', "kind!~unans.*"], True),
        (["severity=1"], False),
    ],
)
def test_every_matcher_must_hold(conn: Connection, matchers: list[str], *, matches: bool) -> None:
    number = made(conn, matchers=[parse_matcher(one) for one in matchers])
    assert silencing(conn, firing(), now=NOW) == (number if matches else None)


def test_a_silence_holds_from_its_start_to_before_its_end(conn: Connection) -> None:
    made(conn)
    moments = [NOW - MINUTE, NOW, NOW + HOUR - MINUTE, NOW + HOUR]
    assert [silencing(conn, firing(), now=now) is not None for now in moments] == [0, 1, 1, 0]


def test_a_silence_can_be_ended_early_once(conn: Connection) -> None:
    number = made(conn)
    unsilence(conn, number, now=NOW + MINUTE)
    assert silencing(conn, firing(), now=NOW + MINUTE) is None
    with pytest.raises(Conflict, match="ended at"):
        unsilence(conn, number, now=NOW + 2 * MINUTE)
    with pytest.raises(NotFound):
        unsilence(conn, number + 1, now=NOW)


def test_a_silence_ended_before_it_begins_never_holds(conn: Connection) -> None:
    number = made(conn, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR)
    unsilence(conn, number, now=NOW)
    assert silencing(conn, firing(), now=NOW + HOUR) is None


def test_a_silence_can_be_extended_while_it_holds(conn: Connection) -> None:
    number = made(conn)
    extend(conn, number, ends_at=NOW + 3 * HOUR, now=NOW + MINUTE)
    assert silencing(conn, firing(), now=NOW + 2 * HOUR) == number
    with pytest.raises(UntaggedError, match="would be over already"):
        extend(conn, number, ends_at=NOW + HOUR, now=NOW + 2 * HOUR)
    with pytest.raises(Conflict, match=r"make a new one: untagged alerts silence brand=\"Acme\""):
        extend(conn, number, ends_at=NOW + 9 * HOUR, now=NOW + 4 * HOUR)


def test_silences_to_come_are_listed_when_asked_for(conn: Connection) -> None:
    number = made(conn, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR)
    assert list_silences(conn, now=NOW) == []
    assert [one.id for one in list_silences(conn, now=NOW, with_coming=True)] == [number]
    unsilence(conn, number, now=NOW)
    assert list_silences(conn, now=NOW, with_coming=True) == []


def test_silences_tell_who_and_why(conn: Connection) -> None:
    made(conn)
    (found,) = list_silences(conn)
    assert (found.author, found.comment) == ("ana", "planned outage")
    assert list_silences(conn, now=NOW + HOUR) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"matchers": []}, "needs a matcher"),
        ({"ends_at": NOW}, "must end after it starts"),
        ({"starts_at": NOW - 2 * HOUR, "ends_at": NOW - HOUR}, "would be over already"),
        ({"author": " "}, "needs an author"),
    ],
)
def test_a_wrong_silence_says_what_to_mend(
    conn: Connection, wrong: dict[str, object], said: str
) -> None:
    with pytest.raises(UntaggedError, match=said):
        made(conn, **wrong)


def test_a_comment_is_short_enough_for_every_history_that_it_stands_in(conn: Connection) -> None:
    with pytest.raises(UntaggedError, match="at most 2,000 characters"):
        made(conn, comment="x" * 2_001)

"""What people say of a firing is kept once, and judges the firings that are near it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from alerts.labels import NEAR, labels, nearest, precision, put_label
from mentions.errors import UntaggedError

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
KEY = "spike:loud:Acme:negative"


def said(
    conn: Connection,
    at: datetime,
    *,
    is_right: bool,
    key: str = KEY,
    who: str = "ana",
    now: datetime = NOON,
) -> None:
    put_label(conn, rule="loud", key=key, at=at, is_right=is_right, who=who, now=now)


def test_a_label_said_again_about_the_same_moment_replaces_the_first(conn: Connection) -> None:
    said(conn, NOON, is_right=True)
    said(conn, NOON, is_right=False, who="ben")
    (only,) = labels(conn, rule="loud")
    assert (only.is_right, only.who, only.at) == (False, "ben", NOON)


def test_labels_are_those_of_one_rule_or_of_all(conn: Connection) -> None:
    said(conn, NOON, is_right=True)
    put_label(conn, rule="other", key=KEY, at=NOON, is_right=True, who="ana", now=NOON)
    assert [one.rule for one in labels(conn)] == ["loud", "other"]
    assert [one.rule for one in labels(conn, rule="other")] == ["other"]


def test_a_firing_is_judged_by_the_nearest_label_of_its_key(conn: Connection) -> None:
    said(conn, NOON - timedelta(hours=3), is_right=False)
    said(conn, NOON + timedelta(hours=1), is_right=True)
    said(conn, NOON, is_right=False, key="spike:loud:Bolt:negative")
    found = nearest(labels(conn), key=KEY, at=NOON)
    assert found is not None
    assert found.is_right


def test_of_two_labels_of_the_same_hour_the_later_word_holds(conn: Connection) -> None:
    said(conn, NOON, is_right=False)
    said(conn, NOON + timedelta(minutes=9), is_right=True, now=NOON + timedelta(days=1))
    found = nearest(labels(conn), key=KEY, at=NOON)
    assert found is not None
    assert found.is_right


@pytest.mark.parametrize(
    ("away", "is_judged"), [(NEAR, True), (NEAR + timedelta(seconds=1), False)]
)
def test_a_label_judges_no_firing_that_is_half_a_day_away(
    conn: Connection, away: timedelta, is_judged: bool
) -> None:
    said(conn, NOON, is_right=True)
    assert (nearest(labels(conn), key=KEY, at=NOON + away) is not None) == is_judged


def test_precision_is_the_share_of_the_labelled(conn: Connection) -> None:
    said(conn, NOON, is_right=True)
    said(conn, NOON + timedelta(days=1), is_right=False)
    right, wrong = labels(conn)
    assert precision([right, right, wrong, None]).share == 2 / 3
    assert precision([None]).share is None
    assert str(precision([right, wrong, None])) == "1 of 2 labelled were right (50%)"


@pytest.mark.parametrize(("key", "note"), [(" ", ""), (KEY, "x" * 2_001)])
def test_a_label_that_says_nothing_or_too_much_is_refused(
    conn: Connection, key: str, note: str
) -> None:
    with pytest.raises(UntaggedError, match="label"):
        put_label(
            conn, rule="loud", key=key, at=NOON, is_right=True, who="ana", note=note, now=NOON
        )

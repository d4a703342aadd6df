"""When a group is told, and of what: the waits of Alertmanager, without clock or database."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.notifications import Notifications
from alerts.telling import Member, Telling, decide, is_done
from tests.alerts.world import HOUR, MINUTE, NOW

SECOND = timedelta(seconds=1)
USUAL = Notifications()
WITH_RESOLVED = Notifications(send_resolved=True)


def member(alert_id: int = 1, **other: Any) -> Member:
    known: dict[str, Any] = {
        "status": "firing",
        "severity": 2,
        "joined_at": NOW,
        "repeat": 4 * HOUR,
    }
    return Member(alert_id=alert_id, **{**known, **other})


def told(alert_id: int = 1, **other: Any) -> Member:
    """A member that was told at NOW."""
    known = {"told_status": "firing", "told_severity": 2, "told_at": NOW}
    return member(alert_id, **{**known, **other})


def due_after(*members: Member, told_at: Any = NOW, settings: Notifications = USUAL) -> Any:
    """How long after NOW the letter is due, to the second; None if not within a day."""
    moments = (SECOND * count for count in (0, 29, 30, 299, 300, 14_399, 14_400, 86_400))
    return next(
        (wait for wait in moments if decide(members, settings, told_at=told_at, now=NOW + wait)),
        None,
    )


def test_the_first_letter_waits_for_what_breaks_together() -> None:
    late = member(2, joined_at=NOW + 20 * SECOND)
    assert due_after(member(), late, told_at=None) == 30 * SECOND
    telling = decide([member(), late], USUAL, told_at=None, now=NOW + 30 * SECOND)
    assert telling == Telling((1, 2), (1, 2))


def test_severity_1_waits_for_nothing_and_takes_the_others_along() -> None:
    worst = member(2, severity=1)
    assert decide([member(), worst], USUAL, told_at=None, now=NOW) == Telling((2, 1), (2, 1))
    became = told(severity=1)
    assert due_after(became) == timedelta(0)
    assert due_after(told(severity=1, told_severity=1)) == 4 * HOUR


@pytest.mark.parametrize(
    "news",
    [member(2), told(2, severity=1, told_severity=3, status="acknowledged", is_muted=True)],
)
def test_what_is_muted_is_no_news(news: Member) -> None:
    muted = member(2, is_muted=True) if not news.is_muted else news
    assert due_after(muted, told_at=None) is None


def test_changes_wait_for_the_group_interval() -> None:
    assert due_after(told(), member(2)) == 5 * MINUTE
    assert due_after(told(severity=3, told_severity=4)) == 5 * MINUTE
    assert due_after(told(severity=3, told_severity=4, status="acknowledged")) == 5 * MINUTE


def test_news_in_a_group_long_untold_goes_at_once() -> None:
    assert due_after(told(), member(2), told_at=NOW - HOUR) == timedelta(0)


def test_nothing_new_is_repeated_only_while_nobody_has_acknowledged_it() -> None:
    assert due_after(told()) == 4 * HOUR
    assert due_after(told(repeat=MINUTE)) == 5 * MINUTE  # no sooner than the group interval
    assert due_after(told(status="acknowledged")) is None
    assert due_after(told(is_muted=True)) is None
    assert due_after(told(), told(2, status="acknowledged")) == 4 * HOUR


def test_what_was_acknowledged_before_it_was_told_needs_no_letter() -> None:
    assert due_after(member(status="acknowledged"), told_at=None) is None


def test_the_end_is_told_where_the_settings_say_so() -> None:
    over = told(status="resolved")
    assert due_after(over) is None
    assert due_after(over, settings=WITH_RESOLVED) == 5 * MINUTE
    never_told = member(status="resolved")
    assert due_after(never_told, settings=WITH_RESOLVED, told_at=None) is None
    silenced = told(status="resolved", is_muted=True)
    assert due_after(silenced, settings=WITH_RESOLVED) is None
    told_over = told(status="resolved", told_status="resolved")
    assert due_after(told_over, settings=WITH_RESOLVED) is None


def test_what_was_told_to_be_over_and_is_back_is_news() -> None:
    back = told(told_status="resolved")
    assert due_after(back, settings=WITH_RESOLVED) == 30 * SECOND


def test_a_letter_lists_what_goes_on_and_leaves_out_what_is_muted_or_was_over() -> None:
    members = [
        told(1, status="acknowledged"),
        told(2, is_muted=True),
        told(3, status="resolved", told_status="resolved"),
        member(4, severity=1),
    ]
    assert decide(members, USUAL, told_at=NOW, now=NOW) == Telling((4, 1), (4,))


@pytest.mark.parametrize(
    ("one", "done"),
    [
        (member(), False),
        (told(status="acknowledged"), False),
        (told(status="resolved"), False),
        (told(status="resolved", is_muted=True), True),
        (member(status="resolved"), True),
        (told(status="resolved", told_status="resolved"), True),
    ],
)
def test_a_member_stays_until_there_is_no_more_to_tell(one: Member, *, done: bool) -> None:
    assert is_done(one, WITH_RESOLVED) == done
    if one.status == "resolved":
        assert is_done(one, USUAL)


statuses = st.sampled_from(["firing", "acknowledged", "resolved"])
offsets = st.integers(-7_200, 0).map(lambda seconds: NOW + seconds * SECOND)
anybody = st.builds(
    Member,
    alert_id=st.integers(1, 3),
    status=statuses,
    severity=st.integers(1, 4),
    joined_at=offsets,
    repeat=st.just(HOUR),
    is_muted=st.booleans(),
    told_status=st.sampled_from(["", "firing", "resolved"]),
    told_severity=st.integers(1, 4),
    told_at=offsets,
)


@given(st.lists(anybody, max_size=3, unique_by=lambda one: one.alert_id), offsets)
def test_after_a_letter_there_is_nothing_left_to_tell(members: list[Member], told_at: Any) -> None:
    """Whatever the group is: what a letter told is not told again in the same moment."""
    telling = decide(members, WITH_RESOLVED, told_at=told_at, now=NOW)
    if telling is None:
        return
    assert telling.alerts
    assert set(telling.news) <= set(telling.alerts)
    assert not {one.alert_id for one in members if one.is_muted} & set(telling.alerts)
    after = [
        member(
            one.alert_id,
            status=one.status,
            severity=one.severity,
            repeat=one.repeat,
            told_status="firing" if one.is_open else "resolved",
            told_severity=one.severity,
            told_at=NOW,
        )
        if one.alert_id in telling.alerts
        else one
        for one in members
    ]
    assert decide(after, WITH_RESOLVED, told_at=NOW, now=NOW) is None

"""Quiet hours hold back what can wait until they end, by the clock on the wall."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts.kinds.spike import SpikeRule
from alerts.quiet_hours import QuietHours, may_tell, told_from

BERLIN = ZoneInfo("Europe/Berlin")
NIGHTS = QuietHours.model_validate(
    {
        "days": "mon-fri",
        "from": "22:00",
        "until": "07:00",
        "zone": "Europe/Berlin",
        "broken_by": "severity 1",
    }
)


def berlin(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (berlin(2026, 3, 2, 21, 59), berlin(2026, 3, 2, 21, 59)),
        (berlin(2026, 3, 2, 22), berlin(2026, 3, 3, 7)),  # Monday night
        (berlin(2026, 3, 3, 3), berlin(2026, 3, 3, 7)),
        (berlin(2026, 3, 3, 7), berlin(2026, 3, 3, 7)),
        (berlin(2026, 3, 2, 3), berlin(2026, 3, 2, 3)),  # Sunday night is no quiet one
        (berlin(2026, 3, 7, 3), berlin(2026, 3, 7, 7)),  # Friday night ends on Saturday
        (berlin(2026, 3, 7, 23), berlin(2026, 3, 7, 23)),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(at: datetime, told: datetime) -> None:
    assert told_from([NIGHTS], 2, at.astimezone(UTC)) == told


def test_what_is_bad_enough_breaks_them() -> None:
    night = berlin(2026, 3, 2, 23).astimezone(UTC)
    assert may_tell([NIGHTS], 1, night)
    assert not may_tell([NIGHTS], 2, night)
    assert not may_tell([NIGHTS.model_copy(update={"broken_by": None})], 1, night)


def test_quiet_hours_that_follow_each_other_are_one() -> None:
    weekend = QuietHours(days="sat-sun", begins="00:00", until="24:00", zone="Europe/Berlin")
    friday_night = berlin(2026, 3, 6, 23).astimezone(UTC)
    assert told_from([NIGHTS, weekend], 2, friday_night) == berlin(2026, 3, 9, 0)
    assert told_from([weekend, NIGHTS], 1, friday_night) == friday_night


@pytest.mark.parametrize(
    ("at", "hours"),
    [(berlin(2026, 3, 27, 22), 9), (berlin(2026, 3, 28, 22), 8), (berlin(2026, 10, 24, 22), 10)],
)
def test_a_night_in_which_the_clocks_change_is_an_hour_shorter_or_longer(
    at: datetime, hours: int
) -> None:
    every = NIGHTS.model_copy(update={"days": frozenset(range(7))})
    start = at.astimezone(UTC)
    assert told_from([every], 3, start) - start == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("until", "told"),
    [
        # On 29 March 02:30 is left out, on 25 October it comes twice: the later one is meant.
        ((2026, 3, 29), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ((2026, 10, 25), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_an_end_that_comes_twice_or_never_is_the_later(
    until: tuple[int, int, int], told: datetime
) -> None:
    hours = QuietHours(begins="22:00", until="02:30", zone="Europe/Berlin")
    assert told_from([hours], 3, datetime(*until, 0, 0, tzinfo=UTC)) == told


CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
HOURS = st.builds(
    QuietHours,
    days=st.frozensets(st.integers(0, 6), max_size=6),
    begins=CLOCKS,
    until=CLOCKS,
    zone=st.sampled_from(
        ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Tokyo"]
    ),
    broken_by=st.sampled_from([None, 1, 2]),
)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone comes from `timezones`


@given(HOURS, MOMENTS, st.integers(1, 4))
def test_it_is_quiet_exactly_when_the_wall_clock_says_so(
    hours: QuietHours, at: datetime, severity: int
) -> None:
    zone = ZoneInfo(hours.zone)
    wall = at.astimezone(zone)
    near = (at + timedelta(hours=shift) for shift in (-27, 27))
    if any(other.astimezone(zone).utcoffset() != wall.utcoffset() for other in near):
        return  # the clocks change close by; the tests above say what holds then
    of_today = wall.weekday() in hours.days and hours.begins <= wall.time()
    of_yesterday = (wall - timedelta(days=1)).weekday() in hours.days
    if hours.until > hours.begins:
        is_quiet = of_today and wall.time() < hours.until
    else:
        is_quiet = of_today or (of_yesterday and wall.time() < hours.until)
    holds = hours.broken_by is None or severity > hours.broken_by
    assert may_tell([hours], severity, at) == (not (is_quiet and holds))


@given(st.lists(HOURS, max_size=2), MOMENTS, st.integers(1, 4))
def test_it_is_told_at_the_first_moment_that_is_not_quiet(
    quiet: list[QuietHours], at: datetime, severity: int
) -> None:
    try:
        told = told_from(quiet, severity, at)
    except ValueError:
        return  # two of them may leave no moment free
    assert told >= at
    assert may_tell(quiet, severity, told)
    for share in (0, 0.37, 0.5, 0.99):
        between = at + (told - at) * share
        assert told == at or not may_tell(quiet, severity, between)
        assert told_from(quiet, severity, between) == told


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"days": "mon-fry"}, "write for example mon-fri"),
        ({"days": "money"}, "write for example mon-fri"),
        ({"days": "weekdays"}, "write for example mon-fri"),
        ({"days": [1, 2]}, "write for example mon-fri"),
        ({"from": "25:00"}, "22:00"),
        ({"until": "7"}, "22:00"),
        ({"zone": "Berlin"}, "Europe/Berlin"),
        ({"broken_by": "severity 5"}, "severity 1"),
        ({"broken": 1}, "Extra"),
    ],
)
def test_a_slip_is_told_with_what_to_write(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        QuietHours.model_validate({"from": "22:00", "until": "07:00", **wrong})


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("Saturday, sun", {5, 6}),
        ("fri-mon", {4, 5, 6, 0}),
        ("daily", set(range(7))),
        (["mon", "wed-thu"], {0, 2, 3}),
    ],
)
def test_days_are_written_as_people_write_them(said: object, days: set[int]) -> None:
    hours = QuietHours.model_validate({"days": said, "from": "22:00", "until": "07:00"})
    assert hours.days == days


@given(HOURS)
def test_they_are_written_as_they_are_read(hours: QuietHours) -> None:
    written = hours.model_dump(mode="json")
    assert QuietHours.model_validate(written) == hours
    assert {"from", "until"} < set(written)


def test_yamls_clock_without_quotes_is_understood() -> None:
    assert QuietHours.model_validate({"from": 1_320, "until": "07:00"}).begins == time(22)


def test_a_rule_that_is_quiet_all_week_is_refused() -> None:
    always = {"from": "00:00", "until": "00:00"}
    with pytest.raises(ValidationError, match="nothing would be told"):
        SpikeRule.model_validate({"name": "x", "quiet_hours": [always]})
    SpikeRule.model_validate({"name": "x", "quiet_hours": [{**always, "days": "sun"}]})

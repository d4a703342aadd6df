"""Working time equals what a minute-by-minute look at the clock on the wall gives."""

from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.calendar import DAYS, Calendar
from tests.cases.wall import is_worked, when_passed
from tests.cases.world import HOUR, MINUTE

BERLIN = Calendar(zone="Europe/Berlin", hours={"mon-fri": "08:00-12:00, 13:00-17:30"})
NIGHTS = Calendar(zone="Europe/Berlin", hours={"mon-sun": "22:00-06:00"})
SHIFTS = (
    (),
    ((480, 720), (780, 1050)),
    ((0, 1440),),
    ((1320, 1800),),
    ((90, 150), (160, 210)),
    ((0, 30), (1380, 1440)),
)
"""Minutes since midnight: closed, split, all day, over midnight, in the hours that clocks skip or
repeat, and at the ends of the day."""
CHANGES = (
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),  # by half an hour
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 3, 8, 5, tzinfo=UTC)),  # at midnight: 00:00 is skipped
    ("Asia/Kathmandu", datetime(2026, 6, 1, tzinfo=UTC)),  # never, and 05:45 from UTC
)
WEEKS = st.lists(st.sampled_from(SHIFTS), min_size=7, max_size=7).filter(any)


def written(week) -> dict[str, str]:
    def clock(minute: int) -> str:
        hour, rest = divmod(minute if minute <= 1440 else minute - 1440, 60)
        return f"{hour:02}:{rest:02}"

    return {
        DAYS[day]: ", ".join(f"{clock(start)}-{clock(end)}" for start, end in shifts)
        for day, shifts in enumerate(week)
        if shifts
    }


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(
    change=st.sampled_from(CHANGES),
    week=WEEKS,
    before=st.integers(-60, 3000),
    promised=st.integers(1, 900),
    closed=st.sets(st.integers(-1, 1), max_size=1),
)
def test_due_times_equal_counting_minutes_over_split_shifts_and_clock_changes(
    change, week, before, promised, closed
):
    zone, moment = change
    dates = {moment.astimezone(ZoneInfo(zone)).date() + timedelta(days=n) for n in closed}
    calendar = Calendar(zone=zone, hours=written(week), closed=tuple(dates))
    start = moment - before * MINUTE
    is_open = partial(is_worked, week, ZoneInfo(zone), dates)
    due = when_passed(is_open, start, promised * MINUTE)
    assert calendar.after(start, promised * MINUTE) == due
    assert calendar.working_time(start, due) == promised * MINUTE


MOMENTS = st.timedeltas(timedelta(0), timedelta(days=365)).map(
    lambda span: datetime(2026, 1, 1, tzinfo=UTC) + span
)
SPANS = st.timedeltas(timedelta(0), timedelta(hours=60))


@given(start=MOMENTS, span=SPANS, then=SPANS)
def test_a_span_in_two_parts_ends_where_the_whole_does(start, span, then):
    middle = BERLIN.after(start, span)
    assert BERLIN.after(middle, then) == BERLIN.after(start, span + then)
    assert BERLIN.working_time(start, middle) == span


@given(start=MOMENTS, parts=st.lists(SPANS, min_size=2, max_size=2))
def test_working_time_of_two_windows_is_that_of_the_whole(start, parts):
    middle, end = start + parts[0], start + parts[0] + parts[1]
    whole = NIGHTS.working_time(start, end)
    assert NIGHTS.working_time(start, middle) + NIGHTS.working_time(middle, end) == whole


def test_a_night_shift_is_an_hour_shorter_when_clocks_go_forward_and_longer_when_back():
    spring, autumn = (datetime(2026, *on, 12, tzinfo=UTC) for on in ((3, 28), (10, 24)))
    assert NIGHTS.working_time(spring, spring + 24 * HOUR) == 7 * HOUR
    assert NIGHTS.working_time(autumn, autumn + 24 * HOUR) == 9 * HOUR


def test_the_opening_is_included_and_the_closing_is_not():
    monday = datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert BERLIN.is_open(monday)
    assert not BERLIN.is_open(monday - timedelta.resolution)
    assert not BERLIN.is_open(monday + 4 * HOUR)
    assert BERLIN.next_open(monday + 4 * HOUR) == monday + 5 * HOUR
    assert BERLIN.next_open(monday) == monday


def test_no_work_is_done_on_holidays_of_the_country_and_its_part():
    hours = {"mon-sun": "08:00-16:00"}
    berlin = Calendar(zone="Europe/Berlin", hours=hours, country="DE", subdivision="BE")
    germany = Calendar(zone="Europe/Berlin", hours=hours, country="DE")
    womens_day = datetime(2026, 3, 8, 9, tzinfo=UTC)
    assert (berlin.is_open(womens_day), germany.is_open(womens_day)) == (False, True)
    assert not germany.is_open(datetime(2026, 12, 25, 9, tzinfo=UTC))


def test_days_of_ones_own_are_closed_or_worked():
    hours = {"mon-sun": "08:00-16:00"}
    shop = Calendar(hours=hours, country="DE", closed=("2026-03-03",), worked=("2026-12-25",))
    assert not shop.is_open(datetime(2026, 3, 3, 9, tzinfo=UTC))
    assert shop.is_open(datetime(2026, 12, 25, 9, tzinfo=UTC))


def test_a_night_shift_that_begins_before_a_holiday_is_worked_to_its_end():
    calendar = Calendar(hours={"mon-sun": "22:00-06:00"}, closed=("2026-03-03",))
    assert calendar.is_open(datetime(2026, 3, 3, 5, tzinfo=UTC))
    assert not calendar.is_open(datetime(2026, 3, 3, 23, tzinfo=UTC))
    assert not calendar.is_open(datetime(2026, 3, 4, 5, tzinfo=UTC))


def test_a_calendar_says_a_moment_as_its_people_would():
    assert BERLIN.said(datetime(2026, 3, 2, 7, tzinfo=UTC)) == "Mon 2 Mar 08:00 Europe/Berlin"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"hours": {"mon-fry": "08:00-12:00"}}, "are no days"),
        ({"hours": {"mon": "8-12"}}, "is no shift"),
        ({"hours": {"mon": "08:00-08:00"}}, "is no shift"),
        ({"hours": {"mon": "08:75-12:00"}}, "is no shift"),
        ({"hours": {"mon": "08:00-12:00, 11:00-13:00"}}, "overlap"),
        ({"hours": {"mon": "08:00-08:30"}}, "at least an hour"),
        ({"hours": {"mon": "08:00-12:00"}, "zone": "Mars/Base"}, "no time zone"),
        ({"hours": {"mon": "08:00-12:00"}, "country": "XX"}, "are not known"),
        ({"hours": {"mon": "08:00-12:00"}, "country": "DE", "subdivision": "XX"}, "not known"),
        ({"hours": {"mon": "08:00-12:00"}, "subdivision": "BE"}, "needs a country"),
    ],
)
def test_a_calendar_that_cannot_be_kept_is_refused_with_what_to_write(given, said):
    with pytest.raises(ValidationError, match=said):
        Calendar.model_validate(given)


@given(end=MOMENTS, span=SPANS)
def test_looking_back_over_a_span_finds_the_last_moment_from_which_it_passes(end, span):
    start = NIGHTS.before(end, span)
    assert NIGHTS.working_time(start, end) == span
    assert NIGHTS.working_time(start + timedelta.resolution, end) < span or not span

"""When digests are made: words and cron lines, by the clocks of a zone."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.digests.timing import last_period, read_timing, said_timing

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)  # a Wednesday


def last(said, zone="UTC", now=NOW):
    period = last_period(said, zone, now=now)
    return f"{period.since:%a %d %b %H:%M}", f"{period.until:%a %d %b %H:%M}"


@pytest.mark.parametrize(
    ("said", "since", "until"),
    [
        ("weekly monday 08:00", "Mon 02 Mar 08:00", "Mon 09 Mar 08:00"),
        ("Weekly  Wed 12:00", "Wed 04 Mar 12:00", "Wed 11 Mar 12:00"),
        ("weekly wed 12:01", "Wed 25 Feb 12:01", "Wed 04 Mar 12:01"),
        ("daily 7:30", "Tue 10 Mar 07:30", "Wed 11 Mar 07:30"),
        ("monthly 1 08:00", "Sun 01 Feb 08:00", "Sun 01 Mar 08:00"),
        ("0 8 * * 1", "Mon 02 Mar 08:00", "Mon 09 Mar 08:00"),
        ("*/30 8-9 * * *", "Wed 11 Mar 09:00", "Wed 11 Mar 09:30"),
        ("0 8 * * 0", "Sun 01 Mar 08:00", "Sun 08 Mar 08:00"),
        ("0 8 * * 7", "Sun 01 Mar 08:00", "Sun 08 Mar 08:00"),
        ("0 8 1 * 1", "Mon 02 Mar 08:00", "Mon 09 Mar 08:00"),
        ("0 8 1,15 * *", "Sun 15 Feb 08:00", "Sun 01 Mar 08:00"),
    ],
)
def test_a_period_is_from_an_occasion_to_the_next(said, since, until):
    assert last(said) == (since, until)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("weekly Mon 8:00", "every Monday at 08:00"),
        ("daily 07:30", "every day at 07:30"),
        ("monthly 1 08:00", "on day 1 of every month at 08:00"),
        ("0 8 * * 1", "at “0 8 * * 1”"),
    ],
)
def test_a_time_is_said_in_a_sentence(said, words):
    assert said_timing(said) == words


def test_february_29_is_once_in_four_years():
    period = last_period("0 8 29 2 *", "UTC", now=NOW)
    assert (period.since.year, period.until.year) == (2020, 2024)


def test_a_wall_clock_keeps_its_hour_when_the_clocks_change():
    spring = datetime(2026, 3, 31, tzinfo=UTC)  # they changed on 29 March
    period = last_period("weekly monday 08:00", "Europe/Berlin", now=spring)
    assert (period.since.hour, period.until.hour) == (7, 6)
    assert period.until - period.since == timedelta(days=7, hours=-1)


def test_an_hour_that_does_not_come_is_the_one_after():
    night = datetime(2026, 3, 29, 12, tzinfo=UTC)
    assert last("daily 02:30", "Europe/Berlin", now=night)[1] == "Sun 29 Mar 01:30"


def test_east_of_us_the_next_day_has_begun():
    late = datetime(2026, 3, 9, 21, tzinfo=UTC)
    assert last("weekly tuesday 08:00", "Pacific/Auckland", now=late)[1] == "Mon 09 Mar 19:00"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("sometimes", "says no time"),
        ("weekly", "says no time"),
        ("weekly noday 08:00", "no day of the week"),
        ("weekly t 08:00", "no day of the week"),
        ("daily 24:00", "says no time"),
        ("daily monday 08:00", "says no time"),
        ("monthly 31 08:00", "no day that every month has"),
        ("60 8 * * 1", "is no minute"),
        ("0 8 * * mon", "is no weekday"),
        ("0 8 30 2 *", "never comes"),
        ("0 8 */0 * *", "is no day"),
        ("0 9-8 * * *", "is no hour"),
    ],
)
def test_what_says_no_time_says_what_to_write(said, expected):
    with pytest.raises(ValueError, match=expected):
        read_timing(said)


@given(
    st.sampled_from(["weekly friday 17:00", "daily 02:30", "*/7 * * * *", "0 0 1 */3 *"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Auckland"]),
    st.integers(0, 2 * 366 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes)),
)
def test_periods_follow_one_another_without_gap_or_overlap(said, zone, now):
    found = list(islice(read_timing(said).until(now, zone), 5))
    assert found == sorted(set(found), reverse=True)
    assert found[0] <= now
    for later, earlier in pairwise(found):
        period = last_period(said, zone, now=later)
        assert (period.since, period.until) == (earlier, later)

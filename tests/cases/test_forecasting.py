"""The forecast: never looks ahead, keeps its word on how wide it is, and when it is no good."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.forecasting.backtest import judged, tried
from cases.forecasting.band import SCATTERS, band
from cases.forecasting.forecast import forecast
from cases.forecasting.history import DAY_HOURS, HOUR, WEEK_HOURS, History
from cases.forecasting.profile import profile
from cases.forecasting.repeating import repeated, repeated_calm

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
_BERLIN = ZoneInfo("Europe/Berlin")
counts = st.lists(st.integers(0, 60), min_size=1, max_size=600)


def rhythm(weeks: int, *, mean: float = 20.0, seed: int = 1, zone: str = "UTC") -> History:
    """Cases at random around a day's and a week's rhythm."""
    hour = np.arange(weeks * WEEK_HOURS)
    day = 1 + 0.8 * np.sin((hour % 24 - 9) / 24 * 2 * np.pi)
    weekend = np.where(hour // 24 % 7 >= 5, 0.6, 1.0)
    came = np.random.default_rng(seed).poisson(mean * day * weekend)
    return History(MONDAY, tuple(came.tolist()), zone=zone)


@settings(deadline=None)
@given(counts, st.lists(st.integers(0, 500), max_size=400), st.sets(st.integers(0, 599)))
def test_what_comes_later_does_not_change_what_was_expected(past, later, left_out):
    known = History(MONDAY, tuple(past), frozenset(one for one in left_out if one < len(past)))
    whole = History(MONDAY, (*past, *later), frozenset(left_out))
    for method in (profile, repeated_calm):
        before = method(known, WEEK_HOURS)
        assert (method(whole.until(len(past)), WEEK_HOURS) == before).all()
        assert (before >= 0).all()


@settings(deadline=None, max_examples=10)
@given(st.integers(0, WEEK_HOURS - 1), st.integers(1, 900))
def test_each_origin_of_a_backtest_sees_only_the_hours_before_it(place, more):
    history = rhythm(4)
    changed = list(history.counts)
    changed[3 * WEEK_HOURS + place] += more
    before = tried(history, profile)
    after = tried(History(MONDAY, tuple(changed)), profile)
    for one, other in zip(before, after, strict=True):
        if one.origin <= 3 * WEEK_HOURS + place:
            assert (one.expected == other.expected).all()


@settings(deadline=None, max_examples=30)
@given(counts)
def test_a_range_is_in_order_and_never_below_nothing(past):
    for hour in forecast(History(MONDAY, tuple(past))).hours:
        assert 0 <= hour.low <= hour.high
        assert hour.expected >= 0


@pytest.mark.parametrize("scatter", SCATTERS)
@pytest.mark.parametrize("mean", [0.2, 3.0, 40.0])
def test_a_band_holds_four_of_five_of_what_it_is_for(scatter, mean):
    low, high = band(np.array([mean]), scatter)
    size = 1 / scatter
    came = np.random.default_rng(1).negative_binomial(size, size / (size + mean), 100_000)
    held = np.mean((low <= came) & (came <= high))
    assert held >= 0.795
    assert np.mean((low + 1 <= came) & (came <= high)) <= 0.9 + 0.005  # nor does one edge hold all
    assert np.mean(came > high) <= 0.105


def test_four_of_five_hours_lie_in_the_range_where_cases_come_at_random():
    coverage = [judged(one, tried(one, profile)).coverage for one in map(_seeded, range(4))]
    assert 0.76 <= np.mean(coverage) <= 0.88


def _seeded(seed: int) -> History:
    return rhythm(9, seed=seed)


def test_a_rhythm_is_foretold_much_better_than_by_repeating():
    told = forecast(rhythm(8))
    assert not told.falls_back
    assert told.backtest.gain > 0.2
    assert told.backtest.season == WEEK_HOURS
    assert "less than last week's same hour" in told.why
    busy, quiet = told.hours[15].expected, told.hours[3].expected
    assert busy == pytest.approx(20 * 1.8, rel=0.15)
    assert quiet == pytest.approx(20 * 0.2, rel=0.35)


def test_where_repeating_is_better_it_repeats_and_says_so():
    """A shop that writes to its customers in another hour of each day, the same every week."""
    week = np.random.default_rng(7).integers(0, 60, WEEK_HOURS)
    told = forecast(History(MONDAY, tuple(np.tile(week, 8).tolist())))
    assert told.falls_back
    assert told.why.startswith("It repeats last week's same hour.")
    assert "no better" in told.why
    assert [hour.expected for hour in told.hours] == week.tolist()


def test_where_there_are_only_days_it_is_the_day_that_is_repeated():
    day = tuple(np.random.default_rng(7).integers(0, 60, DAY_HOURS).tolist())
    told = forecast(History(MONDAY, day * 10, frozenset({9 * DAY_HOURS + 5})))
    assert told.why.startswith("It repeats yesterday's same hour.")
    assert [hour.expected for hour in told.hours] == [
        *day
    ] * 7  # the crisis at five is the day before


def test_of_white_noise_the_mean_is_better_than_repeating():
    noise = np.random.default_rng(1).poisson(8, 8 * WEEK_HOURS)
    told = forecast(History(MONDAY, tuple(noise.tolist())))
    assert not told.falls_back
    assert 0.2 < told.backtest.gain < 0.32  # at best 1 - 1/sqrt(2), the mean against one draw


def test_a_crisis_is_not_expected_again():
    calm = rhythm(6)
    stormy = list(calm.counts)
    storm = range(5 * WEEK_HOURS + 60, 5 * WEEK_HOURS + 70)
    for hour in storm:
        stormy[hour] += 400
    known = forecast(History(MONDAY, tuple(stormy), frozenset(storm)))
    unknown = forecast(History(MONDAY, tuple(stormy)))
    same = slice(60, 70)
    usual = sum(hour.expected for hour in forecast(calm).hours[same])
    assert sum(hour.expected for hour in known.hours[same]) == pytest.approx(usual, rel=0.05)
    assert sum(hour.expected for hour in unknown.hours[same]) > 1.5 * usual
    assert "10 hours of crises left out" in known.why


def test_who_knows_nothing_but_crises_expects_what_they_brought():
    for hours in (3 * DAY_HOURS, 5 * WEEK_HOURS):
        seen = forecast(History(MONDAY, (6,) * hours, frozenset(range(hours))))
        assert seen.expected == pytest.approx(6 * WEEK_HOURS)
        assert "all of them of crises" in seen.why
    seen = forecast(History(MONDAY, (6,) * 99, frozenset({5})))
    assert "1 hour of crises left out" in seen.why


def test_repeating_takes_the_week_before_instead_of_a_crisis():
    past = tuple([3] * WEEK_HOURS + [50] * WEEK_HOURS)
    crisis = frozenset(range(WEEK_HOURS + 5, WEEK_HOURS + 8))
    found = repeated_calm(History(MONDAY, past, crisis), WEEK_HOURS)
    assert found[4:9].tolist() == [50, 3, 3, 3, 50]
    assert repeated(History(MONDAY, past, crisis), WEEK_HOURS)[6] == 50


def test_two_days_of_history_give_a_wide_answer_that_says_so():
    told = forecast(History(MONDAY, tuple([10] * 48)))
    assert told.backtest is None
    assert "too short to try" in told.why
    assert all(hour.low <= 2 and hour.high >= 20 for hour in told.hours)


def test_days_are_tried_where_there_are_no_weeks_yet():
    told = forecast(rhythm(1))
    assert told.backtest.horizon == told.backtest.season == 24
    assert str(told.backtest.repeats) == "yesterday's same hour"


@pytest.mark.parametrize("past", [(), (0,) * 500])
def test_without_a_case_there_is_nothing_to_foretell(past):
    told = forecast(History(MONDAY, past))
    assert told.hours == ()
    assert told.why == "No case so far: there is nothing to learn from."


@pytest.mark.parametrize(
    ("ends", "hours"),
    [(datetime(2026, 3, 27, 23, tzinfo=UTC), 23), (datetime(2026, 10, 23, 22, tzinfo=UTC), 25)],
)
def test_a_day_on_which_clocks_change_has_its_23_or_25_hours(ends, hours):
    start = ends - 4 * WEEK_HOURS * HOUR
    history = History(start, rhythm(4).counts, zone="Europe/Berlin")
    days = forecast(history).by_day()
    changed = {day: len(its) for day, its in days.items() if day.weekday() == 6}
    assert list(changed.values()) == [hours]
    assert sum(map(len, days.values())) == WEEK_HOURS


def test_rhythms_follow_the_clock_on_the_wall_when_it_changes():
    """Who writes in office hours by their own clock does so in summer, too."""
    start = datetime(2026, 3, 1, 23, tzinfo=UTC)
    office = [9 <= number % 24 < 17 for number in range(4 * WEEK_HOURS - DAY_HOURS)]
    dice = np.random.default_rng(1)
    came = tuple(int(dice.poisson(30)) if is_open else 0 for is_open in office)
    steady = tuple(30 if is_open else 0 for is_open in office)
    for past, repeats in ((came, False), (steady, True)):
        told = forecast(History(start, past, zone="Europe/Berlin"))
        assert told.falls_back == repeats
        whole_days = [day for day in told.by_day().values() if len(day) >= 23]
        assert len(whole_days) == 7
        for day in whole_days:
            busy = [hour.at.astimezone(_BERLIN).hour for hour in day if hour.expected > 15]
            assert busy == list(range(9, 17))


def test_hours_are_counted_from_the_first_case_to_the_last_full_hour():
    moments = [MONDAY + timedelta(minutes=minutes) for minutes in (70, 65, 130, 239, 241)]
    spikes = [(MONDAY + 2.5 * HOUR, MONDAY + 3.2 * HOUR)]
    found = History.of(moments, since=MONDAY, until=MONDAY + 4.5 * HOUR, spikes=spikes)
    assert found == History(MONDAY + HOUR, (2, 1, 1), frozenset({1, 2}))
    assert found.end == MONDAY + 4 * HOUR


def test_a_team_that_had_no_case_in_the_morning_has_had_hours_without_any():
    hours = {MONDAY + 10 * HOUR: 4}
    case = {"until": MONDAY + 12 * HOUR}
    assert History.counted(hours, begun=MONDAY + HOUR / 2, **case).counts == (*[0] * 10, 4, 0)
    long_ago = History.counted(hours, begun=MONDAY - timedelta(days=30), **case)
    assert long_ago.start == MONDAY - 14 * HOUR
    assert History.counted(hours, begun=MONDAY + 11 * HOUR, **case).start == MONDAY + 10 * HOUR
    alone, known = History.counted(hours, **case), History.counted(hours, begun=MONDAY, **case)
    assert forecast(known).expected < forecast(alone).expected / 2

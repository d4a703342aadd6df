"""Since when a crisis grew, on series made by hand."""

from datetime import timedelta

from mentions.series import Series
from tests.untagged.world import HOUR, MINUTE, NOON
from untagged.incidents.rise import rise

QUARTER = 15 * MINUTE
CALM = (1, 0, 1, 0) * 24
START = NOON - 12 * HOUR - timedelta(days=9)


def series(*today: int, calm_days: int = 9) -> Series:
    """Calm days with two posts an hour, then this day from midnight on."""
    start = START + timedelta(days=9 - calm_days)
    return Series("Acme", "negative", start, QUARTER, CALM * calm_days + today)


def test_a_rise_begins_with_the_first_restless_quarter_and_crosses_with_its_hour() -> None:
    seen = rise(series(*CALM[:48], 4, 4, 5, 9, 20, 20), began=NOON + HOUR)
    assert seen.onset == NOON  # five in the hour, two expected
    assert seen.crossed_at == NOON + 45 * MINUTE  # thirteen in the hour to then


def test_it_looks_a_day_back_at_most() -> None:
    busy = series(*(9,) * 96, *(20,) * 96)
    noticed = START + timedelta(days=10, hours=20)
    assert rise(busy, began=noticed).onset >= noticed - timedelta(hours=24)


def test_little_is_no_crossing_however_many_times_the_expected() -> None:
    seen = rise(series(*CALM[:48], 2, 2, 2, 2), began=NOON + 45 * MINUTE)
    assert seen.crossed_at is None


def test_where_nothing_was_known_before_nothing_is_crossed() -> None:
    seen = rise(series(*CALM[:48], 9, 9, 20, 20, calm_days=0), began=NOON + HOUR)
    assert seen.crossed_at is None


def test_an_empty_series_begins_when_it_was_noticed() -> None:
    nothing = Series("Acme", "negative", START, QUARTER, (0,) * 96)
    assert rise(nothing, began=NOON).onset == NOON
    assert rise(Series("Acme", "negative", NOON, QUARTER, ()), began=NOON).crossed_at is None

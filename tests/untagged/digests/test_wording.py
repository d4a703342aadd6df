"""Numbers, shares and stretches of time read as people say them."""

from datetime import UTC, datetime, timedelta

import pytest

from nlp.proportions import proportion
from untagged.digests.wording import (
    said_count,
    said_names,
    said_period,
    said_range,
    said_share,
    said_stretch,
)

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (MONDAY, MONDAY + 7 * DAY, "2 to 8 Mar 2026"),
        (MONDAY, MONDAY + DAY, "2 Mar 2026"),
        (MONDAY - 7 * DAY, MONDAY, "23 Feb to 1 Mar 2026"),
        (MONDAY - 90 * DAY, MONDAY, "2 Dec 2025 to 1 Mar 2026"),
        (MONDAY + HOUR, MONDAY + DAY, "2 Mar 01:00 2026 to 3 Mar 00:00 2026 UTC"),
    ],
)
def test_a_period_is_named_by_its_first_and_last_day(
    since: datetime, until: datetime, words: str
) -> None:
    assert said_period(since, until) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0 %"), (0.001, "under 1 %"), (0.314, "31 %"), (1.0, "100 %")],
)
def test_a_share_that_is_small_is_not_called_none(share: float, words: str) -> None:
    assert said_share(share) == words


def test_a_share_stands_with_its_range() -> None:
    assert said_range(proportion(0.31, 900)) == "31 % (28–34)"


def test_counts_and_names_are_words() -> None:
    assert [said_count(n, "mention") for n in (0, 1, 1_204)] == [
        *("no mentions", "1 mention"),
        "1,204 mentions",
    ]
    assert said_count(2, "person", "people") == "2 people"
    assert said_names(["a"]) == "a"
    assert said_names(["a", "b", "c", "d"], most=2) == "a, b and 2 more"
    assert said_names([]) == ""


def test_a_stretch_says_its_end_or_that_it_goes_on() -> None:
    assert said_stretch(MONDAY, MONDAY + HOUR) == "from 2 Mar 00:00 to 01:00 UTC"
    assert said_stretch(MONDAY, MONDAY + DAY) == "from 2 Mar 00:00 to 3 Mar 00:00 UTC"
    assert said_stretch(MONDAY, None) == "since 2 Mar 00:00 UTC"

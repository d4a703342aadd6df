"""What is counted once an hour is counted anew in the next one."""

from datetime import UTC, datetime, timedelta

from untagged.web import hourly
from untagged.web.hourly import Hourly

NOON = datetime(2026, 3, 4, 12, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_figures_are_kept_until_the_hour_is_over() -> None:
    kept, asked = Hourly(), list[datetime]()

    def count(now: datetime) -> int:
        asked.append(now)
        return len(asked)

    looks = [NOON, NOON + 54 * MINUTE, NOON + 55 * MINUTE, NOON + 56 * MINUTE]
    told = [kept.counted("cases", count, now=now) for now in looks]
    assert told == [(1, NOON), (1, NOON), (2, looks[2]), (2, looks[2])]
    assert kept.counted("others", count, now=NOON) == (3, NOON)


def test_no_more_is_kept_than_there_is_room_for() -> None:
    kept = Hourly()
    for number in range(hourly.MOST_KEPT + 1):
        assert kept.counted(number, lambda _, number=number: number, now=NOON)[0] == number
    assert kept.counted(1, lambda _: -1, now=NOON)[0] == 1
    assert kept.counted(0, lambda _: -1, now=NOON)[0] == -1

"""Trends by people, not posts, against the weeks before, in a store."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from alerts.kinds.trend import TrendRule
from mentions.mention import Intent, Mention
from tests.untagged.watched import DAY, HOUR, NOW, filled, said, scene
from untagged.watches.trend import TrendWatch

WEEK = timedelta(days=7)
WISH = (Intent(label="feature_request", confidence=0.9),)


def spoken(topic: str, per_week: Iterable[int], **more: object) -> Iterator[Mention]:
    """Mentions of a topic: the last number is this week's."""
    counts = list(per_week)
    for week, count in enumerate(counts):
        until = NOW - WEEK * (len(counts) - 1 - week)
        for number in range(count):
            at = until - WEEK * ((number + 0.5) / count)
            yield said(f"{topic}-{week}-{number}", at, topics=(topic,), **more)


def told(
    folder: Path, *talk: Iterable[Mention], at: datetime = NOW, **settings: object
) -> list[str]:
    rule = TrendRule.model_validate({"name": "trends", **settings})
    with filled(folder, *talk) as store:
        found = list(TrendWatch(rule, scene(store)).found(at))
    return [one.firing.key.removeprefix("trend:trends:Acme:") for one in found]


def test_what_grows_is_told_and_what_is_always_there_is_not(tmp_path: Path) -> None:
    talk = spoken("baggage", [12, 15, 11, 14, 48]), spoken("delay", [50, 44, 57, 48, 55])
    assert told(tmp_path, *talk) == ["topic:baggage"]


def test_one_person_who_writes_often_is_no_trend(tmp_path: Path) -> None:
    talk = spoken("delay", [50] * 5), spoken("baggage", [12, 15, 11, 14, 60], by="busy")
    assert told(tmp_path, *talk) == []


def test_requests_are_a_trend_of_their_own(tmp_path: Path) -> None:
    talk = (
        spoken("seating", [3, 4, 2, 3, 20], intents=WISH, good=True),
        spoken("delay", [30] * 5),
    )
    assert told(tmp_path / "1", *talk, what=["feature_requests"]) == ["feature_request:seating"]
    talk = spoken("seating", [3, 4, 2, 3, 20], intents=WISH), spoken("delay", [30] * 5)
    assert told(tmp_path / "2", *talk, topics=["delay"]) == []
    talk = spoken("seating", [3, 4, 2, 3, 20], intents=WISH), spoken("delay", [30] * 5)
    assert told(tmp_path / "3", *talk, query="sentiment:positive") == []


def test_a_brand_heard_for_a_week_has_no_trends(tmp_path: Path) -> None:
    assert told(tmp_path, spoken("baggage", [5, 48])) == []


def test_it_looks_no_further_than_now_and_says_it_once_a_topic(tmp_path: Path) -> None:
    talk = list(spoken("baggage", [12, 15, 11, 14, 48]))
    assert told(tmp_path / "before", talk, at=NOW - 6 * DAY) == []
    with filled(tmp_path / "now", talk) as store:
        watch = TrendWatch(TrendRule(name="trends"), scene(store))
        keys = {one.firing.key for hours in range(5) for one in watch.found(NOW + hours * HOUR)}
        firings = [one.firing for one in watch.found(NOW + HOUR)]
    assert keys == {"trend:trends:Acme:topic:baggage"}
    assert firings[0].at == NOW + HOUR
    assert len(firings[0].mention_ids) == 5

"""A trend: enough people speak of a topic, far more than before, and hardly by chance."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.kinds.trend import Trend, TrendRule, trend_firing
from alerts.messages import alert_payload, render
from alerts.rules import RULE
from tests.alerts.world import HOUR, NOW, mention

WEEK = timedelta(days=7)
TREND = Trend(
    brand="Acme",
    what="topics",
    topic="baggage",
    since=NOW - WEEK,
    until=NOW,
    authors=48,
    earlier=(12, 15, 11, 14),
    expected=13.1,
    score=4.02,
    brand_times=1.14,
)


def fires(trend: Trend = TREND, **settings: Any) -> bool:
    rule = TrendRule.model_validate({"name": "trends", **settings})
    return trend_firing(rule, trend, NOW) is not None


def test_a_trend_says_how_many_people_now_and_before() -> None:
    rule = RULE.validate_python({"name": "trends", "kind": "trend"})
    assert isinstance(rule, TrendRule)
    fired = trend_firing(rule, TREND, NOW + HOUR, mention_ids=("board:1",))
    assert fired is not None
    assert fired.key == "trend:trends:Acme:topic:baggage"
    assert (fired.signal, fired.severity, fired.began) == ("topic:baggage", 4, NOW - WEEK)
    assert fired.reason == (
        "48 people spoke of baggage in the 7 d to 2 Mar 21:00 UTC, 12, 15, 11 and 14 in the same "
        "time before (3.7 times the usual): as unlikely as 1 in 10,000; Acme as a whole was "
        "mentioned by 1.1 times as many"
    )
    first = trend_firing(rule, replace(TREND, earlier=(0, 0), expected=0.25), NOW)
    assert first is not None
    assert "UTC, nobody in 2 times that before: as" in first.reason
    letter = render("trend", alert_payload(fired, alert_id=1, posts=[mention()]))
    assert letter.title == "Acme: more people speak of baggage (severity 4)"
    assert "48 people" in letter.text
    assert "48 people" in letter.html
    asked = replace(TREND, what="feature_requests", topic="seating")
    wish = trend_firing(rule, asked, NOW)
    assert wish is not None
    assert wish.key == "trend:trends:Acme:feature_request:seating"
    assert render("trend", alert_payload(wish, alert_id=1)).title.startswith(
        "Acme: more people ask for seating"
    )


@pytest.mark.parametrize(
    ("other", "settings", "is_told"),
    [
        ({}, {}, True),
        ({}, {"sensitivity": "few"}, True),
        ({"score": 3.9}, {"sensitivity": "few"}, False),
        ({"score": 2.9}, {}, False),
        ({"score": 2.9}, {"sensitivity": "many"}, True),
        ({"authors": 9, "expected": 1.0}, {}, False),
        ({"authors": 9, "expected": 1.0}, {"minimum": 9}, True),
        ({"expected": 24.1}, {}, False),
        ({}, {"sensitivity": {"score": 4.0, "times": 3.7}}, False),
        ({}, {"sensitivity": {"score": 4.0, "times": 3.6}}, True),
    ],
)
def test_the_figures_decide(other: dict[str, Any], settings: dict[str, Any], is_told: bool) -> None:
    assert fires(replace(TREND, **other), **settings) == is_told


@pytest.mark.parametrize(
    "wrong", [{"what": []}, {"what": ["words"]}, {"window": "1h"}, {"before": 1}, {"minimum": 1}]
)
def test_wrong_figures_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TrendRule.model_validate({"name": "trends", **wrong})

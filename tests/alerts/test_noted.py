"""Watchlist and influencer: single mentions that must not be missed, until they are answered."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.kinds.influencer import InfluencerRule, influencer_firings
from alerts.kinds.noted import Noted
from alerts.kinds.watchlist import WatchlistRule, watchlist_firings
from alerts.messages import alert_payload, render
from alerts.rules import RULE
from mentions.mention import Author, BrandMatch
from tests.alerts.world import HOUR, NOW, mention

BOSS = WatchlistRule(name="the boss", terms=("Jane Doe",))
ANA = Author(handle="ana", followers=12_000)


def noted(name: str = "1", why: str = "names Jane Doe", **other: Any) -> Noted:
    return Noted(mention(name, author=ANA, **other), why)


def test_each_mention_is_an_alert_of_its_own_that_says_why_and_by_whom() -> None:
    second, first = watchlist_firings(
        BOSS, [noted("1"), noted("2", published=NOW - 2 * HOUR, severity=1)], NOW
    )[::-1]
    assert first.key == "watchlist:the boss:Acme:board:2"
    assert second.key == "watchlist:the boss:Acme:board:1"
    assert (first.severity, second.severity) == (1, 2)
    assert first.began == NOW - 2 * HOUR
    assert second.reason == "a mention of Acme names Jane Doe: @ana (12,000 followers) on board"
    letter = render("watchlist", alert_payload(second, alert_id=1, posts=[mention()]))
    assert letter.title.startswith("a mention of Acme names Jane Doe")
    assert "on fire" in letter.text
    assert "on fire" in letter.html


def test_a_brands_mentions_can_be_one_alert() -> None:
    (fired,) = watchlist_firings(
        BOSS.model_copy(update={"group_by": "brand"}),
        [noted("1"), noted("2", why="names the boss")],
        NOW,
    )
    assert fired.key == "watchlist:the boss:Acme:watchlist"
    assert fired.mention_ids == ("board:1", "board:2")
    assert fired.reason.startswith("2 mentions of Acme are on the watchlist; the last names the")


@pytest.mark.parametrize(
    ("other", "is_told"),
    [
        ({}, True),
        ({"answered_at": NOW}, False),
        ({"answered_at": NOW + HOUR}, True),
        ({"published": NOW - timedelta(hours=24)}, True),
        ({"published": NOW - timedelta(hours=25)}, False),
        ({"brands": (BrandMatch(name="Bolt Bank"),)}, False),
    ],
)
def test_it_lasts_until_it_is_answered_or_old(other: dict[str, Any], is_told: bool) -> None:
    rule = BOSS.model_copy(update={"brands": ("Acme",)})
    assert bool(watchlist_firings(rule, [noted(**other)], NOW)) == is_told


def test_an_influencer_is_named_with_the_followers() -> None:
    rule = RULE.validate_python({"name": "many follow", "kind": "influencer"})
    assert isinstance(rule, InfluencerRule)
    (fired,) = influencer_firings(rule, [noted(why="complains about")], NOW)
    assert fired.key == "influencer:many follow:Acme:board:1"
    assert fired.reason == "@ana (12,000 followers) on board complains about Acme"
    assert "complains" in render("influencer", alert_payload(fired, alert_id=1)).html


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "watchlist"}, "give terms"),
        ({"kind": "watchlist", "terms": ["!!"]}, "no name or word"),
        ({"kind": "watchlist", "terms": ['"']}, "no name or word"),
        ({"kind": "watchlist", "lists": ["gods"]}, "regulators"),
        ({"kind": "watchlist", "query": "sentimnt:x"}, "sentiment"),
        ({"kind": "watchlist", "terms": ["x"], "lookback": "0h"}, "is nothing"),
        ({"kind": "influencer", "followers": None}, "give followers"),
    ],
)
def test_what_points_at_nothing_or_everything_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        RULE.validate_python({"name": "x", **wrong})

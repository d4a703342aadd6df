"""A brand that nobody mentions where mentions are usual is told, with its silent sources."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from alerts.firing import Firing
from alerts.kinds.flatline import FlatlineRule
from alerts.messages import alert_payload, render
from mentions.mention import Mention
from spiders.source import Source
from tests.untagged.watched import HOUR, MINUTE, NOW, filled, ordinary, scene
from untagged.listening import Listened
from untagged.watches.flatline import FlatlineWatch

RULE = FlatlineRule(name="quiet", of="brand")
BOARD = Listened(
    source=Source.model_validate(
        {"name": "board", "spider": "feed", "params": {"urls": ["https://board.example/feed"]}}
    ),
    state="fine",
    why="",
    health=None,
    pace=None,
    next_run_at=None,
)
SILENT = replace(BOARD, state="failing", why="failed", silent_since=NOW - 3 * HOUR)


def talk(until: datetime, *, per_hour: float = 6) -> Iterator[Mention]:
    return (m for m in ordinary(5, negative=0, other=per_hour) if m.published < until)


def told(
    folder: Path, *mentions: Iterable[Mention], rule: FlatlineRule = RULE, **more: Any
) -> list[Firing]:
    return told_at(folder, NOW, *mentions, rule=rule, **more)


def told_at(
    folder: Path,
    now: datetime,
    *mentions: Iterable[Mention],
    rule: FlatlineRule = RULE,
    **more: Any,
) -> list[Firing]:
    with filled(folder, *mentions) as store:
        return [found.firing for found in FlatlineWatch(rule, scene(store, **more)).found(now)]


def test_a_brand_that_is_no_longer_mentioned_is_told_once(tmp_path: Path) -> None:
    (firing,) = told(tmp_path, talk(NOW - 3 * HOUR))
    assert firing.key == "flatline:quiet:Acme:all"
    assert (firing.brand, firing.signal, firing.observed) == ("Acme", "all", 0)
    assert firing.expected > 10
    assert firing.reason.startswith("no mentions of Acme from ")
    assert firing.reason.endswith("were usual: all of its sources are heard")
    letter = render("flatline", alert_payload(firing, alert_id=1))
    assert letter.title == "Acme is hardly mentioned (severity 2)"
    assert "what it feeds" not in letter.text + letter.html


def test_it_began_when_the_last_was_heard_however_long_it_lasts(tmp_path: Path) -> None:
    last = NOW - 3 * HOUR
    (first,) = told_at(tmp_path / "first", NOW, talk(last))
    (later,) = told_at(tmp_path / "later", NOW + 2 * HOUR, talk(last))
    assert first.began == later.began
    assert last - 20 * MINUTE < first.began <= last


def test_it_names_the_sources_that_are_silent(tmp_path: Path) -> None:
    (firing,) = told(tmp_path, talk(NOW - 3 * HOUR), sources=[SILENT])
    assert "source board, which brought 100% of them in the week before, is silent" in firing.reason


def test_an_ordinary_lull_is_none(tmp_path: Path) -> None:
    assert told(tmp_path / "busy", talk(NOW)) == []
    assert told(tmp_path / "pause", talk(NOW - 20 * MINUTE)) == []
    assert told(tmp_path / "small", talk(NOW - 3 * HOUR, per_hour=0.5)) == []


def test_a_brand_that_was_just_added_is_none(tmp_path: Path) -> None:
    young = (m for m in talk(NOW - 3 * HOUR) if m.published > NOW - 12 * HOUR)
    assert told(tmp_path, young) == []


def test_after_is_the_shortest_that_counts(tmp_path: Path) -> None:
    long = FlatlineRule.model_validate({"name": "quiet", "of": "brand", "after": "6h"})
    assert told(tmp_path, talk(NOW - 3 * HOUR), rule=long) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"brands": ["Acme"]}, "of: brand"),
        ({"of": "brand", "sources": ["board"]}, "leave sources out"),
    ],
)
def test_a_rule_is_of_sources_or_of_brands(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        FlatlineRule.model_validate({"name": "x", **wrong})

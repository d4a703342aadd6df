"""A firm in a crisis: a week of calm, then an angry hour, and the alerts that it gives."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from alerts.firing import Firing
from alerts.kinds.spike import SpikeRule
from mentions.mention import Mention
from tests.untagged.world import HOUR, MINUTE, mention
from untagged.decisions import Decisions
from untagged.events import Event
from untagged.incidents.attending import attend
from untagged.pipeline import Pipeline

DAY = 24 * HOUR
RULE = SpikeRule(name="crisis", severity=1, notify=("chat",))
HOSTILE = (
    "Acme is down <script>alert(1)</script> @everyone see https://evil.example/x "
    "**bold** | [click](https://evil.example) # no heading"
)


def negative(number: int, at: datetime, text: str = "Acme is down again", **more: Any) -> Mention:
    """An angry post about Acme."""
    felt = {"label": "negative", "score": -0.9, "confidence": 0.9, "unsure": False, "model": "-"}
    known: dict[str, Any] = {
        "brands": [{"name": "Acme"}],
        "sentiment": felt,
        "author": {"handle": f"someone{number}", "followers": 100},
        "lang": "en",
        "topics": ("outage",),
        "needs_reply": True,
    }
    return mention(number, text, at, **{**known, **more})


def calm(until: datetime) -> Iterator[Mention]:
    """Ten days with two angry posts an hour."""
    for number in range(480):
        yield negative(number, until - 10 * DAY + number * HOUR / 2)


def outcry(since: datetime) -> Iterator[Mention]:
    """Sixty angry posts in an hour; the second is the widest, and hostile."""
    for number in range(60):
        more: dict[str, Any] = {}
        if number == 1:
            more = {"author": {"handle": "star", "name": "Star", "followers": 90_000}}
        said = HOSTILE if number == 1 else f"Acme is down, attempt {number}"
        yield negative(1_000 + number, since + number * MINUTE, said, **more)


def crisis(now: datetime, began: datetime, **other: Any) -> Firing:
    known: dict[str, Any] = {
        "key": "crisis:crisis:Acme:negative",
        "rule": "crisis",
        "kind": "crisis",
        "brand": "Acme",
        "signal": "negative",
        "at": now,
        "began": began,
        "severity": 1,
        "observed": 45.0,
        "expected": 2.0,
        "reason": "45 negative mentions in the hour, 2 expected",
    }
    return Firing(**{**known, **other})


def decide(pipeline: Pipeline, firing: Firing, *, now: datetime, **rule: Any) -> list[Event]:
    """Record it as a responding step does, attend to the incidents and tell what is due."""
    asked = RULE.model_copy(update={"name": firing.rule, **rule})
    settings = pipeline.settings.model_copy(update={"rules": (*pipeline.settings.rules, asked)})
    decisions = Decisions(settings=settings, begin=pipeline.begin)
    events = decisions.alert(asked, firing, (), now=now)
    attended(pipeline, now)
    decisions.tell(now)
    return events


def attended(pipeline: Pipeline, now: datetime) -> None:
    attend(pipeline.begin, pipeline.store, policy=pipeline.settings.incidents, now=now)

"""What `untagged init` writes sends posts where good social care would."""

from importlib.resources import files
from pathlib import Path

import pytest

from tests.untagged.world import NOON, mention
from untagged.marking import marked
from untagged.routing_now import router
from untagged.settings import Settings, load_settings


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(Path(str(files("untagged").joinpath("example.yaml")))).settings


def intents(*labels: str) -> tuple[dict[str, object], ...]:
    return tuple({"label": label, "confidence": 0.9} for label in labels)


def mood(score: float) -> dict[str, object]:
    label = "negative" if score < 0 else "positive"
    return {"label": label, "score": score, "confidence": 0.9, "unsure": False, "model": "m"}


ANGRY = {"sentiment": mood(-0.9)}
COMPLAINT = {"intents": intents("complaint")}


@pytest.mark.parametrize(
    ("fields", "rule", "team", "priority"),
    [
        ({"severity": 1}, "danger and incidents", "crisis", "urgent"),
        ({"intents": intents("incident")}, "danger and incidents", "crisis", "urgent"),
        ({"text": "I go to the ombudsman"}, "regulators are named", "senior", "high"),
        ({"author": {"followers": 20_001}}, "widely read", "senior", "high"),
        ({**COMPLAINT, **ANGRY, "troll": 0.5}, "trolls", "care", "low"),
        ({**COMPLAINT, **ANGRY, "topics": ("refund",)}, "angry but concrete", "care", "high"),
        ({**COMPLAINT, **ANGRY}, "everything else", "care", "medium"),
        ({**COMPLAINT, "topics": ("refund",)}, "everything else", "care", "medium"),
        (
            {"intents": intents("bug_report", "complaint"), **ANGRY},
            "technical problems of the angry",
            "support",
            "high",
        ),
        ({"intents": intents("bug_report")}, "technical problems", "support", "medium"),
        ({"intents": intents("purchase_intent")}, "sales leads", "sales", "medium"),
        ({"intents": intents("feature_request")}, "wishes", "product", "low"),
        ({"intents": intents("feature_request", "question")}, "questions", "care", "medium"),
        ({"intents": intents("feature_request"), **ANGRY}, "everything else", "care", "medium"),
        (
            {"text": "my photo of the new one", "intents": intents("praise")},
            "made by users",
            "marketing",
            "low",
        ),
        (
            {"intents": intents("question"), "platform": "mastodon"},
            "questions on key platforms",
            "care",
            "medium",
        ),
        ({"platform": "mastodon"}, "key platforms", "care", "medium"),
    ],
)
def test_a_post_goes_where_good_care_sends_it(
    settings: Settings, fields: dict[str, object], rule: str, team: str, priority: str
) -> None:
    base = mention(1, "pomelo", NOON, brands=({"name": "Pomelo"},), needs_reply=True)
    record = {**base.model_dump(), **fields}
    (read,) = marked([type(base).model_validate(record)])
    route = router(settings.routing, settings).route(read)
    assert (route.rule, route.team, route.priority) == (rule, team, priority)


def test_promises_are_those_of_practice(settings: Settings) -> None:
    policies = {policy.name: policy for policy in settings.sla}

    def minutes(rule_name: str, what: str) -> float | None:
        (rule,) = [rule for rule in settings.routing if rule.name == rule_name]
        span = policies[rule.sla].promise(what, rule.priority)
        return None if span is None else span.total_seconds() / 60

    assert minutes("key platforms", "first_response") == 15
    assert minutes("questions on key platforms", "first_response") == 15
    assert minutes("questions", "resolution") == 60
    for name in ("angry but concrete", "key platforms", "everything else"):
        hours = (minutes(name, "resolution") or 0) / 60
        assert 24 <= hours <= 48


def test_who_is_unhappy_is_never_left_without_a_case(settings: Settings) -> None:
    base = mention(1, "pomelo", NOON, brands=({"name": "Pomelo"},), needs_reply=True)
    asked = router(settings.routing, settings)
    for labels in (("feature_request",), ("feature_request", "complaint"), ("churn_risk",)):
        record = {**base.model_dump(), "intents": intents(*labels), **ANGRY}
        assert asked.route(type(base).model_validate(record)).no_case == ""

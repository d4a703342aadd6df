from datetime import timedelta

import pytest
from pydantic import ValidationError

from alerts.kinds.flatline import FlatlineRule
from alerts.kinds.spike import SpikeRule
from alerts.kinds.unanswered import UnansweredRule
from alerts.rules import RULE


def problem(record: dict[str, object]) -> str:
    with pytest.raises(ValidationError) as caught:
        RULE.validate_python(record)
    return str(caught.value)


def test_the_kind_decides_what_a_rule_is() -> None:
    spike = RULE.validate_python({"kind": "spike", "name": "negative spike"})
    unanswered = RULE.validate_python({"kind": "unanswered", "name": "nobody answers"})
    assert isinstance(spike, SpikeRule)
    assert isinstance(unanswered, UnansweredRule)
    assert spike.signals == ("negative",)
    assert spike.repeat is None  # the repeat_interval of the notifications
    assert unanswered.query == "needs_reply:true"
    assert unanswered.lookback == timedelta(hours=48)


def test_durations_are_written_with_their_unit() -> None:
    rule = RULE.validate_python({"kind": "unanswered", "name": "x", "after": "90m", "repeat": "1d"})
    assert isinstance(rule, UnansweredRule)
    assert (rule.after, rule.repeat) == (timedelta(minutes=90), timedelta(days=1))
    assert "has no unit" in problem({"kind": "unanswered", "name": "x", "after": 90})
    assert "write for example 90s" in problem({"kind": "spike", "name": "x", "repeat": "soon"})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"signals": ["angry"]},
            "'angry' is no signal; write one of all, negative, complaints, incid",
        ),
        ({"signals": []}, "at least 1 item"),
        ({"severity": 5}, "less than or equal to 4"),
        ({"sensitivity": "high"}, "'few', 'balanced' or 'many'"),
        ({"minimum": 0}, "greater than or equal to 1"),
        ({"minimum": 10**400}, "less than or equal to 1000000000"),
        ({"repeat": "1s"}, "is shorter than a minute"),
        ({"repeat": "9999d"}, "is longer than a year"),
        ({"repeat": "99999999999999d"}, "is longer than a year"),
        ({"threshold": 3}, "Extra inputs are not permitted"),
        ({"name": ""}, "at least 1 character"),
        ({"name": "a\nb"}, "match pattern"),
    ],
)
def test_a_wrong_spike_rule_says_what_to_mend(wrong: dict[str, object], said: str) -> None:
    assert said in problem({"kind": "spike", "name": "x", **wrong})


@pytest.mark.parametrize("wrong", [{"after": "2d"}, {"after": "3h", "lookback": "2h"}])
def test_an_unanswered_rule_that_could_never_fire_is_refused(wrong: dict[str, object]) -> None:
    assert "would never fire" in problem({"kind": "unanswered", "name": "x", **wrong})


def test_a_wrong_query_is_pointed_at() -> None:
    said = problem({"kind": "unanswered", "name": "x", "query": "needs_reply:true AND (tagged"})
    assert "at character" in said
    assert "^" in said


def test_a_rule_covers_all_brands_unless_it_names_some() -> None:
    assert SpikeRule(name="x").covers("Acme")
    assert SpikeRule(name="x", brands=("Acme",)).covers("Acme")
    assert not SpikeRule(name="x", brands=("Acme",)).covers("Nimbus Air")


def test_a_flatline_rule_is_about_sources_not_brands() -> None:
    rule = RULE.validate_python({"kind": "flatline", "name": "silence", "sources": ["board"]})
    assert isinstance(rule, FlatlineRule)
    assert rule.after == timedelta(hours=1)
    assert "write of: brand" in problem({"kind": "flatline", "name": "x", "brands": ["Acme"]})

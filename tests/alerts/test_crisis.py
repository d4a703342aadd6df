"""A crisis is judged by people, share, pace and reach, and its severity by how much there is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts.kinds.crisis import CrisisRule, crisis_firing, is_crisis, severity_of
from alerts.kinds.storm import Storm
from alerts.messages import alert_payload, render
from alerts.rules import RULE
from tests.alerts.world import HOUR, NOW

RULE_ALONE = RULE.validate_python({"name": "crisis", "kind": "crisis"})
STORM = Storm(
    brand="Acme",
    began=NOW - HOUR,
    since=NOW - HOUR,
    until=NOW,
    posts=43,
    voices=40,
    authors=38,
    expected=4.2,
    expected_voices=4.2,
    everything=53,
    usual_share=0.4,
    reach=9_000,
    usual_reach=800,
)


def storm(**other: object) -> Storm:
    return replace(STORM, **other)


def test_a_crisis_says_who_how_much_against_what_and_how_bad() -> None:
    assert isinstance(RULE_ALONE, CrisisRule)
    fired = crisis_firing(RULE_ALONE, STORM, NOW, mention_ids=("board:1",))
    assert fired is not None
    assert fired.key == "crisis:crisis:Acme:crisis"
    assert (fired.signal, fired.began, fired.at, fired.severity) == ("negative", NOW - HOUR, NOW, 3)
    assert fired.reason == (
        "43 negative mentions by 38 people in the hour to 21:00 UTC on 2 Mar, 4.2 expected at "
        "that time of day (10 times); 80% of all mentions are negative, 40% are usual; read by up "
        "to 9,000, 11 times the usual; 3 not counted, as one person or one conversation "
        "says it over and over; "
        "severity 3: over five times the expected"
    )
    letter = render("crisis", alert_payload(fired, alert_id=1))
    assert letter.title == "Crisis: Acme, 43 negative mentions, 4.2 expected (severity 3)"
    assert "by 38 people" in letter.text
    assert "by 38 people" in letter.html


@pytest.mark.parametrize(
    ("other", "is_one"),
    [
        ({}, True),
        ({"posts": 10, "voices": 10, "authors": 6, "expected_voices": 3.3, "everything": 13}, True),
        ({"voices": 9}, False),
        ({"authors": 5}, False),
        ({"expected_voices": 14.0}, False),
        ({"expected_voices": 14.0, "reach": 40_000}, True),
        ({"expected_voices": 21.0, "reach": 40_000}, False),
        ({"everything": 120}, False),
        ({"everything": 50, "usual_share": 0.8}, False),
        ({"everything": 44, "usual_share": 0.8}, True),
        ({"since": NOW - 6 * HOUR, "posts": 19, "voices": 19, "everything": 22}, False),
        ({"since": NOW - 6 * HOUR, "posts": 20, "voices": 20, "everything": 23}, True),
        ({"is_learning": True, "posts": 29, "voices": 29, "everything": 32}, False),
        ({"is_learning": True, "posts": 30, "voices": 30, "everything": 33}, True),
    ],
)
def test_the_figures_decide(other: dict[str, object], is_one: bool) -> None:
    assert is_crisis(CrisisRule(name="crisis"), storm(**other)) == is_one


@pytest.mark.parametrize(
    ("figures", "is_one"),
    [
        ({"minimum": 41}, False),
        ({"minimum_authors": 39}, False),
        ({"negative_share": 0.81}, False),
        ({"negative_share": 0.8}, True),
        ({"sensitivity": {"score": 3.0, "times": 10}}, False),
        ({"sensitivity": {"score": 3.0, "times": 10}, "reach": 9_000}, True),
        ({"sensitivity": {"score": 3.0, "times": 10}, "reach": 9_001}, False),
        ({"sensitivity": "few"}, True),
        ({"sensitivity": "many"}, True),
    ],
)
def test_exact_figures_take_the_place_of_what_is_usual(
    figures: dict[str, object], is_one: bool
) -> None:
    rule = CrisisRule.model_validate({"name": "crisis", **figures})
    assert is_crisis(rule, STORM) == is_one


@pytest.mark.parametrize(
    ("other", "severity"),
    [
        ({"voices": 13}, 4),
        ({"voices": 21}, 3),
        ({}, 3),
        ({"voices": 42}, 2),
        ({"voices": 42, "authors": 60}, 1),
        ({"voices": 13, "reach": 20_000}, 3),
        ({"voices": 13, "dangers": 3}, 2),
        ({"voices": 13, "incidents": 3}, 4),
        ({"voices": 13, "incidents": 9}, 3),
        ({"voices": 13, "regulators": 2, "regulator_names": ("FAA",)}, 3),
    ],
)
def test_the_severity_grows_with_how_much_of_it_there_is(
    other: dict[str, object], severity: int
) -> None:
    assert severity_of(storm(**other))[0] == severity


def test_the_rules_own_severity_is_the_least() -> None:
    fired = crisis_firing(CrisisRule(name="crisis", severity=1), STORM, NOW)
    assert fired is not None
    assert fired.severity == 1


@given(
    first=st.integers(1, 500),
    more=st.integers(0, 500),
    expected=st.floats(0.1, 50),
    others=st.integers(0, 500),
)
def test_more_people_who_say_it_never_end_a_crisis_nor_make_it_milder(
    first: int, more: int, expected: float, others: int
) -> None:
    rule = CrisisRule(name="crisis")
    few, many = (
        storm(
            posts=count,
            voices=count,
            authors=count,
            expected_voices=expected,
            everything=count + others,
        )
        for count in (first, first + more)
    )
    assert is_crisis(rule, many) or not is_crisis(rule, few)
    assert severity_of(many)[0] <= severity_of(few)[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"minimum": 0},
        {"negative_share": 40},
        {"sensitivity": "loud"},
        {"sensitivity": {"times": 3}},
        {"sensitivity": {"score": 3, "tims": 3}},
    ],
)
def test_a_wrong_figure_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CrisisRule.model_validate({"name": "crisis", **wrong})

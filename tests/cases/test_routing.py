"""The first rule that matches decides, says why, and a mistake in the rules is found at once."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.playbook import Playbook
from cases.routing import Router, RoutingRule
from mentions.errors import SettingsError
from mentions.query.matcher import matches
from mentions.query.parser import parse_query
from mentions.query.tree import Everything
from tests.cases.world import STANDARD, TEAMS, post
from tests.query.generated import post as generated_post
from tests.query.generated import query

REST = {"name": "everything else", "when": "*", "team": "care", "sla": "standard"}
BUGS = {
    "name": "bugs",
    "when": "intent:bug_report",
    "team": "support",
    "sla": "standard",
    "priority": "high",
    "tags": ["bug"],
}
BIG = {
    "name": "many followers",
    "when": "author.followers:>50000 AND NOT lang:de",
    "team": "care",
    "sla": "standard",
    "priority": "urgent",
}


def router(*rules, teams=TEAMS, policies=(STANDARD,)) -> Router:
    return Router(
        [RoutingRule.model_validate(one) for one in rules], teams=teams, policies=policies
    )


def bug(**fields):
    return post(intents=({"label": "bug_report", "confidence": 0.8},), **fields)


def loud(**fields):
    return post(author={"handle": "lena", "followers": 60_000}, **fields)


def test_the_first_rule_that_matches_decides():
    rules = router(BUGS, BIG, REST)
    route = rules.route(bug(author={"followers": 60_000}))
    assert (route.rule, route.team, route.priority) == ("bugs", "support", "high")
    assert (route.sla, route.tags) == ("standard", ("bug",))
    assert route.reason == 'rule "bugs": intent:bug_report'
    assert rules.route(loud()).rule == "many followers"


def test_the_order_of_the_rules_counts():
    mention = bug(author={"followers": 60_000})
    assert router(BIG, BUGS, REST).route(mention).rule == "many followers"


def test_what_no_rule_wants_goes_to_the_last():
    route = router(BUGS, BIG, REST).route(loud(lang="de"))
    assert (route.rule, route.reason) == ("everything else", 'rule "everything else": *')


@pytest.mark.parametrize(
    ("when", "fields"),
    [
        ("suitcase", {}),
        ('"lost again"', {}),
        ("tag:regulator", {"tags": ("regulator",)}),
        ("contains_personal_data:true", {"contains_personal_data": True}),
        (
            "intent:complaint AND topic:billing",
            {"intents": ({"label": "complaint", "confidence": 1},), "topics": ("billing",)},
        ),
        ("needs_reply:true AND tagged:false", {"needs_reply": True}),
        ("severity:[1 TO 2]", {"severity": 2}),
    ],
)
def test_whatever_can_be_searched_can_be_routed(when, fields):
    rules = router({**BUGS, "name": "special", "when": when}, REST)
    assert rules.route(post(**fields)).rule == "special"
    assert rules.route(post(text="thanks", published=post().published)).rule == "everything else"


def test_a_dry_run_tells_every_rule_tried():
    told = router(BUGS, BIG, REST).explain(loud())
    assert [(one.rule, one.is_match) for one in told.tried] == [
        ("bugs", False),
        ("many followers", True),
    ]
    assert told.to_json() == {
        "rule": "many followers",
        "team": "care",
        "priority": "urgent",
        "sla": "standard",
        "tags": [],
        "reason": f'rule "many followers": {BIG["when"]}',
        "playbook": "",
        "no_case": "",
        "tried": [
            {
                "rule": "bugs",
                "when": "intent:bug_report",
                "is_match": False,
                "why": "intent:bug_report is false: the post has none",
            },
            {
                "rule": "many followers",
                "when": BIG["when"],
                "is_match": True,
                "why": "author.followers:>50000 is true: 60000; lang:de is false: en",
            },
        ],
    }


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ((), "no rule takes what the others leave"),
        ((BUGS,), "no rule takes what the others leave.*when: '\\*'"),
        ((REST, BUGS), '"bugs": it is never reached: "everything else" above it'),
        ((BUGS, {**BUGS, "name": "bugs again"}, REST), '"bugs again": it is never reached: "bugs"'),
        ((BUGS, BUGS, REST), 'two routing rules are called "bugs"'),
        (({**BUGS, "when": "intent:(bug"}, REST), 'routing rule "bugs": when: .*character'),
        (({**BUGS, "when": "colour:red"}, REST), 'routing rule "bugs": when: '),
        (
            ({**BUGS, "team": "suport"}, REST),
            "\"bugs\": there is no team 'suport'; .* care, support",
        ),
        (({**BUGS, "sla": "fast"}, REST), "\"bugs\": there is no sla 'fast'; expected .* standard"),
    ],
)
def test_a_mistake_in_the_rules_is_named_with_what_was_expected(rules, said):
    with pytest.raises(SettingsError, match=f"(?s){said}"):
        router(*rules)


@pytest.mark.parametrize(
    "wrong", [{"priority": "asap"}, {"when": ""}, {"team": ""}, {"then": "x"}, {"sla": None}]
)
def test_a_rule_that_says_too_little_or_too_much_is_refused(wrong):
    with pytest.raises(ValidationError):
        RoutingRule.model_validate({**BUGS, **wrong})


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_the_first_match_decides_and_the_dry_run_agrees(seed):
    rng = Random(seed)
    written = (query(rng) for _ in range(5))
    asked = [parse_query(one) for one in written if "now" not in one]  # rules know no now
    made = {one.tree: one.text for one in asked if one.tree != Everything()}
    rules = [{**BUGS, "name": f"rule {at}", "when": when} for at, when in enumerate(made.values())]
    one, known = generated_post(rng, 1), router(*rules, REST)
    explanation = known.explain(one)
    assert explanation.route == known.route(one)
    holding = [rule["name"] for rule in (*rules, REST) if matches(_tree(rule), one)]
    assert explanation.route.rule == holding[0]
    *others, last = explanation.tried
    assert (last.rule, last.is_match, last.why.holds) == (holding[0], True, True)
    assert not any(tried.is_match or tried.why.holds for tried in others)
    assert [tried.rule for tried in explanation.tried] == [rule["name"] for rule in (*rules, REST)][
        : len(explanation.tried)
    ]


def _tree(rule):
    return parse_query(rule["when"]).tree


@pytest.mark.parametrize(
    ("opens", "labels", "is_opened"),
    [
        ("always", ("complaint",), True),
        ("never", ("question",), False),
        ("question", ("feature_request", "question"), True),
        ("question", ("feature_request",), False),
        ("question", (), False),
    ],
)
def test_a_rule_may_open_no_case_and_says_so(opens, labels, is_opened):
    mention = post(intents=tuple({"label": label, "confidence": 1} for label in labels))
    route = router({**REST, "opens": opens}).route(mention)
    assert (route.no_case == "") is is_opened
    assert is_opened or 'rule "everything else" opens' in route.no_case
    assert route.handled == "no case: everything else"


def test_a_rule_brings_the_playbook_that_it_names():
    book = Playbook(name="bugs", steps=("Reproduce it",))
    rules = [RoutingRule.model_validate(one) for one in ({**BUGS, "playbook": "bugs"}, REST)]
    known = Router(rules, playbooks=[book])
    assert known.route(bug()).playbook == book
    assert known.route(post()).playbook is None
    assert known.route(bug()).to_json()["playbook"] == "bugs"
    with pytest.raises(SettingsError, match="there is no playbook 'bugs'; there are none yet"):
        Router(rules, playbooks=[])

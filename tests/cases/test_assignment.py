"""Everybody gets their turn, nobody gets what they cannot take, and the reason is said."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.assignment import pick
from cases.team import Agent, Team, find_team
from mentions.errors import NotFound


def team(*agents: Agent) -> Team:
    return Team(name="care", agents=agents)


ANA = Agent(name="ana", languages=("en", "es"))
BEN = Agent(name="ben", languages=("de",))
CY = Agent(name="cy")


def choose(of: Team, waiting=(), loads=None, lang="und"):
    return pick(of, waiting=waiting, loads=loads or {}, lang=lang)


def test_the_turn_goes_round():
    of = team(ANA, BEN, CY)
    waiting: tuple[str, ...] = ()
    got = []
    for _ in range(6):
        chosen = choose(of, waiting)
        got.append(chosen.agent)
        waiting = chosen.waiting
    assert got == ["ana", "ben", "cy"] * 2


@given(agents=st.integers(1, 8), cases=st.integers(0, 60))
def test_equal_agents_get_equal_work_within_one(agents, cases):
    of = team(*(Agent(name=f"agent {n}") for n in range(agents)))
    waiting: tuple[str, ...] = ()
    got: Counter[str] = Counter({agent.name: 0 for agent in of.agents})
    for _ in range(cases):
        chosen = choose(of, waiting)
        waiting = chosen.waiting
        got[chosen.agent] += 1
    assert max(got.values()) - min(got.values()) <= 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["en", "de", "es", "fr", "und"]),
            st.sets(st.sampled_from(["ana", "ben", "cy"]), max_size=2),
        ),
        max_size=40,
    )
)
def test_nobody_gets_a_case_while_away_or_in_a_language_that_a_colleague_lists(posts):
    waiting: tuple[str, ...] = ()
    for lang, away in posts:
        of = team(*(one.model_copy(update={"away": one.name in away}) for one in (ANA, BEN, CY)))
        chosen = choose(of, waiting, lang=lang)
        assert chosen.agent not in away
        if chosen.agent:
            languages = of.agent(chosen.agent).languages
            assert lang in (*languages, "und") or not languages
        waiting = chosen.waiting or waiting


def test_whoever_was_skipped_comes_first_next_time():
    away = team(ANA.model_copy(update={"away": True}), BEN, CY)
    first = choose(away)
    second = choose(away, first.waiting)
    assert (first.agent, second.agent) == ("ben", "cy")
    assert choose(team(ANA, BEN, CY), second.waiting).agent == "ana"


def test_the_reason_names_the_turn_and_who_was_skipped():
    of = team(ANA.model_copy(update={"away": True}), BEN.model_copy(update={"capacity": 2}), CY)
    assert choose(of, loads={"ben": 2}).reason == (
        "round robin in care: cy's turn (ana is away; ben is at capacity 2)"
    )
    assert choose(team(ANA, BEN), lang="de").reason == "round robin in care, de: ben's turn"


def test_a_case_stays_unassigned_with_the_reason_if_nobody_can_take_it():
    of = team(ANA, BEN.model_copy(update={"away": True}))
    chosen = choose(of, lang="de")
    assert chosen.agent == ""
    assert chosen.reason == ("unassigned: nobody in care, de can take it now (ben is away)")
    assert choose(team()).reason == "unassigned: team care has no agents"


def test_an_agent_below_capacity_is_given_more():
    of = team(BEN.model_copy(update={"capacity": 2}))
    assert choose(of, loads={"ben": 1}).agent == "ben"
    assert choose(of, loads={"ben": 2}).agent == ""


def test_a_language_nobody_lists_goes_to_anybody_and_says_so():
    chosen = choose(team(ANA, BEN), lang="fr")
    assert chosen.agent == "ana"
    assert "nobody there lists fr" in chosen.reason


def test_an_agent_who_lists_no_language_takes_every_language():
    assert choose(team(BEN, CY), lang="en").agent == "cy"


def test_an_unknown_language_goes_to_whoever_is_next():
    assert choose(team(ANA, BEN), waiting=("ben", "ana"), lang="und").agent == "ben"


def test_whoever_joins_the_team_comes_first_and_whoever_left_is_forgotten():
    chosen = choose(team(BEN, CY), waiting=("ana", "ben"))
    assert chosen.agent == "cy"
    assert chosen.waiting == ("ben", "cy")


def test_two_agents_of_one_name_are_refused():
    with pytest.raises(ValidationError, match="two agents are called 'ana'"):
        team(ANA, ANA)


def test_a_language_is_written_as_a_code():
    with pytest.raises(ValidationError, match="no language code"):
        Agent(name="ana", languages=("English",))
    assert Agent(name="ana", languages=("EN",)).languages == ("en",)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(NotFound, match="it has ana, ben"):
        team(ANA, BEN).agent("bem")
    with pytest.raises(NotFound, match="the settings have care"):
        find_team([team(ANA)], "car")

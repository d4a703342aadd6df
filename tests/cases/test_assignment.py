"""Everybody gets their turn, nobody gets what they cannot take, and the reason is said."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.assignment import Need, pick
from cases.calendar import Calendar
from cases.team import Absence, Agent, Team, find_team
from mentions.errors import NotFound
from tests.cases.world import HOUR, MINUTE, NOON


def team(*agents: Agent) -> Team:
    return Team(name="care", agents=agents)


ANA = Agent(name="ana", languages=("en", "es"))
BEN = Agent(name="ben", languages=("de",))
CY = Agent(name="cy")


def choose(of: Team, waiting=(), *, loads=None, lang="und", intent="", now=NOON, **known):
    need = Need(lang=lang, intent=intent)
    return pick(of, waiting=waiting, loads=loads or {}, need=need, now=now, **known)


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


def test_the_least_busy_for_their_capacity_gets_it_where_the_team_is_balanced():
    big, small = Agent(name="ana", capacity=10), Agent(name="ben", capacity=4)
    of = Team(name="care", agents=(big, small), assignment="balanced")
    chosen = choose(of, loads={"ana": 4, "ben": 2})
    assert (chosen.agent, chosen.reason) == ("ana", "balanced in care: ana has 4 of 10")
    assert choose(of, loads={"ana": 6, "ben": 2}).agent == "ben"
    assert choose(of, waiting=("ben", "ana"), loads={"ana": 5, "ben": 2}).agent == "ben"


def test_who_knew_the_author_last_gets_it_if_they_can():
    of = team(ANA, BEN, CY)
    assert choose(of, knew="cy").reason == "cy of care knew the author last"
    away = team(ANA, BEN, CY.model_copy(update={"away": True}))
    assert choose(away, knew="cy").agent == "ana"


def test_an_intent_goes_to_who_lists_it_or_lists_none():
    expert, other = (
        Agent(name="eva", intents=("bug_report",)),
        Agent(name="gus", intents=("praise",)),
    )
    assert choose(team(expert, other), intent="praise").reason.endswith("care, praise: gus's turn")
    assert choose(team(other, CY), intent="bug_report").agent == "cy"
    assert "nobody there lists question" in choose(team(expert), intent="question").reason


def test_an_agent_off_shift_gets_nothing_and_the_reason_says_until_when():
    office = Calendar(zone="Europe/Berlin", hours={"mon-fri": "08:00-12:00"})
    of = Team(name="care", agents=(ANA, CY.model_copy(update={"calendar": office})))
    assert choose(of, waiting=("cy", "ana")).agent == "ana"
    closed = Team(name="care", agents=(ANA,), calendar=office)
    assert "ana is off until Tue 3 Mar 08:00 Europe/Berlin" in choose(closed).reason
    assert choose(closed, now=NOON - 3 * HOUR).agent == "ana"


def test_an_absence_ends_on_its_first_day_back_by_the_clock_where_they_work():
    absence = {"from": "2026-03-02", "until": "2026-03-03"}
    ana = Agent.model_validate({"name": "ana", "absences": [absence]})
    kiritimati = Calendar(zone="Pacific/Kiritimati", hours={"mon-sun": "00:00-24:00"})
    assert choose(team(ana)).reason.endswith("(ana is away until 2026-03-03)")
    assert choose(team(ana), now=NOON + 12 * HOUR).agent == "ana"
    early = ana.model_copy(update={"calendar": kiritimati})  # 14 hours ahead: 3 March already
    assert choose(team(early)).agent == "ana"
    assert not choose(team(early), now=NOON - 14 * HOUR).agent


def test_who_is_away_until_a_moment_is_back_from_it_on():
    ana = Agent(name="ana", away_until=NOON)
    assert choose(team(ana), now=NOON - MINUTE).agent == ""
    assert choose(team(ana), now=NOON).agent == "ana"


def test_an_absence_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValidationError, match="the first day back"):
        Absence.model_validate({"from": "2026-03-02", "until": "2026-03-02"})

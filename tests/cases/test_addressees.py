"""A note names colleagues with an @, whatever else has an @ in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.addressees import mistyped_in, named_in

AGENTS = ["ana", "ana maria", "ben", "Ödön", "Cy O'Neil", "ana.b"]


def called(text: str) -> list[str]:
    return [one.agent for one in named_in(text, AGENTS)]


@pytest.mark.parametrize(
    ("text", "agents"),
    [
        ("@ana can you look?", ["ana"]),
        ("ask @ANA, or @Ben.", ["ana", "ben"]),
        ("(@ben) -@ben @ben's", ["ben", "ben", "ben"]),
        ("@ana maria knows, @ana  Maria too", ["ana maria", "ana maria"]),
        ("@ana marias idea", ["ana"]),
        ('@"ana maria" and @" ben "', ["ana maria", "ben"]),
        ("@ödön @cy o'neil", ["Ödön", "Cy O'Neil"]),
        ("@ana.b and @ana.", ["ana.b", "ana"]),
    ],
)
def test_the_longest_name_that_fits_is_named(text, agents):
    assert called(text) == agents


@pytest.mark.parametrize(
    "text",
    [
        "mail ana@example.com or ben@ana.example",
        "@anabel, @ana-lena, @ana_b and @ben.example",
        "@ana@example.social wrote",
        "https://social.example/@ana",
        "@ ana, @, @@ana and ana",
        '@"ana and @"',
    ],
)
def test_what_only_looks_like_a_name_names_nobody(text):
    assert called(text) == [] or text.startswith('@"ana')


def test_two_who_differ_in_case_alone_are_told_apart():
    assert [one.agent for one in named_in("@Ana @ana @ANA", ["ana", "Ana"])] == [
        "Ana",
        "ana",
        "ana",
    ]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("@anna look", {"anna": "ana"}),
        ('@"ana mara" look', {"ana mara": "ana maria"}),
        ("@cy look", {"cy": "Cy O'Neil"}),
        ("@ana look, @Zoe too", {}),
        ("ana@benn.example @bem@example.social", {}),
    ],
)
def test_a_name_that_was_nearly_right_is_pointed_out(text, meant):
    assert mistyped_in(text, AGENTS) == meant


NAMES = st.lists(
    st.text(st.characters(categories=("L", "N", "Zs", "P", "S")), min_size=1, max_size=20)
    .map(str.strip)
    .filter(lambda name: name.split() and '"' not in name),
    min_size=1,
    max_size=6,
    unique=True,
)


@given(NAMES, st.text(max_size=80))
def test_whoever_is_named_is_an_agent_and_stands_there(names, text):
    for one in named_in(text, names):
        assert one.agent in names
        assert text[one.start] == "@"
        assert 0 <= one.start < one.end <= len(text)
    mistyped_in(text, names)


@given(NAMES)
def test_every_name_can_be_written_in_quotes(names):
    for name in names:
        assert [one.agent for one in named_in(f'so: @"{name}"!', names)] == [name]

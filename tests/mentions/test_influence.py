"""Influence: how wide a crowd sees a post."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.influence import influence_of
from mentions.mention import Author, Engagement
from tests.stores.posts import post

LEVELS = ("low", "medium", "high")


@pytest.mark.parametrize(
    ("followers", "verified", "reactions", "level"),
    [
        (None, None, 0, "low"),
        (9_999, None, 99, "low"),
        (10_000, None, 0, "medium"),
        (100_000, None, 0, "high"),
        (1_000, True, 0, "medium"),
        (10_000, True, 0, "high"),
        (1_000, False, 0, "low"),
        (None, None, 1_000, "medium"),
        (None, None, 10_000, "high"),
        (20, None, 100, "medium"),
        (21, None, 100, "low"),
        (None, None, 100, "low"),
    ],
)
def test_followers_a_verified_name_and_reactions_make_influence(
    followers, verified, reactions, level
):
    assert influence_of(followers, verified=verified, reactions=reactions).level == level


COUNTS = st.integers(0, 10**7)


@given(COUNTS, st.none() | st.booleans(), COUNTS)
def test_a_reason_says_what_was_counted(followers, verified, reactions):
    said = influence_of(followers, verified=verified, reactions=reactions)
    if said.is_wide:
        assert f"{followers:,}" in said.reason or f"{reactions:,}" in said.reason
    else:
        assert said.reason == "few see it"


@given(COUNTS, COUNTS)
def test_a_verified_name_is_never_less(followers, reactions):
    levels = [
        LEVELS.index(influence_of(followers, verified=verified, reactions=reactions).level)
        for verified in (None, False, True)
    ]
    assert levels == sorted(levels)


def test_influence_follows_what_a_later_collecting_counts():
    few = post("1", author=Author(handle="ana", followers=50))
    assert few.influence.level == "low"
    spread = few.model_copy(update={"engagement": Engagement(likes=400, shares=100)})
    assert spread.influence.reason == "500 reacted, of 50 followers"

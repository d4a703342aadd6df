"""Shares of sentiment sum to one, are as wide as their doubt, and claim no change beyond it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.proportions import Z, difference, proportion
from nlp.sentiment_shares import LABELS, Readings, sentiment_shares

COUNTS = st.fixed_dictionaries({label: st.integers(0, 10_000) for label in LABELS})
SIZES = st.floats(0.1, 1e6)
SHARES = st.floats(0, 1)


def readings(positive: int, neutral: int, negative: int, **more: object) -> Readings:
    sure = {"positive": positive, "neutral": neutral, "negative": negative}
    return Readings(sure, voices=positive + neutral + negative, **more)


@given(COUNTS, COUNTS, st.integers(0, 500), st.integers(0, 30_000))
def test_shares_sum_to_one_and_lie_in_their_ranges(sure, unsure, unread, voices):
    shares = sentiment_shares(Readings(sure, unsure, unread, voices))
    if shares is None:
        assert not sum(sure.values()) + sum(unsure.values())
        return
    three = [getattr(shares, label) for label in LABELS]
    assert math.isclose(sum(one.share for one in three), 1, abs_tol=1e-9)
    assert all(0 <= one.low <= one.share <= one.high <= 1 for one in three)
    assert -1 <= shares.net.low <= shares.net.points <= shares.net.high <= 1
    assert math.isclose(shares.net.points, three[0].share - three[2].share, abs_tol=1e-9)


@given(SHARES, SIZES, SIZES)
def test_more_posts_never_make_a_range_wider(share, one, other):
    few, many = proportion(share, min(one, other)), proportion(share, max(one, other))
    assert many.high - many.low <= few.high - few.low + 1e-9


@given(SHARES, SIZES, SHARES, SIZES)
def test_a_difference_turned_round_is_the_same_with_another_sign(share, size, other, of):
    here, there = proportion(share, size), proportion(other, of)
    one, turned = difference(here, there), difference(there, here)
    assert one.low <= one.points <= one.high
    assert math.isclose(one.low, -turned.high, abs_tol=1e-9)
    assert one.is_sure == turned.is_sure


@given(SHARES, SIZES, SIZES)
def test_a_share_that_did_not_move_is_never_called_changed(share, size, of):
    assert not difference(proportion(share, size), proportion(share, of)).is_sure


def test_the_range_is_wilsons():
    """Newcombe, Statistics in Medicine 17 (1998), 857-872, table I: 81 of 263, 15 of 148."""
    one, other = proportion(81 / 263, 263), proportion(15 / 148, 148)
    assert (round(one.low, 4), round(one.high, 4)) == (0.2553, 0.3662)
    assert (round(other.low, 4), round(other.high, 4)) == (0.0624, 0.1605)


def test_the_range_of_a_difference_is_newcombes():
    """Newcombe, Statistics in Medicine 17 (1998), 873-890, table II: 56/70 less 48/80."""
    one = difference(proportion(56 / 70, 70), proportion(48 / 80, 80))
    assert (round(one.low, 4), round(one.high, 4)) == (0.0524, 0.3339)


def test_of_nothing_read_there_are_no_shares():
    assert sentiment_shares(Readings()) is None
    assert sentiment_shares(Readings(unread=12, voices=12)) is None


def test_an_unsure_reading_counts_half_and_makes_the_range_wider():
    sure = sentiment_shares(readings(20, 50, 30))
    mixed = sentiment_shares(
        Readings({"neutral": 40, "positive": 20}, {"negative": 40}, voices=100)
    )
    assert sure is not None
    assert mixed is not None
    assert mixed.negative.share == pytest.approx(0.2)
    assert mixed.neutral.share == pytest.approx(0.5)
    assert mixed.negative.size < 100 == sure.negative.size
    assert mixed.unsure == 40


def test_one_person_who_writes_all_of_it_is_one_voice():
    alone = sentiment_shares(Readings({"negative": 90, "neutral": 10}, voices=2))
    many = sentiment_shares(Readings({"negative": 90, "neutral": 10}, voices=100))
    assert alone is not None
    assert many is not None
    assert alone.negative.size == pytest.approx(2)
    assert alone.negative.high - alone.negative.low > 0.5 > many.negative.high - many.negative.low


def test_the_range_holds_the_share_of_people_as_well():
    people = {"negative": 1, "neutral": 19}
    shares = sentiment_shares(Readings({"negative": 30, "neutral": 20}, voices=20, people=people))
    assert shares is not None
    assert shares.negative.share == pytest.approx(0.6)
    assert shares.negative.low < 0.05


def test_what_the_ranges_support_is_called_a_change_and_nothing_else():
    before, worse = sentiment_shares(readings(30, 48, 22)), sentiment_shares(readings(20, 49, 31))
    assert before is not None
    assert worse is not None
    assert not difference(worse.negative, before.negative).is_sure
    before = sentiment_shares(readings(300, 480, 220))
    worse = sentiment_shares(readings(200, 490, 310))
    assert before is not None
    assert worse is not None
    assert difference(worse.negative, before.negative).is_sure


def test_a_sure_change_that_is_too_small_to_matter_is_none():
    many = 1_000_000
    change = difference(proportion(0.21, many), proportion(0.20, many))
    assert change.low > 0
    assert not change.is_sure


def test_ninety_five_of_a_hundred_ranges_hold_the_share():
    """Exactly, by the binomial: of 40 posts with a share of 0.3."""
    posts, share = 40, 0.3
    held = sum(
        math.comb(posts, angry) * share**angry * (1 - share) ** (posts - angry)
        for angry in range(posts + 1)
        if proportion(angry / posts, posts).low <= share <= proportion(angry / posts, posts).high
    )
    assert pytest.approx(0.95, abs=0.02) == held
    assert Z == 1.96

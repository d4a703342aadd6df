"""A topic is told when its share of the mentions moved, and never for a loud week alone."""

from hypothesis import given
from hypothesis import strategies as st

from nlp.topic_shifts import LEAST_MENTIONS, topic_shifts


def test_a_topic_whose_share_rose_is_told_with_both_shares():
    (one,) = topic_shifts({"baggage": 60}, {"baggage": 20}, of=400, of_before=400)
    assert (one.topic, one.now, one.before, one.share, one.share_before) == (
        *("baggage", 60, 20),
        *(0.15, 0.05),
    )
    assert one.z > 3


def test_a_topic_that_nobody_speaks_of_any_more_fell():
    (one,) = topic_shifts({}, {"strike": 60}, of=400, of_before=400)
    assert (one.topic, one.now) == ("strike", 0)
    assert one.z < -3


def test_a_loud_week_raises_no_topic():
    assert topic_shifts({"baggage": 200}, {"baggage": 20}, of=4_000, of_before=400) == []


def test_a_few_mentions_are_no_topic():
    few = LEAST_MENTIONS - 1
    assert topic_shifts({"seats": few}, {}, of=30, of_before=1_000) == []


def test_without_anything_before_nothing_moved():
    assert topic_shifts({"baggage": 60}, {}, of=400, of_before=0) == []
    assert topic_shifts({}, {"baggage": 60}, of=0, of_before=400) == []


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 500)),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 500)),
)
def test_the_other_way_round_what_rose_fell(now, before):
    of, of_before = 3_000, 2_000
    there = topic_shifts(now, before, of=of, of_before=of_before)
    back = topic_shifts(before, now, of=of_before, of_before=of)
    assert {one.topic: round(one.z, 9) for one in there} == {
        one.topic: round(-one.z, 9) for one in back
    }

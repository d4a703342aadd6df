"""How fast cases were answered: by the author's watch, against what was promised."""

from datetime import timedelta

import pytest

from cases.desk import breaches, merge, needs_no_reply, record_reply, resolve
from cases.performance import GROUPINGS, Spread, performance
from tests.cases.world import HOUR, MINUTE, NOON, alerted, opened

DAY = timedelta(days=1)


def answered(conn, native_id, after, **fields):
    """A post answered so long after it was published."""
    case = opened(conn, native_id, **fields).case
    at = case.published_at + after
    breaches(conn, at)
    return record_reply(conn, case.id, at=at, now=at, actor=case.agent)


def of(conn, by=None, until=NOON + DAY):
    return performance(conn, since=NOON, until=until, by=by)


def test_the_shares_are_of_what_was_answered_or_should_have_been(conn):
    answered(conn, "1", 15 * MINUTE)
    answered(conn, "2", 16 * MINUTE)
    answered(conn, "3", 2 * HOUR)
    opened(conn, "4")
    breaches(conn, NOON + DAY)
    (every,) = of(conn)
    assert (every.cases, every.answered, every.quick, every.kept) == (4, 3, 1 / 4, 2 / 4)
    assert every.frt == Spread(3, 16 * MINUTE, 2 * HOUR, 2 * HOUR)


def test_what_is_not_due_yet_is_neither_kept_nor_missed(conn):
    opened(conn, "1")
    (every,) = of(conn, until=NOON + 10 * MINUTE)
    assert (every.cases, every.quick, every.kept) == (1, None, None)
    (later,) = of(conn, until=NOON + 30 * MINUTE)
    assert (later.quick, later.kept) == (0, None)


def test_the_window_includes_its_start_and_excludes_its_end(conn):
    for number, at in enumerate((NOON - MINUTE, NOON, NOON + DAY - MINUTE, NOON + DAY)):
        opened(conn, str(number), published=at)
    assert of(conn)[-1].cases == 2


def test_where_nobody_had_to_answer_nothing_was_missed(conn):
    case = opened(conn, "1").case
    needs_no_reply(conn, case.id, now=NOON + MINUTE, actor="ana")
    (every,) = of(conn)
    assert (every.quick, every.kept) == (None, None)


def test_next_responses_count_from_the_authors_first_post_after_an_answer(conn):
    case = answered(conn, "1", 5 * MINUTE)
    for number, minute in (("2", 20), ("3", 25)):
        opened(conn, number, thread="1", published=NOON + minute * MINUTE)
    at = NOON + 50 * MINUTE
    record_reply(conn, case.id, at=at, now=at, actor="ana")
    resolve(conn, case.id, now=at + HOUR, actor="ana")
    (every,) = of(conn)
    assert (every.nrt.count, every.nrt.median) == (1, 30 * MINUTE)
    assert every.rt.median == 110 * MINUTE
    assert every.to_json()["nrt"]["median_seconds"] == 1800


def test_the_answers_of_before_a_merge_count_with_the_case_that_took_over(conn):
    into, middle = answered(conn, "9", MINUTE), opened(conn, "8").case
    case = answered(conn, "1", 5 * MINUTE)
    opened(conn, "2", thread="1", published=NOON + 20 * MINUTE)
    at = NOON + 50 * MINUTE
    record_reply(conn, case.id, at=at, now=at, actor="ana")
    merge(conn, case.id, into=middle.id, now=at, actor="ana")
    merge(conn, middle.id, into=into.id, now=at, actor="ana")
    (every,) = of(conn)
    assert (every.cases, every.nrt.count, every.nrt.median) == (1, 1, 30 * MINUTE)


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("team", ["care", "all"]),
        ("agent", ["ana", "ben", "all"]),
        ("source", ["board", "feed", "all"]),
        ("brand", ["Nimbus Air", "Other", "all"]),
        ("hour", ["12:00", "13:00", "all"]),
    ],
)
def test_every_group_is_told_and_all_together_last(conn, by, groups):
    assert set(GROUPINGS) == {"team", "agent", "source", "brand", "hour"}
    answered(conn, "1", MINUTE)
    answered(conn, "2", HOUR, source="feed", brands=({"name": "Other"},), published=NOON + HOUR)
    alerted(conn)
    told = of(conn, by=by)
    assert [one.group for one in told] == groups
    assert sum(one.cases for one in told[:-1]) == told[-1].cases == 2


def test_an_answer_at_once_took_no_time_and_not_an_unknown_one(conn):
    answered(conn, "1", timedelta(0))
    (every,) = of(conn)
    assert every.to_json()["frt"]["median_seconds"] == 0


def test_nothing_happened_is_told_as_nothing(conn):
    (every,) = of(conn)
    assert every.frt == Spread(0, None, None, None)
    assert every.to_json()["first_response_kept"] is None

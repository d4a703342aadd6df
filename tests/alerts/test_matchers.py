"""Matchers in Alertmanager's words, and no expression that keeps us busy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.matchers import OPERATORS, Matcher, kept, parse_matcher, restored
from mentions.errors import UntaggedError
from tests.alerts.world import firing


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("brand=Acme", True),
        ('brand = "Acme"', True),
        ("brand!=Acme", False),
        ("severity=2", True),
        ('rule=~"neg.*"', True),
        ("rule=~neg", False),  # the whole value, as in Alertmanager
        ("rule!~neg", True),
        ("severity=~1|2", True),
        ("rule=~(?i)NEGATIVE.+", True),
        ("rule=~", False),
    ],
)
def test_a_matcher_reads_as_in_alertmanager(text: str, *, matches: bool) -> None:
    assert parse_matcher(text).matches(firing()) == matches


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Acme", "is no matcher"),
        ("", "is no matcher"),
        ("colour=red", "'colour' cannot be matched; write one of rule, brand"),
        ("=Acme", "cannot be matched"),
        ('rule=~"["', r"is no regular expression: missing \]"),
        ("rule=~a)(b", "is no regular expression: unexpected"),
        ("rule=~(?R)", "is no regular expression"),
        ("rule=" + "a" * 201, "longer than 200"),
    ],
)
def test_a_wrong_matcher_says_what_to_write(text: str, said: str) -> None:
    with pytest.raises(UntaggedError, match=said):
        parse_matcher(text)


@pytest.mark.parametrize("pattern", ["(a|aa)+$", "(a*)*b", "(?:a?)*" * 20 + "b"])
def test_no_expression_takes_for_ever(pattern: str) -> None:
    """A backtracking engine would still be busy when the test's time is over."""
    assert not Matcher("rule", "=~", pattern).matches(firing(rule="a" * 5_000 + "!"))


def test_repetitions_of_repetitions_are_refused() -> None:
    with pytest.raises(UntaggedError, match="repetition"):
        parse_matcher("rule=~(((a{1000}){1000}){1000})")


values = st.text(st.characters(exclude_categories=("Cs",)), max_size=50)


@given(st.sampled_from(["=", "!="]), values)
def test_what_a_matcher_says_is_read_as_the_same(operator: str, value: str) -> None:
    matcher = Matcher("brand", operator, value)
    assert parse_matcher(str(matcher)) == matcher
    assert restored(kept([matcher])) == (matcher,)


@given(st.sampled_from(OPERATORS), values)
def test_an_operator_and_its_opposite_never_agree(operator: str, value: str) -> None:
    opposite = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}[operator]
    try:
        one, other = Matcher("rule", operator, value), Matcher("rule", opposite, value)
    except UntaggedError:
        return  # no regular expression
    assert one.matches(firing()) != other.matches(firing())

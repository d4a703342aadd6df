"""What is not understood is an error that points at the place and says what would do."""

import json
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.errors import QueryError
from mentions.query.elastic import compile_elastic
from mentions.query.lexer import MAX_BRACKETS, MAX_QUERY_CHARACTERS
from mentions.query.parser import parse_query
from mentions.query.shape import MAX_LEVELS
from mentions.query.sql import compile_sql
from mentions.query.tree import Query
from tests.query.largest import nested

NOW = datetime(2026, 2, 22, 12, tzinfo=UTC)
NAUGHTY = Path(__file__).parents[3] / "shared" / "data" / "naughty-strings.json"
REFUSED = [
    # query, what the caret stands under, what the message says
    ("", "", "the query is empty"),
    ("   ", " ", "the query is empty"),
    ("late AND", "AND", "nothing follows AND"),
    ("OR late", "OR", "nothing stands before OR"),
    ("late AND OR bus", "OR", "nothing stands before OR"),
    ("late (NOT)", "NOT", "nothing follows NOT"),
    ("NOT NOT late", "NOT", "negated twice"),
    ("late --bus", "-", "'-' stands alone"),
    ("late - bus", "-", "'-' stands alone"),
    ("+late OR bus", "+late", "no meaning beside OR"),
    ("late (bus", "(", "never closed"),
    ("late) bus", ")", "closes nothing"),
    ("late ()", ")", "brackets are empty"),
    ("(late)(bus)", "(", "something is missing here"),
    ('late"bus"', '"', "something is missing here"),
    ('late "bus', '"', "quote is never closed"),
    ("late !!!", "!", "'!' stands alone"),
    ("late ???!", "???!", "one word"),
    ("late …", "…", "nothing to search for"),
    ('"..."', '"..."', "nothing to search for"),
    ("late bus\\", "\\", "escapes nothing"),
    # not supported
    ("late^2", "^", "boosting '^' is not supported"),
    ("late~", "~", "fuzzy search '~' is not supported"),
    ("la~te", "~", "fuzzy search '~' is not supported"),
    ("late /fl.*/", "/fl.*/", "regular expressions"),
    ("late ONEAR/3f bus", "ONEAR/3f", "ONEAR/3f is not supported"),
    ("late ONEAR bus", "ONEAR", "ONEAR is not supported"),
    ("late NEAR/f bus", "NEAR/f", "NEAR/f is not supported"),
    ("late NEAR/1001 bus", "NEAR/1001", "NEAR/1001 is too far"),
    ("late NEAR bus", "NEAR", "NEAR is not supported"),
    ("late NEAR/3 (bus tram)", "NEAR/3", "joins words and phrases"),
    ("(late -bus) NEAR/3f tram", "NEAR/3f", "joins words and phrases"),
    ("((late OR slow)) NEAR/3 tram", "NEAR/3", "joins words and phrases"),
    ("late NEAR/3 (bus NEAR/2 tram)", "NEAR/3", "joins words and phrases"),
    ('late NEAR/3 "a b"~2', "NEAR/3", "joins words and phrases"),
    ('"a b"~2 NEAR/3 late', "NEAR/3", "joins words and phrases"),
    ("late NEAR/3 lang:en", "NEAR/3", "joins words and phrases"),
    ("late NEAR/3 -bus", "NEAR/3", "joins words and phrases"),
    ("a NEAR/3 b NEAR/3 c", "NEAR/3", "joins words and phrases"),
    ("late NEAR/3 late", "late NEAR/3 late", "two different words"),
    ('"late bus" NEAR/3 (tram OR bus)', '"late bus" NEAR/3 (tram OR bus)', "two different words"),
    ("late NEAR/3 !!x", "!", "'!' stands alone"),
    ('late NEAR/3 "fli*"', 'late NEAR/3 "fli*"', "wildcards do not work with a distance"),
    ("late raw:Ai*", "Ai*", "wildcard does not work with raw:"),
    ("raw:a NEAR/3 b", "a NEAR/3 b", "distance does not work with raw:"),
    ("raw:>a", ">a", "raw has no order"),
    ("lang:a NEAR/3 b", "a NEAR/3 b", "holds no words"),
    ("fli* NEAR/3 late", "fli* NEAR/3 late", "wildcards do not work with a distance"),
    ('"late bus"~', "~", "needs a number of words"),
    ('"late bus"~1.5', "~1.5", "needs a number of words"),
    ('"late bus"~1001', "~1001", "needs a number of words"),
    ('"late"~3', '"late"~3', "two different words"),
    ('"late late"~3', '"late late"~3', "two different words"),
    # wildcards
    ("late a*", "a*", "too many words"),
    ("late ?*?", "?*?", "too many words"),
    ("la*-te", "la*-te", "one word"),
    ('"late bu*"', '"late bu*"', "does not work inside quotes"),
    ("la*t*e*b*u*s*x*y*z*", "la*t*e*b*u*s*x*y*z*", "pattern is too large"),
    ("url:" + "a" * 200 + "*", "a" * 200 + "*", "pattern is too large"),
    # fields and values
    ("late sentimnt:x", "sentimnt", "did you mean 'sentiment'?"),
    ("language:en", "language", "did you mean 'lang'?"),
    ("zzz:en", "zzz", "there is no field 'zzz'"),
    ("late lang:", "lang:", "has no value"),
    ("lang:(en OR )", "OR", "nothing follows OR"),
    ("lang:AND", "AND", "where a value must be"),
    ("lang:-en", "-", "where a value must be"),
    ('lang:""', '""', "no value"),
    ("severity:high", "high", "'high' is no severity"),
    ("severity:1*", "1*", "'1*' is no severity"),
    ("reach:1e3", "1e3", "'1e3' is no reach"),
    ("reach:>99999999999999999", ">99999999999999999", "too large for reach"),
    ("tagged:maybe", "maybe", "no value of tagged"),
    ("sentiment:negativ", "negativ", "did you mean 'negative'?"),
    ("kind:tweet", "tweet", "'tweet' is no kind"),
    ("site:nimbus.example/x", "nimbus.example/x", "is no site"),
    ("published:>yesterday", ">yesterday", "no time of published"),
    ("published:2026-02-30", "2026-02-30", "no time of published"),
    ("published:now-7d", "now-7d", "is an instant"),
    ("published:>now-99999999999d", ">now-99999999999d", "no time of published"),
    ("published:9999-12-31", "9999-12-31", "no time of published"),
    ("published:[2026-02-21]", "[", "range is not complete"),
    ("severity:[1 TO high]", "[1 TO high]", "'high' is no severity"),
    ("severity:>", ">", "a value is missing"),
    (">5", ">5", "has no order"),
    ("[1 TO 2]", "[1 TO 2]", "has no order"),
    ("lang:>en", ">en", "lang has no order"),
    ('lang:"a b"~3', '"a b"~3', "holds no words"),
    # no text
    ("late \x00", "\x00", "U+0000 is no character"),
    ("late \ud800", "\ud800", "U+D800 is no character"),
    # limits
    ("a" * (MAX_QUERY_CHARACTERS + 1), "a", "has 10,001 characters"),
    ("(" * 1000 + "a" + ")" * 1000, "(", "nested too deep"),
    (nested(MAX_LEVELS + 1), "(", "nested too deep"),
    ("NOT (" * 60 + "a" + ")" * 60, "(", "nested too deep"),
    ("- " * 5000, "-", "stands alone"),
    (" ".join(f"a{n}" for n in range(1001)), "a", "1,001 words"),
]


@pytest.mark.parametrize(
    ("query", "under", "said"), REFUSED, ids=[each[0][:30] for each in REFUSED]
)
def test_an_error_points_at_the_place_and_says_what_is_wrong(
    query: str, under: str, said: str
) -> None:
    with pytest.raises(QueryError) as refused:
        parse_query(query, now=NOW)
    error = refused.value
    assert said in str(error)
    assert query[error.position : error.position + error.length] == under


def test_an_error_says_what_would_do() -> None:
    with pytest.raises(QueryError) as refused:
        parse_query("late sentiment.score:bad")
    assert str(refused.value) == (
        "'bad' is no sentiment.score at character 22; expected a number such as 3 or -0.5"
    )
    assert refused.value.pointed() == "late sentiment.score:bad\n                     ^^^"


def test_relative_times_need_to_know_the_time() -> None:
    with pytest.raises(QueryError, match="expected a date such as"):
        parse_query("published:>now-7d")


def test_the_caret_stands_under_the_bracket_that_is_too_deep() -> None:
    with pytest.raises(QueryError) as refused:
        parse_query("(" * 60 + "a" + ")" * 60)
    assert refused.value.position == MAX_BRACKETS


def parsed_or_refused(query: str) -> Query | QueryError:
    try:
        return parse_query(query, now=NOW)
    except QueryError as error:
        return error


def understood_or_refused(query: str) -> bool:
    answer = parsed_or_refused(query)
    if isinstance(answer, QueryError):
        assert 0 <= answer.position < max(1, len(query))
        assert 1 <= answer.length <= max(1, len(query) - answer.position)
        assert answer.pointed().count("\n") == 1
        return False
    tree = answer.tree
    expression, parameters = compile_sql(tree)
    assert expression.count("?") == len(parameters)
    assert compile_elastic(tree)
    return True


PIECES = (
    *("a", "nimbus", '"', "“", "(", ")", "[", "]", "{", "}", " TO ", "AND", "OR", "NOT", "&&"),
    *("||", "!", "+", "-", "~", "~3", "^2", ":", "lang:", "severity:", "published:", "tagged:"),
    *(
        "text:",
        "url:",
        "foo:",
        "http://x",
        "*",
        "?",
        "\\",
        "/",
        "NEAR/3",
        "NEAR/2f",
        "ONEAR/2",
        "<",
        ">",
    ),
    *(">=", "=", "5", "-5", "2026-02-21", "now-7d", "9999-12-31", "true", "#", "#a", "@b", "😡"),
    *("\u200d", "\ud800", "\x00", "\n", "\u3000", "é", " ", "東", "ﷺ", "[1 TO 2]", "NEAR/٣"),
)


@given(st.lists(st.sampled_from(PIECES) | st.sampled_from((" ", " "))).map("".join))
def test_any_query_is_understood_or_refused_at_a_place_within_it(query: str) -> None:
    understood_or_refused(query)


@given(st.text())
def test_any_text_is_understood_or_refused_at_a_place_within_it(query: str) -> None:
    understood_or_refused(query)


def test_naughty_strings_are_understood_or_refused() -> None:
    if not NAUGHTY.exists():
        pytest.skip(f"{NAUGHTY} is not there: naughty strings were not tried")
    strings = json.loads(NAUGHTY.read_text(encoding="utf-8"))
    understood = sum(understood_or_refused(text) for text in strings)
    quoted = sum(understood_or_refused(json.dumps(text, ensure_ascii=False)) for text in strings)
    assert 0 < understood < quoted < len(strings)


@pytest.mark.parametrize(
    ("query", "is_unfinished"),
    [
        ("late AND", True),
        ("late AND ", True),
        ('"lost ba', True),
        ('"lost ba and the rest of a sentence', True),
        ("(late OR bus", True),
        ("published:[2026-02-21 TO", True),
        ("brand:", True),
        ("severity:>", True),
        ("sentiment:neg", True),
        ("published:>now-", True),
        ("bus -", True),
        ("sentimnt:negative", False),
        ("late AND OR bus", False),
        ("sentiment:neg bus", False),
        ("published:[2026-02-21] bus", False),
        ("late^2 bus", False),
    ],
)
def test_what_typing_on_may_mend_is_unfinished(query: str, is_unfinished: bool) -> None:
    with pytest.raises(QueryError) as refused:
        parse_query(query, now=NOW)
    assert refused.value.is_unfinished == is_unfinished


@given(
    query=st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
    more=st.lists(st.sampled_from(PIECES), max_size=4).map("".join),
)
def test_what_is_not_unfinished_no_typing_on_mends(query: str, more: str) -> None:
    answer = parsed_or_refused(query)
    if isinstance(answer, QueryError) and not answer.is_unfinished:
        assert isinstance(parsed_or_refused(query + more), QueryError)


def test_a_field_that_does_not_exist_is_mended_by_the_closest() -> None:
    with pytest.raises(QueryError) as refused:
        parse_query("late AND sentimnt:negative")
    assert refused.value.mended == "late AND sentiment:negative"
    with pytest.raises(QueryError) as refused:
        parse_query("zzzz:negative")
    assert refused.value.mended == ""


def test_an_error_is_whole_in_another_process() -> None:
    with pytest.raises(QueryError) as refused:
        parse_query('late sentimnt:"neg')
    copied = pickle.loads(pickle.dumps(refused.value))
    assert (vars(copied), str(copied)) == (vars(refused.value), str(refused.value))

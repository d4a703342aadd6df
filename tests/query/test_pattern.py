"""One notation of patterns means the same to Python, SQLite and people."""

import re
import sqlite3
from contextlib import closing

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mentions.query.pattern import as_glob, as_regex, escaped, literal_prefix, unescaped

PATTERNS = st.lists(st.sampled_from(["a", "b", "é", "*", "?", r"\*", r"\?", r"\\", "[", "]", "."]))
TEXTS = st.text(st.sampled_from("abé*?\\[].\n"), max_size=8)


@given(PATTERNS.map("".join), TEXTS)
@example("*a*ab", "aab")
@example("[a]", "a")
def test_sqlite_and_python_fit_the_same_texts(pattern: str, text: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        fits = connection.execute("SELECT ? GLOB ?", (text, as_glob(pattern))).fetchone()[0]
    assert bool(as_regex(pattern).fullmatch(text)) == bool(fits)


@given(PATTERNS, TEXTS)
def test_a_pattern_fits_what_a_plain_expression_fits(pattern: list[str], text: str) -> None:
    plain = "".join(
        {"*": ".*", "?": "."}.get(piece, re.escape(piece.removeprefix("\\") or piece))
        for piece in pattern
    )
    expected = re.compile(plain, re.DOTALL).fullmatch(text)
    assert bool(as_regex("".join(pattern)).fullmatch(text)) == bool(expected)


@given(TEXTS)
def test_an_escaped_text_fits_itself_only(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert literal_prefix(escaped(text)) == text
    assert as_regex(escaped(text)).fullmatch(text)
    assert not as_regex(escaped(text)).fullmatch(f"{text}a")


@pytest.mark.timeout(20)  # it takes milliseconds; with backtracking, longer than anybody waits
def test_a_pattern_of_many_stars_is_answered_at_once() -> None:
    assert not as_regex("*a*a*a*a*a*a*a*b").fullmatch("a" * 5_000)

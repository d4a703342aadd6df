"""What `raw:` compares: each word and sign of a post as it was written."""

import re
import sqlite3
from contextlib import closing

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mentions.query.sql import FTS5_TOKENIZE
from mentions.spelling import GAP, cut, plain_word, raw_tokens, raw_words, written
from mentions.tokens import words

WRITTEN = [
    ("Nimbus AIR!", ["Nimbus", "AIR", "!"]),
    ("C++, iPhone", ["C", "+", "+", ",", "iPhone"]),
    ("Nimbus's", ["Nimbus", "'", "s"]),
    ("don't DON’T", ["don't", "DON’T"]),
    ("#Fail @Nimbus_Air a_b", ["#Fail", "@Nimbus_Air", "a", "_", "b"]),
    ("3.5 1,000.", ["3.5", "1,000", "."]),
    ("Café Cafe\u0301 CAFÉ", ["Café", "Café", "CAFÉ"]),
    ("東京都 ガ", ["東", "京", "都", "ガ"]),
    ("👍🏽 👍", ["👍🏽", "👍"]),
    ("Nimbus™ ﷺ \u200b\x00", ["Nimbus", "™", "ﷺ"]),
    ("A" * 90, ["A" * 80, "A" * 10]),
    (" ", []),
]
anything = st.text(st.characters() | st.sampled_from("aZS1 '’.,_#@&s-!é\u0301東ｶﾞ😡\u200d🏽ﷺ"))
ascii_texts = st.text(st.sampled_from("abSs19 '.,_#@&-\n~?+Z"), max_size=200)


@pytest.mark.parametrize(("text", "expected"), WRITTEN)
def test_a_text_is_cut_into_words_and_signs_as_written(text: str, expected: list[str]) -> None:
    assert [written(word) for word in raw_words("", text)] == expected


def test_each_says_where_it_stands() -> None:
    text = "Oh, Café’s 東京!"
    assert [text[token.start : token.end] for token in raw_tokens(text)] == [
        *("Oh", ",", "Café", "’", "s", "東", "京", "!")
    ]


@given(anything, anything)
@example("", "a")
@example("a", "!\x00")
def test_title_and_text_stand_in_a_row_with_a_gap_that_no_text_holds(title: str, text: str) -> None:
    before, behind = ([token.text for token in raw_tokens(part)] for part in (title, text))
    assert GAP not in before + behind
    assert raw_words(title, text) == before + ([GAP] if before and behind else []) + behind


@given(ascii_texts)
def test_the_quick_way_for_ascii_gives_what_the_full_one_gives(text: str) -> None:
    assert raw_words("", text) == [token.text for token in raw_tokens(text)]


@given(anything)
@example("'A" * 60)
@example("\U0001d518'" * 60)
def test_a_raw_word_passes_through_every_index_unchanged(text: str) -> None:
    found = raw_words("", text)
    for word in found:
        assert word == re.sub("[A-Z]", "", word)
        assert not any(char.isspace() for char in word)
        assert len(word.encode("utf-16-le")) // 2 <= 255
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f'CREATE VIRTUAL TABLE kept USING fts5(raw, tokenize="{FTS5_TOKENIZE}")')
        connection.execute("CREATE VIRTUAL TABLE held USING fts5vocab(kept, 'instance')")
        connection.execute("INSERT INTO kept VALUES (?)", (" ".join(found),))
        assert [*connection.execute("SELECT term FROM held ORDER BY offset")] == [
            (word,) for word in found
        ]


@given(anything)
def test_no_raw_word_is_a_word_of_a_text(text: str) -> None:
    assert not set(raw_words("", text)) & set(words(text))


@given(anything)
@example("\u212aelvin don't 'S")
def test_a_post_holds_the_plain_word_of_each_of_its_raw_words(text: str) -> None:
    held = set(words(text))
    assert all(plain in held for raw in raw_words("", text) if (plain := plain_word(raw)))


def test_a_plain_word_is_known_for_words_in_ascii() -> None:
    assert [plain_word(word) for word in raw_words("", "AIR don't #Fail é !")] == [
        *("air", "don't", "#fail", "", "")
    ]


@given(anything | ascii_texts)
@example("it's Nimbus's 'S' 3.5 #a @b_ 'tis")
@example("A" * 90)
def test_a_text_cut_once_gives_both_rows_of_words(text: str) -> None:
    assert cut(text) == (
        " ".join(words(text)),
        " ".join(token.text for token in raw_tokens(text)),
    )

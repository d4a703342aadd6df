import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.network_text import network_text
from nlp.pieces import MAX_PIECES, UNKNOWN, Cut, WordPieces

KNOWN = [UNKNOWN, "late", "##r", "un", "##usual", "##u", "a", "!", "@", "user", "航", "班"]
PIECES = WordPieces(KNOWN)


def pieces(text: str) -> list[str]:
    return [KNOWN[number] for number in PIECES.cut(text).pieces]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("late", ["late"]),
        ("Later!", ["late", "##r", "!"]),
        ("UNUSUAL", ["un", "##usual"]),
        ("à", ["a"]),
        ("xyz", [UNKNOWN]),
        ("a" * 61, [UNKNOWN]),
        ("航班late", ["航", "班", "late"]),
        ("", []),
    ],
)
def test_words_are_cut_into_their_longest_pieces(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def test_each_word_knows_where_its_pieces_end() -> None:
    assert PIECES.cut("a later unusual") == Cut(
        ["a", "later", "unusual"], [6, 1, 2, 3, 4], [1, 3, 5]
    )


@given(st.text(max_size=300))
def test_any_text_is_cut_within_the_limit_and_alike_each_time(text: str) -> None:
    cut = PIECES.cut(text)
    assert len(cut.pieces) <= MAX_PIECES
    assert cut == WordPieces(KNOWN).cut(text)
    assert len(cut.words) == len(cut.ends)


@given(st.text(string.ascii_letters + " .,!'", max_size=120))
def test_every_known_letter_is_in_some_word(text: str) -> None:
    words = WordPieces([UNKNOWN, *string.ascii_lowercase]).cut(text, limit=10_000).words
    assert "".join(words) == "".join(text.lower().split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@NimbusAir my bag", "@user my bag"),
        ("see https://x.example/a?b=c now", "see http now"),
        ("#AcmeAirFail", "# Acme Air Fail"),
        ("fish &amp; chips", "fish & chips"),
        ("😡", "enraged face"),
        ("👍🏽", "thumbs up"),
        ("it’s", "it's"),
    ],
)
def test_links_handles_and_emoji_are_words(text: str, expected: str) -> None:
    assert " ".join(network_text(text).split()) == expected

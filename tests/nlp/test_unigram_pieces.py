import itertools
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.pieces import Cut
from nlp.unigram_pieces import MAX_PIECES, UNKNOWN, UnigramPieces, piece_text

SCORED = {
    "▁": -2.0,
    "▁late": -5.0,
    "▁la": -4.5,
    "te": -4.5,
    "r": -4.0,
    "▁un": -4.0,
    "usual": -6.0,
    "u": -5.0,
    "s": -5.0,
    "a": -5.0,
    "l": -5.0,
    "!": -3.0,
    "ช้า": -6.0,
    "มาก": -6.0,
}
VOCABULARY = ["", "<unk>", *SCORED]
SCORES = [0.0, 0.0, *SCORED.values()]
PIECES = UnigramPieces(VOCABULARY, SCORES)


def pieces(text: str) -> list[str]:
    return [VOCABULARY[number] for number in PIECES.cut(text).pieces]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("late", ["▁late"]),
        ("later!", ["▁late", "r", "!"]),
        ("unusual", ["▁un", "usual"]),
        ("ช้ามาก", ["▁", "ช้า", "มาก"]),
        ("qqq", ["▁", "<unk>"]),
        ("", []),
        ("  \n ", []),
    ],
)
def test_words_are_cut_into_the_likeliest_pieces(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


@given(st.text("usalter", min_size=1, max_size=6))
def test_no_other_way_to_cut_a_word_is_likelier(word: str) -> None:
    marked = f"▁{word}"

    def likelihood(parts: list[str]) -> float:
        return sum(SCORED.get(part, min(SCORED.values()) - 10 * len(part)) for part in parts)

    ways = (
        [marked[start:end] for start, end in itertools.pairwise((0, *cuts, len(marked)))]
        for count in range(len(marked))
        for cuts in itertools.combinations(range(1, len(marked)), count)
    )
    known = [way for way in ways if all(part in SCORED for part in way)]
    chosen = pieces(word)
    if known:
        assert likelihood(chosen) == pytest.approx(max(map(likelihood, known)))
    else:
        assert "<unk>" in chosen


def test_each_word_knows_where_its_pieces_end() -> None:
    assert PIECES.cut("late unusual") == Cut(["late", "unusual"], [3, 7, 8], [1, 3])


def test_pieces_of_a_sentence_without_spaces_stand_as_words() -> None:
    cut = PIECES.cut("ช้ามาก" * 5)
    assert cut.words == ["", *["ช้า", "มาก"] * 5]
    assert cut.ends == list(range(1, 12))


@given(st.text(max_size=300))
def test_any_text_is_cut_within_the_limit_and_alike_each_time(text: str) -> None:
    cut = PIECES.cut(piece_text(text))
    assert len(cut.pieces) <= MAX_PIECES
    assert cut == UnigramPieces(VOCABULARY, SCORES).cut(piece_text(text))
    assert len(cut.words) == len(cut.ends)
    assert cut.ends == sorted(set(cut.ends))


@given(st.text(string.printable, max_size=80))
def test_the_end_of_the_last_word_reaches_the_last_piece(text: str) -> None:
    cut = PIECES.cut(text)
    assert not cut.pieces or cut.ends[-1] >= len(cut.pieces)


def test_of_a_run_without_end_only_the_beginning_is_cut() -> None:
    assert PIECES.cut(piece_text("ช้ามาก" * 100_000)) == PIECES.cut(piece_text("ช้ามาก" * 100))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("@NimbusAir DANKE", "@user danke"),
        ("https://x.example/a toll", "http toll"),
        ("Guuuuuuut", "guuut"),
        ("👍🏽", "👍"),
        ("ﾃｽﾄ", "テスト"),
        ("#SehrGut", "# sehr gut"),
    ],
)
def test_a_text_is_made_plain_before_it_is_cut(raw: str, expected: str) -> None:
    assert piece_text(raw) == expected


def test_nothing_is_cut_into_padding() -> None:
    assert 0 not in PIECES.cut("late <unk> \ud800 q").pieces
    assert UNKNOWN in PIECES.cut("\ud800").pieces

"""What counts as a word, and where it stands."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mentions import tokens as module
from mentions.folding import folded
from mentions.thai import thai_stretches
from mentions.tokens import MAX_TOKEN_CHARACTERS, TOKEN_PUNCTUATION, Token, tokens, words

WORDS = [
    # plain words, signs, addresses
    ("Flight late!! AGAIN...", ["flight", "late", "again"]),
    ("e-mail, and/or", ["e", "mail", "and", "or"]),
    ("https://nimbus.example/a_b?x=1", ["https", "nimbus", "example", "a", "b", "x", "1"]),
    ("_really_ snake_case", ["really", "snake", "case"]),
    ("help@nimbus.example", ["help", "nimbus", "example"]),
    ("3.5 1,000.50 v2.0 18:30 1. 2,", ["3.5", "1,000.50", "v2.0", "18", "30", "1", "2"]),
    ("!!! ... ---", []),
    ("", []),
    # apostrophes
    ("don't DON’T rock'n'roll", ["don't", "don't", "rock'n'roll"]),
    ("nimbus's Nimbus’s NIMBUS'S", ["nimbus", "nimbus", "nimbus"]),
    ("'quoted' passengers' ‘curly’", ["quoted", "passengers", "curly"]),
    ("@nimbus's #nimbus's", ["@nimbus", "#nimbus"]),
    # tags and handles
    ("#Delay #b_1 #1st #123 # #", ["#delay", "#b_1", "#1st", "123"]),
    ("@NimbusAir .@a_b @ @_", ["@nimbusair", "@a_b"]),
    ("a#b a@b c#", ["a", "b", "a", "b", "c"]),
    ("@nimbus@social.example", ["@nimbus", "social", "example"]),
    ("&#39;x", ["39", "x"]),
    ("#Übung ＃Ｔａｇ #東京 @ユーザー", ["#ubung", "#tag", "#東京", "@ユーザー"]),
    # folding
    ("Café CAFÉ cafe\u0301 ÑANDÚ", ["cafe", "cafe", "cafe", "nandu"]),
    ("Straße ŁÓDŹ Ærø cœur İstanbul", ["strasse", "lodz", "aero", "coeur", "istanbul"]),
    ("ΆΣ Οδός", ["ασ", "οδοσ"]),
    ("ＮＩＭＢＵＳ Ⓝⓘⓜ ﬁne", ["nimbus", "nim", "fine"]),
    ("Nimbus™ x²", ["nimbus", "x"]),
    ("мой моя ЁЛКА м’ята", ["мой", "моя", "елка", "м'ята"]),
    ("सेवा ٢٠٢٦ 한국어 שלום", ["सेवा", "2026", "한국어", "שלום"]),
    ("soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zero", "width"]),
    ("ﷺ", ["صلي", "الله", "عليه", "وسلم"]),
    ("كِتَابٌ ســلام أحمد إلى آخر ٱلله", ["كتاب", "سلام", "احمد", "الي", "اخر", "الله"]),
    ("مكتبة مسؤول هیچ کتاب می\u200cخواهم", ["مكتبه", "مسؤول", "هيچ", "كتاب", "ميخواهم"]),
    ("שָׁלוֹם שלום ﬡ", ["שלום", "שלום", "א"]),
    ("दिल्ली क़लम Ζωή ψυχή", ["दिल्ली", "क़लम", "ζωη", "ψυχη"]),
    ("한국어를 서비스", ["한국어를", "서비스"]),
    # scripts without spaces
    ("東京都 都", ["東京", "京都", "都"]),
    ("ガラス ｶﾞﾗｽ", ["ガラ", "ラス", "ガラ", "ラス"]),
    ("iPhone手机", ["iphone", "手机"]),
    ("สวัสดีครับ", ["สวัสดี", "ครับ"]),
    ("กระเป๋าหายที่สนามบิน", ["กระเป๋า", "หาย", "ที่", "สนามบิน"]),
    ("น\u0e4d\u0e49า น้ำ #ขอบคุณมาก", ["น้ำ", "น้ำ", "#ขอบคุณมาก"]),
    ("มือถือiPhoneเสีย๓ครั้ง", ["มือถือ", "iphone", "เสีย", "3", "ครั้ง"]),
    ("ສະບາຍດີ ខ្មែរ", ["ສະບາຍດີ", "ខ្មែរ"]),
    # emoji
    ("so😡😡 👍🏽 👍", ["so", "😡", "😡", "👍", "👍"]),
    ("❤️ ❤ 👩‍💻 🇩🇪🇫🇷", ["❤", "❤", "👩‍💻", "🇩🇪", "🇫🇷"]),
    ("1️⃣ #️⃣ :-)", ["1"]),
]
anything = st.text(st.characters() | st.sampled_from("aZ1 '’.,_#@&sS-é\u0301東ｶﾞ😡\u200d\ufe0f🏽🇩ﷺ"))
ascii_texts = st.text(st.sampled_from("abSs19 '.,_#@&-\n~?’“…—"), max_size=30)


@pytest.mark.parametrize(("text", "expected"), WORDS)
def test_a_text_is_cut_into_words_as_people_read_it(text: str, expected: list[str]) -> None:
    assert [token.text for token in tokens(text)] == expected


def test_each_word_says_where_it_stands_in_the_text_as_written() -> None:
    text = "Oh ＮＩＭＢＵＳ’s ﬁne #Délai 👍🏽 東京都"
    assert [text[token.start : token.end] for token in tokens(text)] == [
        *("Oh", "ＮＩＭＢＵＳ", "ﬁne", "#Délai", "👍🏽", "東京", "京都")
    ]


@given(anything)
def test_tokens_stand_within_the_text_and_in_order(text: str) -> None:
    found = tokens(text)
    assert all(0 <= token.start < token.end <= len(text) for token in found)
    assert [token.start for token in found] == sorted(token.start for token in found)


@given(anything)
def test_a_token_holds_no_space_no_control_character_and_no_quote(text: str) -> None:
    for word in words(text):
        assert word
        assert not any(char.isspace() or unicodedata.category(char) == "Cc" for char in word)
        assert not set(re.sub(r"[a-z0-9]", "", word)) & set(map(chr, range(128))) - set(
            TOKEN_PUNCTUATION
        )


@given(anything)
@example("#" + "a" * 250)
@example("ﷺ" * 40)
def test_no_token_is_longer_than_elasticsearch_takes(text: str) -> None:
    assert all(len(word) <= MAX_TOKEN_CHARACTERS for word in words(text))
    assert all(len(word.encode("utf-16-le")) // 2 <= 255 for word in words(text))


@given(anything)
def test_words_are_the_texts_of_the_tokens(text: str) -> None:
    assert words(text) == [token.text for token in tokens(text)]


@given(ascii_texts)
def test_the_quick_way_for_ascii_gives_what_the_full_one_gives(text: str) -> None:
    assert tokens(text) == list(module._unicode_tokens(text, 0))


@given(st.text(max_size=20))
def test_folding_again_changes_nothing(word: str) -> None:
    assert folded(folded(word)) == folded(word)


@given(anything)
def test_what_was_indexed_is_cut_the_same_again_but_for_pairs(text: str) -> None:
    # Two neighbours of three Han characters overlap; every other token stands for itself
    # and a Thai word that is in no dictionary may be cut otherwise where it stands alone
    once = [word for word in words(text) if not _is_pair(word) and not module._THAI.search(word)]
    assert words(" ".join(once)) == once


def test_thai_words_are_the_whole_run_and_stay_words_alone() -> None:
    run = "สายการบินนิมบัสล่าช้าอีกแล้วไม่มีใครตอบ"
    stretches = [*thai_stretches(run)]
    assert [end for _, end in stretches[:-1]] == [start for start, _ in stretches[1:]]
    assert (stretches[0][0], stretches[-1][1]) == (0, len(run))
    assert all([*thai_stretches(run[start:end])] == [(0, end - start)] for start, end in stretches)


@given(st.text(st.characters(min_codepoint=0xE01, max_codepoint=0xE4E), max_size=40))
def test_any_thai_run_is_cut_without_loss(run: str) -> None:
    stretches = [*thai_stretches(run)]
    assert "".join(run[start:end] for start, end in stretches) == run
    assert all(start < end for start, end in stretches)


def _is_pair(word: str) -> bool:
    return len(word) > 1 and any(module.pairs_with(char) for char in word)


@pytest.mark.slow
@pytest.mark.timeout(60)  # linear time takes at most 2 s on an idle machine, quadratic an hour
@pytest.mark.parametrize("piece", [*"a1#@'_.é東😡\u0301\u200dกﷺ", "a'", "1,", "#1", "é's", "@_"])
def test_time_grows_with_the_text_and_not_faster(piece: str) -> None:
    text = f"é {piece * 100_000} end"
    assert tokens(text)[-1] == Token("end", len(text) - 3, len(text))

import re

from hypothesis import given
from hypothesis import strategies as st

from nlp.language_model import words_of as language_words
from nlp.network_text import _MARKED
from nlp.pieces import words_of as piece_words
from nlp.plain import _LINK, MAX_READ_CHARACTERS, plain, words_of

STARTS = ["http", "HTTP", "www.", "WwW.", "@", "@USER", "#", "＃", "URL", "{link}", "h", "w"]
OTHERS = ["s", "S", "://", "x.example", "/URL", "/url", *"a_.ä5?!-B' "]
BITS = st.sampled_from([*STARTS, *OTHERS])


@given(st.lists(BITS, max_size=12).map("".join))
def test_patterns_that_begin_with_one_letter_find_what_the_plain_ones_do(text):
    """The plain ones are easier to read, and take five times as long."""
    link = re.compile(r"(?:https?://|www\.)\S*|\bhttp\b(?:/URL\b)?", re.IGNORECASE)
    assert _LINK.findall(text) == link.findall(text)
    marked = re.compile(
        r"(?:https?://|www\.)\S*|@[\w.-]*\w|[#＃]\w+|\bhttp/URL\b|\bURL\b|\{link\}|@USER\b"
    )
    assert _MARKED.findall(text) == marked.findall(text)


@given(st.lists(BITS, max_size=12).map("".join))
def test_words_of_plain_text_are_those_of_any_text(text):
    """A foreign word at the end has the general patterns read the same text."""
    assert [*words_of(text), "é"] == words_of(f"{text} é")
    assert [*piece_words(text), "ł"] == piece_words(f"{text} ł")
    assert [*language_words(text), "é"] == language_words(f"{text} é")


def test_markup_links_and_handles_are_taken_out():
    said = plain("<p>Hello <b>@NimbusAir</b>&amp;co see https://x.example/a?b=1 www.y.example</p>")
    assert said.text == "Hello &co see"
    assert said.handles == ("nimbusair",)
    assert said.links == 2


def test_a_heart_is_no_markup():
    assert plain("i <3 this & that < 5").text == "i <3 this & that < 5"


def test_a_hashtag_is_words_to_read_and_nothing_to_tell_a_language_by():
    said = plain("Ja! #NeverAgain #UAFail #wie_schade")
    assert said.text == "Ja! Never Again UA Fail wie schade"
    assert said.prose == "Ja!"
    assert said.hashtags == 3


def test_a_mastodon_handle_keeps_its_server_and_a_mail_address_is_no_handle():
    said = plain("@care@nimbus.example, me@mail.example and (@Pello).")
    assert said.handles == ("care@nimbus.example", "pello")


def test_words_are_folded_with_questions_as_words():
    assert plain("Can’t you？ STOP!").words == ("can't", "you", "?", "stop", "!")


def test_what_nobody_sees_is_taken_out():
    assert plain("de\u00adlay\u200bed \u202eabc").text == "delayed abc"


def test_a_number_of_ten_thousand_digits_is_no_character_reference():
    assert plain("a &#" + "9" * 10_000 + "; b").text.startswith("a")


def test_only_the_beginning_of_an_endless_post_is_read():
    assert plain("a " * MAX_READ_CHARACTERS).is_cut
    assert len(plain("a" * (MAX_READ_CHARACTERS + 5)).text) == MAX_READ_CHARACTERS
    assert not plain("a").is_cut


@given(st.text())
def test_any_text_becomes_plain_without_runs_of_space(text):
    said = plain(text)
    assert said.text == " ".join(said.text.split())
    assert all(word == word.casefold() for word in said.words)


def test_words_are_cut_where_a_script_writes_no_spaces():
    assert plain("iPhoneの電池！").words == ("iphone", "の", "電", "池", "!")
    assert plain("退款太慢了?").words == ("退", "款", "太", "慢", "了", "?")
    assert plain("กระเป๋าของฉันหาย").words == ("กระเป๋า", "ของ", "ฉัน", "หาย")


def test_vowel_signs_and_accents_are_part_of_a_word():
    assert plain("मेरी उड़ान। cafe\u0301").words == ("मेरी", "उड़ान", "cafe\u0301")
    assert plain("#เที่ยวบิน ช้า").prose == "ช้า"

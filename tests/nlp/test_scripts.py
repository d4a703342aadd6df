import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.language_model import words_of
from nlp.scripts import script_language


def told(prose):
    return script_language(prose, sum(map(len, words_of(prose))))


@pytest.mark.parametrize(
    ("prose", "lang"),
    [
        ("ฉันรัก", "th"),
        ("사랑해요", "ko"),
        ("我的航班", "zh"),
        ("航班のせい", "ja"),
        ("ራስህን", "am"),
        ("გამარჯობა", "ka"),
        ("привет", ""),
        ("hello", ""),
        ("", ""),
    ],
)
def test_a_script_tells_its_language(prose, lang):
    assert told(prose)[0] == lang


def test_a_few_foreign_letters_are_taken_out_of_a_post():
    assert told("this is the long way to 東京 and back") == (
        "",
        "this is the long way to   and back",
    )


def test_a_chinese_post_that_plays_with_one_kana_is_chinese():
    assert told("今天的天氣真的非常好我们一起出去玩吧の")[0] == "zh"


@given(st.text())
def test_any_text_keeps_what_is_not_taken_out(prose):
    lang, rest = told(prose)
    assert rest == prose if lang else len(rest) <= len(prose)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.language import LanguageIdentifier
from tests.nlp.posts import read

IDENTIFIER = LanguageIdentifier()
EXAMPLES = {
    "en": ["My flight is three hours late again", "worst airline ever", "Where is my refund?"],
    "de": ["Der Flug ist schon wieder verspätet", "Danke für nichts", "Wo ist mein Koffer?"],
    "es": ["Llevo tres horas esperando mi maleta", "gracias por nada", "¿Dónde está mi pedido?"],
    "fr": ["Mon vol est encore en retard", "merci pour rien", "Où est ma valise ?"],
    "it": ["Il mio volo è in ritardo da tre ore", "grazie per niente", "Dov'è la mia valigia?"],
    "pt": ["Meu voo está atrasado de novo", "obrigado por nada", "Cadê a minha mala?"],
    "nl": ["Mijn vlucht is alweer te laat", "waar is mijn koffer"],
    "ar": ["رحلتي متأخرة ثلاث ساعات", "أين حقيبتي؟"],
    "ja": ["バッテリーがすぐに切れる", "荷物はどこですか"],
    "zh": ["我的航班又延误了", "电池坏了"],
    "ko": ["제 가방이 어디에 있나요"],
    "ru": ["Мой рейс снова задержан", "где мой багаж"],
    "th": ["เที่ยวบินของฉันล่าช้า"],
    "he": ["הטיסה שלי מאחרת שוב"],
    "hi": ["मेरी उड़ान फिर देर से है", "yeh phone bahut kharab hai bhai", "mera bag kahan hai yaar"],
    "tr": ["Uçuşum yine gecikti, neden kimse cevap vermiyor"],
    "pl": ["Mój lot jest znowu opóźniony"],
    "sv": ["Mitt flyg är försenat igen och ingen svarar"],
}
CASES = [(lang, text) for lang, texts in EXAMPLES.items() for text in texts]
NOBODY_CAN_TELL = [
    "😀😀😀",
    "👍",
    "#NimbusAir #fail",
    "@nimbusair",
    "https://x.example/en/the",
    "123",
]
NOBODY_CAN_TELL += ["!!!", "...", "lol", "ok", "no", "hmm", "@a @b #c", "23h29 13.7 6.6", "xD"]


@pytest.mark.parametrize(("lang", "text"), CASES, ids=[text for _, text in CASES])
def test_a_sentence_is_told_by_its_language(lang, text):
    assert read(text).lang == lang


@pytest.mark.parametrize("text", NOBODY_CAN_TELL)
def test_what_nobody_could_tell_has_no_language(text):
    assert read(text).lang == "und"


def test_handles_links_and_hashtags_do_not_sway_the_language():
    text = "Der Flug ist weg"
    around = "@the_best_airline_of_them_all https://example.example/what-is-this {} #NeverFlyAgain"
    assert read(around.format(text)).lang == read(text).lang == "de"


def test_the_platforms_word_breaks_a_tie_and_no_more():
    assert read("no, gracias", lang="en").lang == "es"
    assert read("nice", lang="und").lang == "und"
    assert read("nice", lang="en-US").lang == read("nice", lang="EN").lang == "en"
    assert read("der Flug ist verspätet", lang="en").lang == "de"


def test_english_mixed_into_hindi_is_not_english():
    assert read("bhai yeh flight cancel ho gayi hai, very bad service").lang == "hi"


def test_a_brands_language_is_told_apart_even_where_it_is_rare():
    galician = LanguageIdentifier(["gl"])
    text = "Non sei onde está a miña maleta, ninguén responde ás chamadas"
    assert galician.identify(text).lang == "gl"
    assert "gl" not in {IDENTIFIER.identify(text).lang}


def test_a_language_that_nobody_knows_is_no_error():
    assert LanguageIdentifier(["tlh", ""]).identify("this is my bag").lang == "en"


@given(st.text())
def test_any_text_gets_a_language_and_a_share(text):
    found = IDENTIFIER.identify(text)
    assert found.reason
    assert 0 <= found.confidence <= 1
    assert found.lang == "und" or found.confidence >= 0.3

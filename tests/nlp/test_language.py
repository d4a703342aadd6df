import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.language import SURE_FROM, LanguageIdentifier
from nlp.language_model import REMEMBERED_WORDS, language_model
from nlp.plain import plain
from tests.nlp.posts import SHARED, read

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
    "da": ["Mit fly er forsinket igen, og ingen svarer mig"],
    "no": ["Flyet mitt er forsinket igjen, og ingen svarer meg"],
    "fi": ["Lentoni on taas myöhässä eikä kukaan vastaa"],
    "cs": ["Můj let má zase zpoždění a nikdo neodpovídá"],
    "ro": ["Zborul meu are din nou întârziere și nimeni nu răspunde"],
    "hu": ["Megint késik a gépem és senki sem válaszol"],
    "uk": ["Мій рейс знову затримали, і ніхто не відповідає"],
    "el": ["Η πτήση μου καθυστερεί πάλι"],
    "fa": ["پرواز من دوباره تأخیر دارد و کسی جواب نمی‌دهد"],
    "ur": ["میری پرواز پھر لیٹ ہے اور کوئی جواب نہیں دیتا"],
    "id": ["pesawat saya telat lagi, nggak ada yang jawab"],
    "vi": ["Chuyến bay của tôi lại bị hoãn, không ai trả lời"],
    "tl": ["Hindi pa rin dumating ang bagahe ko, wala namang sumasagot"],
    "sw": ["Ndege yangu imechelewa tena na hakuna anayejibu"],
    "bn": ["আমার ফ্লাইট আবার দেরি করছে"],
    "pcm": ["Una don dey delay my flight again, wetin dey worry una sef"],
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


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("hi", "bhai yeh flight cancel ho gayi hai, very bad service"),
        ("hi", "app ka update bahut bekar hai please fix it yaar"),
        ("pcm", "abeg make una fix dis app, e no dey work at all"),
        ("en", "Visited Delhi with my brother, the service was really bad"),
        ("en", "no one at the Lagos office knows where my bag is"),
    ],
)
def test_english_mixed_into_hindi_or_pidgin_is_not_english(lang, text):
    assert read(text).lang == lang


@pytest.mark.parametrize("text", ["I am disappointed", "so disappointed", "we are angry"])
def test_a_few_words_of_english_are_not_pidgin(text):
    assert read(text).lang == "en"


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("th", "Nimbus Air ดีเลย์อีกแล้ว check-in ช้ามาก"),
        ("ja", "Nimbus Air のフライトがまた遅延、iPhone 充電できない"),
        ("en", "My flight to 東京 was three hours late and nobody said why"),
        ("en", "they lost my bag and nobody answers ಠ_ಠ"),
        ("und", "ಠ_ಠ"),
        ("und", "(´・ω・`)"),
        ("ar", "رحلتي متأخرة مع Nimbus Air"),
    ],
)
def test_a_script_of_its_own_tells_the_language_where_it_is_not_just_a_name(lang, text):
    assert read(text).lang == lang


def test_letters_in_fancy_forms_are_letters():
    assert IDENTIFIER.identify("𝓶𝔂 𝓯𝓵𝓲𝓰𝓱𝓽 𝓲𝓼 𝓽𝓱𝓻𝓮𝓮 𝓱𝓸𝓾𝓻𝓼 𝓵𝓪𝓽𝓮").lang == "en"
    assert IDENTIFIER.identify("ＷＨＥＲＥ ＩＳ ＭＹ ＢＡＧ").lang == "en"


def test_a_brands_language_is_told_apart_even_where_it_is_rare():
    text = "Non sei onde está a miña maleta, ninguén responde ás chamadas"
    assert LanguageIdentifier(["gl"]).identify(text).lang == "gl"
    assert IDENTIFIER.identify(text).lang in {"pt", "es"}


def test_languages_that_all_brands_list_break_ties_and_no_more():
    german = LanguageIdentifier(["de"], is_complete=True)
    for lang, text in CASES:
        assert german.identify(text).lang == lang
    for text in NOBODY_CAN_TELL:
        assert german.identify(plain(text).prose).lang == "und"
    text = "Lieferung kaputt"
    assert german.identify(text).confidence > IDENTIFIER.identify(text).confidence


def test_han_characters_alone_are_chinese_unless_japanese_is_what_is_listened_for():
    assert IDENTIFIER.identify("電池交換料金").lang == "zh"
    assert IDENTIFIER.identify("電池交換料金", "ja").lang == "ja"
    assert LanguageIdentifier(["ja"], is_complete=True).identify("電池交換料金").lang == "ja"
    both = LanguageIdentifier(["ja", "zh"], is_complete=True)
    assert both.identify("電池交換料金").lang == "zh"


def test_the_reason_shows_the_words_that_told():
    reason = IDENTIFIER.identify("Nimbus Air: der Flug ist weg").reason
    assert reason.startswith("de by ")
    assert "der" in reason
    assert "nimbus" not in reason


def test_a_language_that_nobody_knows_is_no_error():
    assert LanguageIdentifier(["tlh", ""]).identify("this is my bag").lang == "en"


def test_what_was_read_before_changes_nothing():
    texts = [text for _, text in CASES]
    alone = [IDENTIFIER.identify(text) for text in texts]
    model = language_model()
    for start in range(0, REMEMBERED_WORDS + 100, 100):
        model.hear([[f"word{number}" for number in range(start, start + 100)]])
    assert [IDENTIFIER.identify(text) for text in reversed(texts)] == alone[::-1]


@pytest.mark.skipif(
    not SHARED.exists(), reason=f"NAUGHTY STRINGS WERE NOT TRIED: {SHARED} is missing"
)
def test_every_naughty_string_gets_a_language():
    naughty = json.loads((SHARED / "naughty-strings.json").read_text(encoding="utf-8"))
    for text in naughty:
        for each in (text, text * 50, f"Der Flug ist weg {text}"):
            found = IDENTIFIER.identify(plain(each).prose)
            assert found.lang == "und" or found.confidence >= SURE_FROM


@given(st.text())
def test_any_text_gets_a_language_and_a_share(text):
    found = IDENTIFIER.identify(text)
    assert found.reason
    assert 0 <= found.confidence <= 1
    assert found.lang == "und" or found.confidence >= SURE_FROM

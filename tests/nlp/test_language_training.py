import json

import numpy as np
import pytest

from nlp.language import own_words
from nlp.language_model import LanguageModel, words_of
from nlp.training.language import Trainer
from nlp.training.language_rows import relabelled
from nlp.training.locales import sentences

CATALOGUE = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

msgid "Save %(name)s and go on"
msgstr "Bewaar %(name)s "
"en ga verder"

msgid "not translated at all"
msgstr "not translated at all"
"""


def test_sentences_are_read_from_catalogues_without_what_nobody_says(tmp_path):
    gettext = tmp_path / "django/contrib/locale/nl/LC_MESSAGES/django.po"
    gettext.parent.mkdir(parents=True)
    gettext.write_text(CATALOGUE, encoding="utf-8")
    for name, said in (("en", "not translated at all"), ("nb", "Lagre {name} og gå videre")):
        strings = tmp_path / f"static/translations/{name}-{'0' * 32}.json"
        strings.parent.mkdir(parents=True, exist_ok=True)
        strings.write_text(json.dumps({"a": {"b": said}, "n": 1}), encoding="utf-8")
    assert sorted(sentences(tmp_path)) == [
        ("en", "not translated at all"),
        ("nl", "Bewaar en ga verder"),
        ("no", "Lagre og gå videre"),
    ]


@pytest.mark.parametrize(
    ("lang", "text", "learnt"),
    [
        ("hi", "bhai yeh flight kab aayegi, nahi pata", "hi"),
        ("hi", "what a match it was, they should have won", ""),
        ("hi", "मेरी उड़ान", "hi"),
        ("de", "this is what you get when they are in charge", ""),
        ("de", "der Film the good place war toll", "de"),
        ("pcm", "nothing for you here my friend", ""),
        ("en", "bhai hai hai", "en"),
    ],
)
def test_no_post_is_learnt_under_a_label_that_its_words_deny(lang, text, learnt):
    assert relabelled(lang, words_of(text), own_words()) == learnt


def test_training_learns_and_gives_the_same_weights_every_time(capsys):
    rows = [
        (lang, text.split())
        for lang, text in (("de", "der flug ist weg"), ("en", "the flight is gone"))
        for _ in range(200)
    ]
    first, second = Trainer(("de", "en")), Trainer(("de", "en"))
    first.train(list(rows), epochs=2)
    second.train(list(rows), epochs=2)
    stored, again = first.model(), second.model()
    assert all(np.array_equal(stored[name], again[name]) for name in stored)
    model = LanguageModel(
        stored["languages"].tolist(), stored["weights"], float(stored["scale"]), stored["bias"]
    )
    heard = model.hear([["der", "flug"], ["the", "flight"]])
    assert heard.scores.argmax(axis=1).tolist() == [0, 1]
    assert "epoch 2" in capsys.readouterr().out

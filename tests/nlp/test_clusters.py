import itertools
import json
import random
from pathlib import Path
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp import clusters
from nlp.clusters import cluster, expected_precision, nearest
from nlp.wish_titles import title_of
from tests.nlp.requests import requests_of

GOLDEN = requests_of("golden")
SOME = [row["text"] for row in GOLDEN[:36]]
NAUGHTY = Path(__file__).parents[3] / "shared/data/naughty-strings.json"

few = settings(max_examples=10, deadline=None)


def parts(labels, texts):
    found = {}
    for label, text in zip(labels, texts, strict=True):
        found.setdefault(label, []).append(text)
    return sorted(sorted(part) for part in found.values())


def english(texts, **said):
    return cluster(texts, langs=["en"] * len(texts), **said)


@few
@given(st.lists(st.sampled_from([*SOME, "", "  ", "👍👍"]), max_size=40), st.randoms())
def test_any_order_gives_the_same_clusters(texts, dice):
    mixed = texts[:]
    dice.shuffle(mixed)
    assert parts(english(mixed), mixed) == parts(english(texts), texts)


def test_the_golden_set_in_any_order_gives_the_same_clusters():
    texts, langs = [row["text"] for row in GOLDEN], [row["lang"] for row in GOLDEN]
    order = random.Random(3).sample(range(len(texts)), len(texts))
    once = parts(cluster(texts, langs=langs), texts)
    mixed = [texts[at] for at in order]
    assert parts(cluster(mixed, langs=[langs[at] for at in order]), mixed) == once


@few
@given(st.lists(st.sampled_from(SOME), min_size=1, max_size=30))
def test_a_text_said_again_is_in_the_same_cluster_and_moves_no_other(texts):
    assert english([*texts, *texts]) == english(texts) * 2


def test_labels_are_numbers_in_order_of_first_appearance():
    texts = ["Please add a sleep timer", "Please give us a family plan", "please add a sleep timer"]
    assert english([*texts, texts[1] + "!!"]) == [0, 1, 0, 1]


def test_what_is_asked_in_other_words_is_one_and_other_things_in_the_same_words_are_not():
    texts = [
        "Please add a dark mode",
        "I wish the app had a dark theme",
        "Please add a sleep timer",
        "Please add gift cards",
    ]
    assert english(texts) == [0, 0, 1, 2]


@pytest.mark.parametrize(
    "against",
    [
        "Please remove the dark mode",
        "remove dark mode",
        "let me turn dark mode off",
        "dark mode is ugly",
        "I hate the dark mode",
    ],
)
def test_who_is_against_a_thing_does_not_stand_with_who_asks_for_it(against):
    assert english(["Please add a dark mode", "dark mode please", against]) == [0, 0, 1]


places = st.integers(0, len(SOME) - 1)
pairs = st.lists(st.tuples(places, places).filter(lambda pair: pair[0] != pair[1]), max_size=5)


@few
@given(pairs)
def test_what_people_put_together_is_together(together):
    labels = english(SOME, together=together)
    assert all(labels[one] == labels[other] for one, other in together)


@few
@given(pairs)
def test_what_people_kept_apart_is_apart(apart):
    labels = english(SOME, apart=apart)
    assert all(labels[one] != labels[other] for one, other in apart)


def test_the_same_words_can_be_kept_apart():
    texts = ["dark mode please", "dark mode please", "dark mode please"]
    first, second, _ = english(texts, apart=[(0, 1)])
    assert first != second


def test_apart_keeps_groups_apart_not_only_posts():
    texts = ["Please add a dark mode", "a dark mode please", "Dark mode would be great"]
    labels = english(texts, together=[(0, 1)], apart=[(1, 2)])
    assert labels == [0, 0, 1]


def test_what_people_put_together_holds_against_what_they_keep_apart():
    texts = ["Please add a dark mode", "Please add a sleep timer"]
    assert english(texts, together=[(0, 1)], apart=[(0, 1)]) == [0, 0]


def test_two_wordings_put_together_draw_what_is_like_either():
    texts = [
        "No equalizer? Really?",
        "equalizer please",
        "would be great to adjust bass and treble",
        "let me adjust the bass",
        "Please make seat selection free",
    ]
    alone = english(texts)
    assert alone[0] == alone[1] != alone[2] == alone[3]
    assert english(texts, together=[(0, 2)]) == [0, 0, 0, 0, 1]


def test_languages_stand_apart_until_people_put_them_together():
    texts = ["Please add a dark mode", "Bitte baut einen Dark Mode ein", "Dark Mode wäre super"]
    langs = ["en", "de", "de"]
    assert cluster(texts, langs=langs) == [0, 1, 1]
    assert cluster(texts, langs=langs, together=[(0, 1)]) == [0, 0, 0]


def test_without_languages_each_text_says_its_own():
    texts = ["Bitte baut endlich einen Dunkelmodus in die App ein", "Please add a dark mode"]
    assert cluster(texts) == [0, 1]


def test_nothing_and_one_and_what_has_no_words_have_clusters():
    assert cluster([]) == []
    assert cluster(["dark mode please"]) == [0]
    assert english(["👍", "🎉", "👍", "please!!", "", ""]) == [0, 1, 0, 2, 3, 3]


def test_ten_thousand_emoji_are_a_text_each():
    texts = [chr(0x1F300 + at % 400) * (1 + at // 400) for at in range(10_000)]
    assert len(set(english(texts))) == len(set(texts))


@pytest.mark.skipif(not NAUGHTY.exists(), reason="shared/data is not here")
def test_strings_that_break_programs_have_clusters():
    texts = [str(each) for each in json.loads(NAUGHTY.read_text(encoding="utf-8"))]
    for langs in (None, ["en"] * len(texts), ["de"] * len(texts)):
        assert len(cluster(texts, langs=langs)) == len(texts)
    assert all(isinstance(title_of([text]), str) for text in texts[::5])


def test_too_many_texts_are_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(clusters, "MOST_TEXTS", 2)
    assert english(["a kettle", "a kettle", "a gym"]) == [0, 0, 1]
    with pytest.raises(ValueError, match=r"3 different texts in 'en'.* shorter period"):
        english(["a kettle", "a pool", "a gym"])


def test_a_known_cluster_is_continued_by_what_says_the_same():
    known = [["Please add a sleep timer"], ["I want CarPlay"]]
    found = [["Carplay support when?"], ["would love karaoke"], ["A sleep timer would be great"]]
    assert nearest(found, known) == [1, None, 0]
    assert nearest(found, []) == [None, None, None]
    assert nearest([], known) == []


def test_a_known_cluster_is_continued_once_by_the_most_alike():
    known = [["Please add a sleep timer", "a sleep timer please"]]
    found = [["a timer for sleeping would be nice"], ["Please add a sleep timer"]]
    assert nearest(found, known) == [None, 0]


def test_a_known_cluster_is_not_continued_in_another_language():
    found, known = [["Dark Mode bitte"]], [["dark mode please"]]
    assert nearest(found, known, langs=["de"], known_langs=["en"]) == [None]
    assert nearest(found, known, langs=["de"], known_langs=["de"]) == [0]


@pytest.mark.parametrize(
    ("texts", "title"),
    [
        (["Please add a sleep timer, I fall asleep with podcasts on"], "Sleep timer"),
        (
            ["I love it. Would be great if you could sort playlists by artist!!"],
            "Sort playlists by artist",
        ),
        (["less advertising would be great", "Please, less advertising"], "Less advertising"),
        (["please please please"], "please please please"),
        (["👍"], "👍"),
        ([], ""),
    ],
)
def test_a_title_is_what_is_wanted_in_the_words_of_who_wants_it(texts, title):
    assert title_of(texts) == title


def test_a_title_does_not_hang_on_the_order_of_texts():
    texts = [row["text"] for row in GOLDEN if row["cluster"].startswith("dark mode for")]
    assert title_of(texts) == title_of(texts[::-1])
    assert len(title_of(texts)) <= 80


def test_precision_is_a_share_and_higher_where_texts_are_more_alike():
    close = expected_precision(["Please add a sleep timer", "A sleep timer would be great"])
    far = expected_precision(["Please add a sleep timer", "Please make seat selection free"])
    assert 0 < far < 0.5 < close < 1
    assert expected_precision(["one text"]) == expected_precision([]) == 1


def test_expected_precision_promises_no_more_than_the_golden_set_keeps():
    labels = cluster([row["text"] for row in GOLDEN], langs=[row["lang"] for row in GOLDEN])
    found = {}
    for row, label in zip(GOLDEN, labels, strict=True):
        found.setdefault(label, []).append(row)
    expected, kept = [], []
    for rows in found.values():
        if len(rows) > 1:
            expected.append(expected_precision([row["text"] for row in rows], rows[0]["lang"]))
            same = [a["cluster"] == b["cluster"] for a, b in itertools.combinations(rows, 2)]
            kept.append(sum(same) / len(same))
    sure = [right for said, right in zip(expected, kept, strict=True) if said >= 0.75]
    doubtful = [right for said, right in zip(expected, kept, strict=True) if said < 0.75]
    assert 0.5 < mean(expected) <= mean(kept)
    assert mean(sure) > mean(doubtful)

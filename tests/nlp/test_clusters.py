import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.clusters import cluster, expected_precision, nearest, title_of

HERE = Path(__file__).parent


def requests_of(name):
    lines = (HERE / f"{name}_requests.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


GOLDEN = requests_of("golden")
SOME = [row["text"] for row in GOLDEN[:60]]


def parts(labels, texts):
    found = {}
    for label, text in zip(labels, texts, strict=True):
        found.setdefault(label, []).append(text)
    return sorted(sorted(part) for part in found.values())


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([*SOME, "", "  ", "👍👍"]), max_size=40), st.randoms())
def test_any_order_gives_the_same_clusters(texts, dice):
    langs = ["en"] * len(texts)
    mixed = texts[:]
    dice.shuffle(mixed)
    assert parts(cluster(mixed, langs=langs), mixed) == parts(cluster(texts, langs=langs), texts)


def test_labels_are_numbers_in_order_of_first_appearance():
    texts = [
        "Please add a sleep timer",
        "Please give us a family plan",
        "please add a sleep timer!",
    ]
    assert cluster(texts, langs=["en"] * 3) == [0, 1, 0]


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_what_people_put_together_stays_and_what_they_kept_apart_too(data):
    places = st.integers(0, len(SOME) - 1)
    pairs = st.lists(st.tuples(places, places).filter(lambda pair: pair[0] != pair[1]), max_size=5)
    together, apart = data.draw(pairs), data.draw(pairs)
    labels = cluster(SOME, langs=["en"] * len(SOME), together=together, apart=apart)
    assert all(labels[one] == labels[other] for one, other in together)
    joined = {frozenset(pair) for pair in together}
    if not joined:
        assert all(labels[one] != labels[other] for one, other in apart)


def test_people_put_texts_of_two_languages_together():
    texts = ["Please add a dark mode", "Bitte baut einen Dunkelmodus ein"]
    assert cluster(texts, langs=["en", "de"]) == [0, 1]
    assert cluster(texts, langs=["en", "de"], together=[(0, 1)]) == [0, 0]


def test_nothing_and_one_and_what_has_no_words_have_clusters():
    assert cluster([]) == []
    assert cluster(["dark mode please"]) == [0]
    assert cluster(["👍", "🎉", "👍"], langs=["en"] * 3) == [0, 1, 0]


def test_a_known_cluster_is_continued_by_what_says_the_same():
    known = [["Please add a sleep timer"], ["I want CarPlay"]]
    found = [["Carplay support when?"], ["would love karaoke"], ["A sleep timer would be great"]]
    assert nearest(found, known) == [1, None, 0]


def test_a_title_is_one_of_the_texts():
    texts = ["A sleep timer would be great", "Please add a sleep timer, I fall asleep to podcasts"]
    assert title_of(texts) in texts
    assert title_of(random.Random(1).sample(texts, 2)) == title_of(texts)


def test_precision_is_a_share_and_higher_where_texts_are_more_alike():
    close = expected_precision(["Please add a sleep timer", "A sleep timer would be great"])
    far = expected_precision(["Please add a sleep timer", "Please make seat selection free"])
    assert 0 < far < close <= expected_precision(["one text"]) == pytest.approx(1)

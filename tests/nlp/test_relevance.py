"""Other meanings of a name: context words, and what is learnt from people's yes and no."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.answer import Answer
from mentions.brand import Brand
from mentions.errors import BadPost
from nlp.brand import BrandReader
from nlp.build import build_reader
from nlp.relevance import Evidence, learnt
from tests.nlp.posts import post

HERON = Brand(
    name="Heron",
    query="heron OR #heron -statue",
    handles=("@heronair",),
    context=("flight",),
    not_context=("pond", "blue heron"),
)
BIRDS = ("pond", "reeds", "nest", "wings", "fishing", "lake", "marsh", "feathers")
FLIGHTS = ("gate", "luggage", "refund", "crew", "seat", "boarding", "delay", "desk")


def answers(count, seed=1):
    """Posts about the bird and about the airline, by turns."""
    chance = random.Random(seed)
    for number in range(count):
        said = FLIGHTS if number % 2 else BIRDS
        yield Answer(
            "Heron",
            f"{chance.choice(said)} heron {chance.choice(said)} {chance.choice(said)} {number}",
            is_relevant=bool(number % 2),
        )


def named(reader, text, **known):
    return bool(reader.read(post(text, **known), ()).brands)


def test_a_long_article_is_told_by_the_words_near_the_name():
    reader = BrandReader([HERON])
    far = " ".join(["word"] * 40)
    assert not named(reader, f"{far} the heron by the pond {far}")
    assert named(reader, f"a pond {far} the heron {far} a pond")


def test_a_phrase_of_another_meaning_that_holds_the_name_leaves_it_out():
    duty = Brand(
        name="Call of Duty", query='"call of duty"', not_context=("beyond the call of duty",)
    )
    reader = BrandReader([duty])
    found = reader.read(post("she went beyond the call of duty"), ())
    assert found.brands == ()
    assert found.reason.endswith("left out: 'call of duty' within 'beyond the call of duty'")
    assert named(reader, "beyond the call of duty, said call of duty fans")


def test_fifty_answers_tell_a_bird_from_an_airline():
    reader = BrandReader([HERON], list(answers(50)))
    told = [named(reader, a.text + " indeed") == a.is_relevant for a in answers(200, seed=2)]
    assert sum(told) >= 190


def test_the_reason_says_what_was_learnt():
    reader = BrandReader([HERON], list(answers(50)))
    said = reader.read(post("a heron in the marsh, feathers and reeds"), ()).reason
    assert said.startswith("Heron left out: 'heron', learnt from 50 answers (")
    assert any(word in said for word in BIRDS)


def test_too_few_answers_change_nothing():
    few = list(answers(8))
    assert named(BrandReader([HERON], few), "a heron in the marsh")
    only_no = [Answer("Heron", f"heron {n}", is_relevant=False) for n in range(50)]
    assert named(BrandReader([HERON], only_no), "a heron in the marsh")


def test_what_a_person_said_of_this_very_text_stands():
    no = Answer("Heron", "A heron, on a flight!", is_relevant=False)
    yes = Answer("Heron", "what a bird at the pond", is_relevant=True)
    reader = BrandReader([HERON], [no, yes])
    assert not named(reader, "a heron on a FLIGHT")
    assert named(reader, "what a bird at the pond")
    assert reader.read(post("what a bird at the pond"), ()).reason == (
        "Heron as a person said of this text"
    )


def test_a_text_of_signs_alone_says_nothing_of_other_texts():
    reader = BrandReader([HERON], [Answer("Heron", "!!!", is_relevant=True)])
    assert not named(reader, "???")
    assert not named(reader, "", title="nothing about it")


def test_an_owned_handle_is_never_learnt_away():
    reader = BrandReader([HERON], list(answers(50)))
    found = reader.read(post("heron pond reeds nest"), ["heronair"])
    assert [brand.tagged for brand in found.brands] == [True]


def test_the_same_answers_in_any_order_teach_the_same():
    given_answers = list(answers(60))
    shuffled = random.Random(3).sample(given_answers, len(given_answers))
    one, other = BrandReader([HERON], given_answers), BrandReader([HERON], shuffled)
    for asked in answers(50, seed=5):
        mention = post(f"{asked.text} maybe")
        assert one.read(mention, ()).brands == other.read(mention, ()).brands


def test_answers_about_a_brand_that_is_gone_are_left_alone():
    assert named(BrandReader([HERON], [Answer("Gone", "heron", is_relevant=False)]), "heron")


def test_the_whole_reader_learns():
    reader = build_reader([HERON], list(answers(50)))
    (read,) = reader.read([post("a heron in the marsh, feathers and reeds")])
    assert read.brands == ()


def test_a_post_of_neither_kind_is_said_to_be_unsure():
    judge = learnt([(Evidence(own=("a",)), True), (Evidence(other=("b",)), False)] * 10)
    assert judge is not None
    assert judge.judge(Evidence()).is_unsure
    assert not judge.judge(Evidence(own=("a", "c", "d"), is_named=True)).is_unsure


EVIDENCE = st.builds(
    Evidence,
    own=st.tuples() | st.tuples(st.just("flight")),
    words=st.lists(st.sampled_from(["a", "b", "😀", ""]), unique=True).map(tuple),
    is_named=st.booleans(),
    links=st.integers(0, 10_000),
)


@given(st.lists(st.tuples(EVIDENCE, st.booleans()), max_size=30), EVIDENCE)
def test_whatever_is_taught_gives_a_chance(examples, asked):
    judge = learnt(examples)
    if judge is not None:
        judged = judge.judge(asked)
        assert 0 < judged.chance < 1
        assert judged.is_relevant == (judged.chance >= 0.5)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({"text": "x", "label": "relevant"}, "name of its brand"),
        ({"brand": "A", "label": "relevant"}, "needs a text"),
        ({"brand": "A", "text": " ", "label": "relevant"}, "needs a text"),
        ({"brand": "A", "text": "x", "label": "maybe"}, "neither relevant nor irrelevant"),
        ({"brand": "A", "text": "x", "label": ["yes"]}, "neither relevant nor irrelevant"),
    ],
)
def test_what_is_no_answer_is_refused_with_the_reason(record, why):
    with pytest.raises(BadPost, match=why):
        Answer.from_json(record)


def test_any_text_may_be_taught():
    taught = Answer.from_json({"brand": "A", "text": "\ud800 heron\0", "label": "no"})
    taught.text.encode()
    assert "\0" not in taught.text

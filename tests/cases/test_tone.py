"""The tone check marks what would make things worse, and leaves good answers alone."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.tone import Checked, Personal, Situation, check
from cases.venue import advised
from tests.cases.world import post

ANSWERS = Path(__file__).parents[2] / "untagged" / "town" / "texts" / "answers.en.txt"
CALM, ANGRY = Situation(), Situation(is_angry=True)
SERIOUS = Situation(is_serious=True)


def checked(text: str, situation: Situation = CALM, **options) -> Checked:
    return check(text, **{"lang": "en", "platform": "x", "situation": situation, **options})


def kinds(text: str, situation: Situation = CALM, **options) -> list[tuple[str, str]]:
    return [(one.kind, one.phrase) for one in checked(text, situation, **options).findings]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("You just need to sign in again.", [("small", "just need to")]),
        ("Please just restart the app.", [("small", "Please just")]),
        ("Hi Lena, just restart it.", [("small", "just restart")]),
        ("Simply turn it off.", [("small", "Simply")]),
        ("Obviously, that is a known thing.", [("small", "Obviously")]),
        ("This is a minor issue.", [("small", "minor issue")]),
        ("You should have read the terms.", [("blame", "You should have read")]),
        ("You didn’t provide your number.", [("blame", "You didn’t provide")]),
        ("That was your own mistake.", [("blame", "your own mistake")]),
        ("Sorry you feel that way.", [("blame", "Sorry you feel")]),
        ("As I already said, we are looking.", [("blame", "As I already said")]),
        ("Sorry, but we can't.", [("blame", "Sorry, but")]),
    ],
)
def test_what_makes_it_small_or_blames_is_marked_with_something_better(text, found) -> None:
    answer = checked(text)
    assert [(one.kind, one.phrase) for one in answer.findings] == found
    assert all(text[one.start : one.end] == one.phrase and one.instead for one in answer.findings)


@pytest.mark.parametrize(
    "text",
    [
        "You just made the crew's day!",
        "We have just sent it to you.",
        "Your bag has just arrived.",
        "A fair and just decision matters to us.",
        "Only you can see this.",
        "You should receive it tomorrow.",
        "It should have arrived by now; I'm asking the depot.",
        "We didn't read this in time, sorry.",
    ],
)
def test_the_same_words_in_another_sense_are_left_alone(text) -> None:
    assert kinds(text) == []


def test_an_angry_author_is_to_be_heard_before_anything_is_asked() -> None:
    assert kinds("Please send us your number.", ANGRY) == [("no_empathy", "")]
    assert kinds("I'm sorry about this. Please send us your number.", ANGRY) == []
    assert kinds("Please send us your number.") == []


def test_humour_is_marked_in_a_serious_case_alone() -> None:
    text = "Oops, on fire again 😂"
    assert kinds(text) == []
    assert kinds(text, SERIOUS) == [("humour", "Oops"), ("humour", "😂")]


def test_personal_data_is_marked_in_public_and_left_in_private() -> None:
    text = "Your refund went to DE89 3704 0044 0532 0130 00."
    place = Personal("iban", 20, 47)
    assert kinds(text, personal=[place]) == [("personal_data", "DE89 3704 0044 0532 0130 00")]
    assert kinds(text, Situation(is_public=False), personal=[place]) == []


def test_what_is_too_long_is_marked_from_where_it_is() -> None:
    (finding,) = checked("a" * 285).findings
    assert (finding.kind, finding.start, finding.end) == ("length", 280, 285)
    assert "too long for x by 5" in finding.why


def test_a_language_without_words_is_not_judged_by_english_ones() -> None:
    answer = checked("You just need to", lang="de")
    assert answer.findings == ()
    assert "'de'" in answer.unchecked
    assert checked("hi", lang="../../etc").unchecked


@given(st.text(max_size=400))
def test_any_text_is_checked_and_every_place_is_in_it(text) -> None:
    both = Situation(is_angry=True, is_serious=True)
    for one in checked(text, both, platform="bluesky").findings:
        assert 0 <= one.start <= one.end <= len(text)
        assert text[one.start : one.end] == one.phrase


def own_answers() -> list[tuple[str, str]]:
    """What the town's brands answer, each with what it answers to."""
    found, kind = [], ""
    for line in ANSWERS.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("//") and kind.startswith(("heron.", "pomelo.")):
            found.append((kind.partition(".")[2], line.format(to="@lena", agent="Ana")))
    return found


def test_the_good_answers_of_the_town_s_brands_are_left_alone() -> None:
    answers = own_answers()
    assert len(answers) >= 30
    found = {}
    for kind, text in answers:
        is_angry = kind in ("complaint", "crisis")
        for one in kinds(text, Situation(is_angry=is_angry, is_serious=True)):
            found[text] = one
    # One of them goes straight to the facts in the middle of a crisis: that is to be told.
    assert list(found.values()) == [("no_empathy", "")]
    assert next(iter(found)).startswith("Hi @lena, we're working on it")


def test_a_post_tells_what_its_answer_has_to_mind() -> None:
    angry = {"label": "negative", "score": -1, "confidence": 1, "unsure": False, "model": "m"}
    complaint = ({"label": "complaint", "confidence": 1},)
    assert Situation.of(post(sentiment=angry, intents=complaint)).is_angry
    assert not Situation.of(post(sentiment=angry)).is_angry
    assert Situation.of(post(severity=2)).is_serious
    assert not Situation.of(post(severity=3)).is_serious


def test_an_answer_is_public_unless_there_is_a_reason() -> None:
    assert advised(post(text="Do you fly to Oslo?")).where == "public"
    private = [
        post(text="mail me", contains_personal_data=True),
        post(text="Where is my refund?"),
        post(text="Wo bleibt meine Erstattung?", lang="de"),
        post(
            text="order 4711", entities=({"text": "4711", "label": "order", "start": 6, "end": 10},)
        ),
    ]
    assert [advised(one).where for one in private] == ["private"] * 4
    assert advised(post(text="Do you fly to Oslo?"), turns=3).where == "private"
    assert "refund" in str(advised(private[1]))


def test_a_word_counts_in_its_own_language_alone() -> None:
    assert advised(post(text="refund", lang="de")).where == "public"

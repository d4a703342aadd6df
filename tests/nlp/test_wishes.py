import pytest

from nlp.likeness import spread
from nlp.wishes import BESIDE, IN_PASSING, MAX_CHARACTERS, wish_of


def counted(text, lang="en"):
    wish = wish_of(text, lang)
    pairs = zip(wish.words, wish.counts, strict=True)
    return {word: count for word, count in pairs if count > IN_PASSING}


def test_what_asks_counts_in_full_and_what_stands_beside_it_less():
    counts = counted("I drew over a face by accident. Please add an undo button!")
    assert counts == {
        "drew": BESIDE,
        "face": BESIDE,
        "accident": BESIDE,
        "undo": 1.0,
        "button": 1.0,
    }


@pytest.mark.parametrize(
    "text", ["Crashes! Please fix!", "Please fix! It crashes", "please help, crashes"]
)
def test_a_request_that_names_nothing_gives_way_to_the_complaint_beside_it(text):
    assert counted(text) == {"crashes": 1.0}


@pytest.mark.parametrize(
    "text",
    [
        "Please fix this!!!",
        "needs more features",
        "Great app but lacks some features that others have",
        "Fix the problem or I uninstall",
    ],
)
def test_a_request_for_nothing_in_particular_says_nothing(text):
    assert not wish_of(text, "en").says_something


def test_stop_words_that_name_what_is_wanted_tell_it():
    assert {"name", "file"} <= wish_of("Please let us change the name of a file", "en").told


def test_what_asks_is_read_of_a_long_post_wherever_it_stands():
    chatter = "We had a long day in the mountains with our dogs. " * 30
    wish = wish_of(f"{chatter}Please add a kettle to the rooms.", "en")
    assert {"kettle", "rooms"} <= wish.told
    assert len(wish.text) <= MAX_CHARACTERS + 1


def test_words_counts_and_what_tells_are_as_many():
    for text in ("", "👍", "Please add a kettle. " + "x" * 900, "a\nb\nPlease add c++ and d-e"):
        wish = wish_of(text, "en")
        assert len(wish.words) == len(wish.telling) == len(wish.counts)


def test_words_that_count_the_same_are_spread_over_as_many():
    assert spread(wish_of("Please add undo button", "en")) == pytest.approx(2)
    assert 2 < spread(wish_of("I drew a face. Please add undo button", "en")) < 4

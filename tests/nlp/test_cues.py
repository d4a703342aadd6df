from itertools import pairwise, product
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.cues import MAX_GAP_WORDS, Cues, strongest, together
from nlp.intent import LABELS
from nlp.intent_cues import FOR_NOW
from nlp.lexicon.files import languages_of, read_lexicon
from nlp.plain import plain


def found(phrase, text):
    return [hit.said for hit in Cues([(phrase, "x", 1)]).find(text.split())]


def test_a_phrase_is_found_at_every_place():
    assert found("on hold", "on hold again on hold") == ["on hold", "on hold"]
    assert found("on hold", "on the hold") == []


def test_alternatives_and_nothing_are_spelled_out():
    assert found("the|a|- late flight|train", "late train") == ["late train"]
    assert found("my late flight|train", "my late flight") == ["my late flight"]


def test_a_beginning_stands_for_every_word_that_begins_so():
    assert found("cancel* my", "cancelling my order") == ["cancelling my"]
    assert found("my cancel*", "my cancel") == ["my cancel"]
    assert found("cancel*", "can") == []


def test_a_number_stands_for_every_word_that_begins_with_a_digit():
    assert found("# hours", "3 hours or 2h hours") == ["3 hours", "2h hours"]
    assert found("4g down", "4g down") == ["4g down"]


TRIED = ["lost .. bag", "lost my", "losi* bag", "# hours", "bag", "my|- bag lost .. # my"]
TRIED += ["bag .. my", "a .. b .. my"]
TRIED_WORDS = st.lists(st.sampled_from(["lost", "my", "bag", "a", "3", "hours", "losing", "b"]))


def by_looking_everywhere(words):
    """Every (phrase, start, end) of TRIED, by trying all of each at every place."""

    def ends(parts, at):
        if not parts:
            return {at}
        if parts[0] == "..":
            return {end for skip in range(MAX_GAP_WORDS + 1) for end in ends(parts[1:], at + skip)}
        fits = at < len(words) and (
            words[at] == parts[0]
            or (parts[0] == "#" and words[at][0].isdigit())
            or (parts[0].endswith("*") and words[at].startswith(parts[0][:-1]))
        )
        return ends(parts[1:], at + 1) if fits else set()

    spelled = [each for phrase in TRIED for each in spelled_out(phrase)]
    return sorted(
        (start, min(found), parts)
        for parts in spelled
        for start in range(len(words))
        if (found := ends(parts, start))
    )


def spelled_out(phrase):
    choices = [word.split("|") for word in phrase.split()]
    return [tuple(word for word in words if word != "-") for words in product(*choices)]


@given(st.lists(TRIED_WORDS, min_size=1, max_size=5), st.sampled_from([3, 20, 100_000]))
def test_what_is_found_is_what_looking_everywhere_finds_whatever_is_remembered(posts, remembered):
    with mock.patch("nlp.cues.REMEMBERED_STEPS", remembered):
        cues = Cues([(phrase, "x", 1) for phrase in TRIED])
        for words in posts:
            found = sorted((hit.start, hit.end, hit.cue.words) for hit in cues.find(words))
            assert found == by_looking_everywhere(words)


def test_a_gap_is_at_most_three_words_and_the_shortest_is_taken():
    assert found("lost .. bag", "lost my old red bag") == ["lost my old red bag"]
    assert found("lost .. bag", "lost a b c d bag") == []
    assert found("lost .. bag", "lost bag my bag") == ["lost bag"]


@pytest.mark.parametrize(
    "phrase", ["", ".. a", "a ..", "a .. .. b", "a b c d e f g h i", "ab* c", "-|-"]
)
def test_a_phrase_that_cannot_be_read_is_refused(phrase):
    with pytest.raises(ValueError, match="cue"):
        Cues([(phrase, "x", 1)])


def test_a_word_that_turns_a_phrase_around_takes_it_away():
    cues = Cues([("good", "praise", 1), ("not good", "complaint", 1)])
    labels = [hit.cue.label for hit in cues.find_unnegated(["not", "so", "good"])]
    assert labels == []
    assert [hit.cue.label for hit in cues.find_unnegated(["not", "good"])] == ["complaint"]


def test_overlapping_cues_of_a_label_count_once():
    cues = Cues([("working", "bug", 0.5), ("not working", "bug", 0.8), ("broken", "bug", 0.5)])
    hits = strongest(cues.find(["not", "working", "and", "broken", "and", "broken"]))
    assert [hit.said for hit in hits["bug"]] == ["not working", "broken"]


def test_cues_together_are_surer_than_each_and_never_certain():
    assert together([0.5, 0.5]) == pytest.approx(0.75)
    assert together([]) == 0


ALPHABET = ["a", "b", "c", "dddd", "ddddd", "7"]
PHRASES = st.lists(
    st.lists(st.sampled_from([*ALPHABET, "a|b", "dddd*", "#", ".."]), min_size=1, max_size=5)
    .filter(lambda words: words[0] != ".." != words[-1] and ("..", "..") not in pairwise(words))
    .map(" ".join),
    max_size=4,
)


def occurs(phrase, words):
    """The plainest reading of a phrase: every way to lay it on the words from their start."""
    if not phrase:
        return True
    wanted, *rest = phrase
    if wanted == "..":
        return any(occurs(rest, words[skip:]) for skip in range(MAX_GAP_WORDS + 1))
    if not words:
        return False
    fits = any(
        words[0].startswith(choice[:-1])
        if choice.endswith("*")
        else words[0][:1].isdigit()
        if choice == "#"
        else words[0] == choice
        for choice in wanted.split("|")
    )
    return fits and occurs(rest, words[1:])


@given(PHRASES, st.lists(st.sampled_from(ALPHABET), max_size=12))
def test_what_is_found_is_what_the_notation_says(phrases, words):
    hits = Cues([(phrase, phrase, 1) for phrase in phrases]).find(words)
    assert {(hit.cue.label, hit.start) for hit in hits} == {
        (phrase, start)
        for phrase in phrases
        for start in range(len(words))
        if occurs(phrase.split(), words[start:])
    }


def test_every_list_of_intents_names_intents_only():
    assert "en" in languages_of("intents")
    for lang in languages_of("intents"):
        listed = dict(read_lexicon(f"intents/{lang}"))
        sets = listed.pop("sets", {})
        assert set(listed) <= {*LABELS, FOR_NOW}, lang
        assert all(0 < weight < 1 for weights in listed.values() for weight in weights), lang
        assert not any("<" in word for cue in Cues.listed(listed, sets) for word in cue.words), lang


def test_words_of_trade_stay_on_vaders_scale_and_in_one_place():
    listed = read_lexicon("sentiment_en")
    cues = list(Cues.listed({"trade": listed["phrases"]}, listed["sets"]))
    assert all(-4 <= cue.weight <= 4 for cue in cues)
    weights: dict[tuple[str, ...], set[float]] = {}
    for cue in cues:
        weights.setdefault(cue.words, set()).add(cue.weight)
    assert {words for words, said in weights.items() if len(said) > 1} == set()


@pytest.mark.parametrize(
    ("phrase", "text", "said"),
    [
        ("退款|退钱", "为什么还不退款？", "退款"),
        ("退款 .. 没有", "退款到现在没有到账", "退款到现在没有"),
        ("返金", "早く返金してください", "返金"),
        ("คืนเงิน", "อยากขอคืนเงินค่ะ", "คืนเงิน"),
        ("app 闪退", "你们的App闪退了", "app闪退"),
    ],
)
def test_phrases_are_found_where_a_script_writes_no_spaces(phrase, text, said):
    (hit,) = Cues([(phrase, "complaint", 1.0)]).find(plain(text).words)
    assert hit.said == said

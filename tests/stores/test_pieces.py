"""What both stores are made of: cursors, documents, plans, ranking, significance. No store."""

import contextlib
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.cursors import Place, place_of
from mentions.documents import document, mention_of
from mentions.errors import StoreError
from mentions.mention import MAX_TEXT_CHARACTERS
from mentions.query.tree import And, Everything, Not, Or, Words
from mentions.relevance import MAX_RANKED_WORDS, ranking, wanted_words
from mentions.significance import significant, token_counts
from mentions.store import Written
from mentions.windows import buckets
from mentions.writing import by_id, chunks, plan, total
from tests.stores.posts import HOUR, NOON, post, posts

text_without_halves = st.text(st.characters(exclude_categories=["Cs"]))
whole = st.integers(-(2**63) + 1, 2**63 - 1)


@given(
    st.sampled_from(["published", "relevance", "reach"]),
    st.one_of(whole, st.floats(-1e18, 1e18)),
    whole,
    text_without_halves,
    st.lists(st.integers(1, 400), max_size=50).map(tuple),
)
def test_a_cursor_says_the_place_it_was_made_from(sort, rank, published, mention_id, weights):
    place = Place(sort, rank, published, mention_id, weights)
    assert place_of(place.cursor(), sort) == place


@given(st.one_of(st.text(), st.text("ABCwz09_-=", min_size=4)))
def test_any_text_is_a_cursor_or_refused(text):
    with contextlib.suppress(ValueError):
        place = place_of(text, "published")
        assert place_of(place.cursor(), "published") == place


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip))
def test_a_document_gives_its_mention_back(text):
    mention = post(text=text, topics=(text,))
    written = document(mention)
    assert mention_of(written.body, mention.id) == mention
    assert all("  " not in tokens and tokens.strip() == tokens for tokens in written.texts.values())


def test_a_record_that_cannot_be_read_names_its_mention():
    with pytest.raises(StoreError, match="'board:1' cannot be read"):
        mention_of('{"source": "board"}', "board:1")


def test_microseconds_are_exact_up_to_the_year_9999():
    late = NOON.replace(year=9999, microsecond=999_999)
    stored = document(post(published=late, collected=late)).values["published"]
    assert stored == ((late - NOON) // timedelta(microseconds=1) + _micros_at_noon(),)


def _micros_at_noon() -> int:
    return int(NOON.timestamp()) * 1_000_000


def test_chunks_keep_order_and_lose_nothing():
    assert list(chunks(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(chunks([], 3)) == []


def test_a_plan_writes_only_what_changes():
    stored = {each.id: each for each in posts(2)}
    incoming = by_id([*posts(3), post("001", refreshed=NOON + HOUR)])
    changes, refused = plan(incoming, stored)
    assert refused == []
    assert [key for key, change in changes.items() if change.document] == ["board:001", "board:002"]
    assert [change.changes_text for change in changes.values()] == [False, False, True]
    done = total(change.written for change in changes.values())
    assert done == Written(created=1, updated=1, unchanged=2)


def test_wanted_words_leave_out_what_is_negated_and_come_once():
    lost, found = Words(("text", "title"), ("lost",)), Words(("text",), ("found",))
    tree = And((Or((lost, found)), Not(Words(("text",), ("never",))), lost, Everything()))
    assert wanted_words(tree) == (lost, found)


def test_a_query_of_hundreds_of_words_ranks_by_its_first():
    many = Or(tuple(Words(("text",), (f"w{number}",)) for number in range(300)))
    ranked = ranking(many, sort="relevance", after=None, counts=lambda trees: [1] * len(trees))
    assert len(ranked.weights) == len(ranked.conditions) == MAX_RANKED_WORDS


def test_a_rarer_word_weighs_more_and_every_word_something():
    words = Or(tuple(Words(("text", "title"), (name,)) for name in ("all", "some", "none")))
    ranked = ranking(words, sort="relevance", after=None, counts=lambda _: [1000, 1000, 10, 0])
    everywhere, some, nowhere = ranked.weights
    assert 0 < everywhere < some < nowhere
    assert len(ranked.conditions) == 6


def test_tokens_are_counted_once_a_mention():
    assert token_counts(["lost lost bag", "bag ", " "]) == Counter({"bag": 2, "lost": 1})


def test_the_most_telling_token_comes_first():
    foreground = Counter({"outage": 40, "the": 50, "rare": 3})
    background = Counter({"outage": 5, "the": 900, "rare": 60, "fine": 500})
    terms = significant(foreground, background, ignoring=(), limit=5)
    assert [term.token for term in terms] == ["outage"]
    assert terms[0].score > 3
    assert (terms[0].foreground, terms[0].background) == (40, 5)


counts = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 50)).map(Counter)


@given(counts, counts)
def test_scores_are_positive_and_in_order(foreground, background):
    terms = significant(foreground, background, ignoring={"a"}, limit=3)
    scores = [term.score for term in terms]
    assert scores == sorted(scores, reverse=True)
    assert all(score > 0 for score in scores)
    assert len(terms) <= 3
    assert "a" not in {term.token for term in terms}


@given(st.integers(0, 10_000), st.integers(1, 500))
def test_buckets_cover_the_window_and_no_more(minutes, size):
    found = buckets(NOON, NOON + timedelta(minutes=minutes), timedelta(minutes=size))
    end = found.start + found.count * found.width
    assert found.until <= end < found.until + found.width or found.count == minutes == 0


def test_the_longest_text_there_is_makes_a_document():
    longest = post(text="é" * MAX_TEXT_CHARACTERS)
    assert mention_of(document(longest).body, longest.id) == longest

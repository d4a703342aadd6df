import json
import subprocess
import sys
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.language import Language

from mentions.collected import Reject
from mentions.mention import MAX_TEXT_CHARACTERS, Mention
from nlp.build import build_reader
from nlp.pipeline import COMPONENTS, build_pipeline
from nlp.post import post_of
from nlp.reader import Reader
from nlp.record import READ_FIELDS, cleaned
from tests.nlp.posts import NIMBUS, SHARED, post, read, reader

WORDS = ["delayed", "thanks", "nimbus", "@nimbusair", "?", "not", "but", "GOOD", "3", "hours", "on"]
WORDS += ["hold", "cloud", "😀", "wo", "ist", "&amp;", "<b>", "#NeverAgain", "https://x.example"]
POSTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
ANY_TEXT = st.text(st.characters(), max_size=300) | POSTS

NASTY = {
    "emoji": "😀" * 10_000,
    "family": "👨‍👩‍👧‍👦" * 8_000,
    "words of feeling": "good " * 40_000,
    "turns": "good but bad " * 15_000,
    "one letter": "a" * 200_000,
    "signs": "!" * 200_000,
    "handles": "@a " * 60_000,
    "at signs": "@" * 200_000,
    "half mails": "a@b." * 50_000,
    "digits": "1" * 200_000,
    "half phones": "+1 2-3" * 40_000,
    "half accounts": "DE12 3456 " * 20_000,
    "half orders": "order no " * 25_000,
    "hashtags": "#aB" * 60_000,
    "waits": "been waiting for " * 12_000,
    "losses": "lost " * 40_000,
    "tags": "<a href='x'>" * 16_000,
    "open tags": "<a" * 100_000,
    "references": "&#" + "1" * 100_000 + ";",
    "ampersands": "&" * 200_000,
    "questions": "? " * 100_000,
    "Thai": "สวัสดี" * 30_000,
    "marks": "a\u0301" * 100_000,
    "links": "http://" * 30_000,
    "overrides": "\u202e" * 100_000 + "abc",
    "brand": "nimbus " * 30_000,
    "brand and cloud": "nimbus cloud " * 15_000,
}


class Stumbles:
    def __call__(self, doc):
        if "stone" in doc.text:
            raise RuntimeError("a stone in the way")
        return doc


@Language.factory("stumbles")
def make_stumbles(nlp, name):
    return Stumbles()


@pytest.fixture(scope="module")
def stumbling():
    pipeline = build_pipeline([NIMBUS])
    pipeline.add_pipe("stumbles", after="language")
    return Reader(pipeline)


def test_a_post_that_breaks_a_component_is_rejected_and_the_others_are_read(stumbling):
    mentions = [post(text) for text in ("a stone", "nimbus air is late", "stone", "hello there")]
    first, second, third, fourth = stumbling.read(mentions)
    assert isinstance(first, Reject)
    assert isinstance(third, Reject)
    assert first.source == "board"
    assert first.reason == "stumbles could not read it: RuntimeError: a stone in the way"
    assert json.loads(first.raw)["text"] == "a stone"
    assert second.brands
    assert fourth.lang == "en"


class StumblesInBatches(Stumbles):
    def pipe(self, docs, batch_size):
        for doc in docs:
            post = post_of(doc)
            if "stone" in post.raw:
                raise RuntimeError("a stone in the way")
            post.reasons["stumbles"] = f"one of {batch_size}"
            yield doc


@Language.factory("stumbles_in_batches")
def make_stumbles_in_batches(nlp, name):
    return StumblesInBatches()


def test_a_batch_is_read_at_once_and_one_by_one_where_that_breaks():
    pipeline = build_pipeline([NIMBUS])
    pipeline.add_pipe("stumbles_in_batches", after="language")
    reader = Reader(pipeline)
    whole = list(reader.read([post("nimbus air is late"), post("hello there")]))
    assert [each.reasons["stumbles"] for each in whole] == ["one of 2", "one of 2"]
    first, second, third = reader.read([post("hello there"), post("a stone"), post("nimbus air")])
    assert (first.lang, third.brands[0].name) == ("en", NIMBUS.name)
    assert isinstance(second, Reject)
    assert (
        second.reason == "stumbles_in_batches could not read it: RuntimeError: a stone in the way"
    )


def test_a_record_that_breaks_a_component_still_gets_an_answer(stumbling):
    answer = stumbling.read_text({"text": "a stone", "id": 7})
    assert answer["id"] == 7
    assert answer["sentiment"]["unsure"]
    assert "stone in the way" in answer["reasons"]["text"]


def test_mentions_come_back_in_order_one_for_one():
    mentions = [post(f"nimbus number {number}", native_id=str(number)) for number in range(100)]
    assert [mention.native_id for mention in reader().read(mentions)] == [
        mention.native_id for mention in mentions
    ]


def test_a_stream_is_read_as_it_comes():
    seen = []

    def stream():
        for number in range(1_000):
            seen.append(number)
            yield post("nimbus air")

    next(reader().read(stream(), batch_size=4))
    assert len(seen) == 4


@settings(max_examples=30, deadline=None)
@given(st.lists(POSTS, min_size=1, max_size=8), st.integers(1, 9))
def test_what_is_read_is_the_same_in_any_batch(texts, batch_size):
    mentions = [post(text) for text in texts]
    alone = [next(reader().read([mention])) for mention in mentions]
    assert list(reader().read(mentions, batch_size=batch_size)) == alone


def test_what_is_read_is_the_same_in_any_order():
    mentions = [post("nimbus air lost my bag"), post("Danke nimbusair!"), post("😀 nimbus")]
    alone = {mention.text: next(reader().read([mention])) for mention in mentions}
    for order in permutations(mentions):
        assert [alone[mention.text] for mention in order] == list(reader().read(order))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANY_TEXT)
def test_every_text_gets_a_valid_answer(text):
    answer = reader().read_text({"text": text})
    assert set(READ_FIELDS) <= set(answer)
    assert json.loads(json.dumps(answer)) == answer
    known = {name: answer[name] for name in READ_FIELDS}
    Mention.from_json(
        known
        | {"source": "s", "native_id": "1", "platform": "p", "text": "t"}
        | {"published": "2026-01-01T00:00Z", "collected": "2026-01-01T00:00Z"}
    )


@settings(max_examples=100, deadline=None)
@given(ANY_TEXT)
def test_spans_and_entities_point_into_the_text_that_came(text):
    answer = reader().read_text({"text": text})
    for entity in answer["entities"]:
        # What cannot be read is a space.
        assert cleaned(text[entity["start"] : entity["end"]]) == entity["text"]
    for brand in answer["brands"]:
        for start, end in brand["spans"]:
            assert "nimbus" in text[start:end].casefold()


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["text", "title", "lang", "platform", "author", "kind", "rating", "note"]),
        st.none() | st.text() | st.floats() | st.integers() | st.dictionaries(st.text(), st.text()),
    )
)
def test_any_record_keeps_what_came_in_and_gets_an_answer(record):
    answer = reader().read_text(record)
    assert set(READ_FIELDS) <= set(answer)
    kept = {name: value for name, value in record.items() if name not in READ_FIELDS}
    assert repr({name: answer[name] for name in kept}) == repr(kept)


@pytest.mark.parametrize("text", ["", " \n ", None, 5, ["x"], "\ud800", "\x00\x01"])
def test_a_record_without_readable_text_is_answered_as_unsure(text):
    answer = reader().read_text({"text": text})
    assert (answer["lang"], answer["sentiment"]["unsure"]) == ("und", True)
    assert answer["needs_reply"] is False


def test_half_a_surrogate_and_control_characters_do_not_hide_the_rest():
    answer = reader().read_text({"text": "\ud83d nimbus\x00air \x07lost my bag and nobody answers"})
    assert answer["lang"] == "en"
    assert answer["sentiment"]["label"] == "negative"
    assert answer["brands"][0]["spans"] == [[2, 12]]


def test_what_else_came_with_a_record_is_heeded():
    record = {"text": "@care thanks", "platform": "mastodon", "lang": "en", "team": {"x": [1]}}
    answer = reader().read_text(record)
    assert answer["brands"][0]["tagged"]
    assert answer["team"] == {"x": [1]}
    own = {"text": "nimbusair: are you on our flight?", "author": "@NimbusAir"}
    assert reader().read_text(own)["reasons"]["needs_reply"] == "own account"


def test_without_brands_everything_else_is_still_read():
    answer = build_reader().read_text({"text": "The worst service ever, I want my money back"})
    assert answer["brands"] == []
    assert answer["sentiment"]["label"] == "negative"
    assert answer["needs_reply"]


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_an_endless_post_is_answered_in_linear_time(text):
    """Quadratic time would take minutes here: VADER alone took 41 s for the first of these."""
    assert set(READ_FIELDS) <= set(reader().read_text({"text": text}))
    mention = read(text[:MAX_TEXT_CHARACTERS])
    assert mention.text == text[:MAX_TEXT_CHARACTERS]


def test_a_post_longer_than_is_read_says_so():
    assert "first 20,000 characters" in read("nimbus air is late. " * 2_000).reasons["text"]
    assert "text" not in read("nimbus air is late.").reasons


def test_every_string_that_breaks_programs_is_answered():
    strings = SHARED / "naughty-strings.json"
    if not strings.exists():
        pytest.skip(f"THE NAUGHTY STRINGS WERE NOT READ: {strings} is not there")
    for text in json.loads(strings.read_text(encoding="utf-8")):
        answer = reader().read_text({"text": text})
        assert set(READ_FIELDS) <= set(answer), text
        assert json.loads(json.dumps(answer)) == answer, text


def test_what_a_person_corrected_stays():
    said = {"sentiment": "positive", "lang": "de", "severity": "1", "needs_reply": "false"}
    mention = read("nimbus air lost my bag, the worst airline ever", corrections=said)
    assert mention.lang == "de"
    assert mention.sentiment is not None
    assert (mention.sentiment.label, mention.sentiment.model) == ("positive", "human")
    assert (mention.severity, mention.needs_reply) == (1, False)
    assert mention.reasons["sentiment"] == "corrected by a person"


def test_reading_a_read_mention_again_changes_nothing():
    for text in (
        "nimbus air lost my bag",
        "Nimbus Air: wo ist mein Koffer?",
        "nimbus 😀",
        "no nimbus",
    ):
        once = read(text)
        (again,) = reader().read([once])
        assert isinstance(again, Mention)
        assert again.model_copy(update={"reasons": {}}) == once.model_copy(update={"reasons": {}})


def test_every_decision_says_in_a_line_what_it_was_decided_on():
    mention = read(
        "@NimbusAir my flight UA1234 is 3 hours late, call me: +49 30 1234567, you idiots!"
    )
    for field in ("lang", "brands", "sentiment", "intents", "topics", "entities", "needs_reply"):
        assert mention.reasons[field], field
    for field in ("contains_personal_data", "abusive", "severity"):
        assert mention.reasons[field], field
    assert all(len(reason) < 300 and "\n" not in reason for reason in mention.reasons.values())


def test_spacy_finds_every_component_given_what_it_requires():
    pipeline = build_pipeline([])
    assert pipeline.pipe_names == [module.__name__.rpartition(".")[2] for module in COMPONENTS]
    analysis = pipeline.analyze_pipes()
    assert not any(analysis["problems"].values()), analysis["problems"]


def test_naming_the_reading_room_loads_no_spacy():
    program = "import sys, nlp.build, nlp.reader, nlp.evaluation; sys.exit('spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.slow
def test_nothing_warns_while_a_reader_is_built_and_reads():
    program = (
        "from nlp.build import build_reader; "
        "print(build_reader().read_text({'text': 'worst app ever'})['sentiment']['label'])"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], check=False, capture_output=True, text=True
    )
    assert (ran.stdout, ran.stderr) == ("negative\n", "")


def test_a_stream_is_read_no_further_where_it_names_no_brand():
    posts = [post("Nimbus Air lost my bag, I hate it"), post("I hate Mondays"), post("Pello rocks")]
    whole = list(reader().read(posts))
    for size in (1, 2, 128):
        named, unnamed, other = reader().read(posts, only_named=True, batch_size=size)
        assert [named, other] == [whole[0], whole[2]]
        assert (unnamed.brands, unnamed.lang, unnamed.sentiment) == ((), "en", None)


def test_what_a_person_corrected_is_read_to_the_end():
    corrected = post("I hate Mondays", corrections={"severity": "1"})
    (read,) = reader().read([corrected], only_named=True)
    assert (read.sentiment.label, read.severity) == ("negative", 1)

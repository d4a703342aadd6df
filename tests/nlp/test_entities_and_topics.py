import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from mentions.brand import Brand
from mentions.errors import SettingsError
from nlp.build import build_reader
from nlp.cues import Cues
from nlp.key_phrases import KEY_PHRASE, LONGEST_LETTERS, MOST, key_phrases
from nlp.lexicon.files import phrase_languages, read_lexicon, sectors
from nlp.plain import plain
from nlp.shapes import shaped
from nlp.signals import SignalFinder, phrases
from tests.nlp.posts import read

NAMED = [
    ("my Nimbus Air flight 1234 is late", [("1234", "flight")]),
    ("flight NA 123 and UA4567", [("NA 123", "flight"), ("UA4567", "flight")]),
    ("Flug LH2034 gestrichen", [("LH2034", "flight")]),
    ("order number AB-123456 never came", [("AB-123456", "order")]),
    ("booking ref: X7K2PQ", [("X7K2PQ", "order")]),
    ("Pedido 998877 no llegó", [("998877", "order")]),
    ("refund my $1,299.99 or 40 euros", [("$1,299.99", "money"), ("40 euros", "money")]),
    ("R$ 59,90 cobrados e £12 de taxa", [("R$ 59,90", "money"), ("£12", "money")]),
    ("3 hours late, then 45min in line", [("3 hours late", "duration"), ("45min", "duration")]),
    ("seit drei Stunden, 2-3 Tage", [("drei Stunden", "duration"), ("2-3 Tage", "duration")]),
    ("since 21/02/2026 or 2026-03-01", [("21/02/2026", "date"), ("2026-03-01", "date")]),
    ("on March 12th and on 3 de mayo", [("March 12th", "date"), ("3 de mayo", "date")]),
    ("version 3.2.1 on iOS 17.2", [("3.2.1", "version"), ("iOS 17.2", "version")]),
    ("since v2.0 and 5.10.3", [("v2.0", "version"), ("5.10.3", "version")]),
    ("error 503, 0x80070005", [("503", "error"), ("0x80070005", "error")]),
    ("Fehlercode E-101 again", [("E-101", "error")]),
    ("stuck in Denver and at JFK", [("Denver", "place"), ("JFK", "place")]),
    ("Von München nach São Paulo", [("München", "place"), ("São Paulo", "place")]),
    ("my Pello 7 Pro is slow", [("Pello 7 Pro", "product")]),
    ("the Pello XL, not the pello 5", [("Pello XL", "product"), ("pello 5", "product")]),
]
NOT_NAMED = [
    "flight at 10:45",
    "order SOMETHING nice",
    "in order 2 win",
    "US 2015",
    "flight 5:30 pm",
    "10.5 of 4.7 stars, 24/7",
    "denver omelette, jfk the film, paris in lower case",
    "Pellosaurus 7",
    "the year 1999 and row 33",
    "1.2.3.4.5.6.7 and 99/99/9999",
]


def named_in(mention):
    return [entity for entity in mention.entities if entity.label != KEY_PHRASE]


@pytest.mark.parametrize(("text", "named"), NAMED, ids=[text for text, _ in NAMED])
def test_what_a_post_names_is_told_with_its_place(text, named):
    found = named_in(read(text))
    assert [(entity.text, entity.label) for entity in found] == named
    assert [text[entity.start : entity.end] for entity in found] == [each for each, _ in named]


@pytest.mark.parametrize("text", NOT_NAMED)
def test_numbers_and_words_that_only_look_alike_are_not_named(text):
    assert named_in(read(text)) == []


def test_places_of_entities_are_in_the_text_and_not_in_the_title():
    (entity,) = named_in(read("flight 77 is late", title="About flight 99"))
    assert (entity.start, entity.end, entity.text) == (7, 9, "77")


def test_a_post_has_at_most_twenty_entities():
    assert len(read("flight 1234 " * 50).entities) == 20


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I want a refund for the extra charge", "billing"),
        ("the parcel was never delivered", "delivery"),
        ("the crew was rude", "staff"),
        ("the app logs me out", "app"),
        ("smoke and fire on board", "safety"),
        ("three hours late again", "delay"),
        ("they lost my suitcase", "baggage"),
        ("Der Koffer ist weg", "baggage"),
        ("El vuelo salió con retraso", "delay"),
        ("no signal and no internet", "network"),
    ],
)
def test_a_post_is_filed_under_its_topic(text, topic):
    mention = read(text)
    assert topic in mention.topics
    assert topic in mention.reasons["topics"]


def test_a_post_has_at_most_three_topics_those_with_most_cues_first():
    text = "lost suitcase, bag and luggage; refund the fee; rude staff; app down; late; no signal"
    topics = read(text).topics
    assert len(topics) == 3
    assert topics[0] == "baggage"


def test_a_word_counts_in_its_own_language_only():
    assert "safety" in read("Nimbus Air: es gab einen Brand und viel Rauch").topics
    assert read("Pello is my favourite brand of them all").topics == ()


SECTORED = [
    Brand(
        name="Heron Air",
        query="heron",
        sectors=("airline",),
        topics={"lounge": "heron-lounge, club room*", "crêpes": "crêpe|crêpes"},
    ),
    Brand(name="Rivel", query="rivel", sectors=("telecom", "electronics")),
    Brand(name="Other", query="other"),
]


@pytest.fixture(scope="module")
def sectored():
    return build_reader(SECTORED)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("the Heron-Lounge is closed", ["lounge"]),
        ("heron club rooms and Crêpes", ["lounge", "crêpes"]),
        ("heron lost my suitcase and the parcel", ["baggage"]),
        ("rivel network down, suitcase", ["network"]),
        ("other lost my suitcase", ["baggage"]),
        ("heron and rivel: suitcase, network", ["baggage", "network"]),
        ("other lounge of nobody", []),
        ("rivel refund", ["refund"]),
    ],
)
def test_a_brand_has_the_topics_of_its_sectors_of_everybody_and_its_own(sectored, text, topics):
    said = sectored.read_text({"text": text})["topics"]
    assert [topic for topic in said if topic not in ("boarding", "outage")] == topics


def test_every_list_is_read_in_the_words_that_posts_are_cut_into():
    for lang in phrase_languages():
        for phrase, label, _ in phrases((lang,)):
            for cue in Cues([(phrase, label, 1)]):
                words = [word.rstrip("*") for word in cue.words if word not in ("..", "#")]
                assert plain(" ".join(words)).words == tuple(words), (label, phrase)


def test_every_topic_can_be_told_in_six_languages():
    for sector in sectors():
        for topic, listed in read_lexicon(f"topics/{sector}").items():
            assert set(listed) - {"any"} >= set(phrase_languages()) - {"any"}, (sector, topic)


def test_a_post_of_unknown_language_is_held_against_every_list():
    finder = SignalFinder()
    assert "airline/baggage" in finder.find(("koffer",), "und")["topics"]
    assert "topics" not in finder.find(("koffer",), "en")
    assert "general/app" in finder.find(("password",), "nl")["topics"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "The seat belt was on, no charging port at my seat",
            ["charging port", "seat belt"],
        ),
        ("Seit dem Update der Pello App sind meine Fotos weg", ["Pello App"]),
        ("Le service client de Nimbus Air est injoignable", ["service client"]),
        ("so what is it", []),
        ("12 34 56 78", []),
    ],
)
def test_key_phrases_are_the_telling_words_as_they_stand(text, said):
    mention = read(text)
    found = [entity for entity in mention.entities if entity.label == KEY_PHRASE]
    assert {entity.text for entity in found} >= set(said)
    assert [mention.text[entity.start : entity.end] for entity in found] == [e.text for e in found]


@given(st.text(max_size=200), st.sampled_from(["en", "de", "und", "zh", "xx", "../x", "pt"]))
@settings(deadline=None)
def test_key_phrases_of_any_text_are_few_and_point_into_it(text, lang):
    found = key_phrases(text, plain(text).prose, lang)
    assert len(found) <= MOST
    for entity in found:
        assert text[entity.start : entity.end] == entity.text
        assert len(entity.text) <= LONGEST_LETTERS


@given(
    st.text(st.sampled_from("0123456789.-/:$€ hvxE#") | st.sampled_from("FlightOrder"), max_size=80)
)
def test_shapes_of_any_text_point_into_it(text):
    for entity in shaped(text, plain(text).words):
        assert text[entity.start : entity.end] == entity.text


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model as somebody might install one: blank, with rules for a few names."""
    trained = spacy.blank("en")
    ruler = trained.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "PRODUCT", "pattern": "Skyfone"},
            {"label": "PERSON", "pattern": "Ana Lopez"},
            {"label": "GPE", "pattern": "Littleton"},
            {"label": "ORG", "pattern": "Littleton Council"},
        ]
    )
    folder = tmp_path_factory.mktemp("model")
    trained.to_disk(folder)
    return str(folder)


def test_a_model_that_is_installed_adds_what_it_knows(model):
    text = "Ana Lopez took her Skyfone to Littleton Council, order AB-12345"
    with_model, without = build_reader(entity_model=model), build_reader()
    said = with_model.read_text({"text": text, "title": "Skyfone"})
    labels = {entity["text"]: entity["label"] for entity in said["entities"]}
    assert labels["Skyfone"] == "product"
    assert labels["Littleton Council"] == "organisation"
    assert labels["AB-12345"] == "order"
    assert "Ana Lopez" not in [e["text"] for e in said["entities"] if e["label"] != KEY_PHRASE]
    assert all(text[e["start"] : e["end"]] == e["text"] for e in said["entities"])
    assert "product, organisation by pipeline" in said["reasons"]["entities"]
    plainly = without.read_text({"text": text})["entities"]
    assert [e["label"] for e in plainly if e["label"] != KEY_PHRASE] == ["order"]


def test_a_model_that_is_not_installed_is_named_and_not_fetched():
    with pytest.raises(SettingsError, match="'en_core_web_never' is not installed"):
        build_reader(entity_model="en_core_web_never")

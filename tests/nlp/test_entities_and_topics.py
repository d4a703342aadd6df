import pytest

from tests.nlp.posts import read

NAMED = [
    ("my Nimbus Air flight 1234 is late", [("1234", "flight")]),
    ("flight NA 123 and UA4567", [("NA 123", "flight"), ("UA4567", "flight")]),
    ("Flug LH2034 gestrichen", [("LH2034", "flight")]),
    ("order number AB-123456 never came", [("AB-123456", "order")]),
    ("booking ref: X7K2PQ", [("X7K2PQ", "order")]),
    ("Pedido 998877 no llegó", [("998877", "order")]),
]
NOT_NAMED = [
    "flight at 10:45",
    "order SOMETHING nice",
    "in order 2 win",
    "US 2015",
    "flight 5:30 pm",
]


@pytest.mark.parametrize(("text", "named"), NAMED, ids=[text for text, _ in NAMED])
def test_flights_and_orders_are_named_with_their_place(text, named):
    found = read(text).entities
    assert [(entity.text, entity.label) for entity in found] == named
    assert [text[entity.start : entity.end] for entity in found] == [each for each, _ in named]


@pytest.mark.parametrize("text", NOT_NAMED)
def test_times_and_words_are_no_flights_and_orders(text):
    assert read(text).entities == ()


def test_places_of_entities_are_in_the_text_and_not_in_the_title():
    (entity,) = read("flight 77 is late", title="About flight 99").entities
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


def test_insults_are_a_hint_on_which_nothing_rests():
    mild, rude = read("Nimbus Air lost my bag"), read("Nimbus Air lost my bag, you idiots")
    assert (mild.abusive, rude.abusive) == (False, True)
    assert rude.reasons["abusive"] == "'idiots'"
    assert (rude.severity, rude.needs_reply) == (mild.severity, mild.needs_reply)

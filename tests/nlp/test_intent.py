import pytest

from mentions.brand import Brand
from mentions.mention import Mention
from nlp.build import build_reader
from nlp.intent import SAID_FROM
from nlp.intent_model import Weights
from tests.nlp.posts import post, read, wanted

LEAST = min(SAID_FROM, *Weights.load().said_from)
ENGLISH = [
    ("My bag never arrived and nobody at Nimbus Air answers", "complaint"),
    ("Nimbus Air has the worst customer service ever", "complaint"),
    ("How do I change my seat on Nimbus Air?", "question"),
    ("Is there wifi on Nimbus Air flights?", "question"),
    ("Please add a dark mode to the Pello app", "feature_request"),
    ("It would be nice if Pello had an option to hide apps", "feature_request"),
    ("The Pello app keeps crashing since the last update", "bug_report"),
    ("I can't log in, Pello shows an error message", "bug_report"),
    ("Thank you so much Nimbus Air, great crew!", "praise"),
    ("I love my new Pello, highly recommend it", "praise"),
    ("Where can I buy a Pello near Leeds?", "purchase_intent"),
    ("I'm thinking about buying a Pello", "purchase_intent"),
    ("I am cancelling my Pello contract and switching to another carrier", "churn_risk"),
    ("I will never fly Nimbus Air again", "churn_risk"),
    ("Nimbus Air website is down, anyone else?", "incident"),
    ("Emergency landing of a Nimbus Air plane, smoke in the cabin", "incident"),
    ("Win a free Pello! Click here, promo code inside, follow me and retweet to win", "spam"),
    ("Saw a Nimbus Air plane over the bay", "other"),
]
OTHERS = [
    ("de", "Nimbus Air ist eine Frechheit, seit Stunden keine Antwort", "complaint"),
    ("de", "Wie kann ich bei Nimbus Air meinen Sitz ändern?", "question"),
    ("de", "Die Pello App stürzt ab seit dem letzten Update", "bug_report"),
    ("de", "Vielen Dank Nimbus Air, super Service", "praise"),
    (
        "es",
        "Llevo tres horas esperando y nadie responde, pésimo servicio de Nimbus Air",
        "complaint",
    ),
    ("fr", "J'attends ma valise depuis trois jours, Nimbus Air c'est honteux", "complaint"),
    ("it", "Nimbus Air ha perso la mia valigia, una vergogna", "complaint"),
    ("pt", "A Nimbus Air perdeu minha mala e ninguém responde, que vergonha", "complaint"),
    ("ja", "ニンバスの荷物はどこですか？", "question"),
    ("ar", "أين حقيبتي يا Nimbus Air؟", "question"),
]


@pytest.mark.parametrize(("text", "intent"), ENGLISH, ids=[text for text, _ in ENGLISH])
def test_an_english_post_says_what_it_wants(text, intent):
    mention = read(text)
    assert intent in wanted(mention), mention.reasons["intents"]


@pytest.mark.parametrize(("lang", "text", "intent"), OTHERS, ids=[text for _, text, _ in OTHERS])
def test_posts_of_other_languages_say_what_they_want(lang, text, intent):
    mention = read(text)
    assert mention.lang == lang
    assert intent in wanted(mention), mention.reasons["intents"]


def test_a_post_wants_several_things_the_surest_first():
    mention = read("Nimbus Air lost my bag. Worst airline ever. Where is it? Never again!")
    assert wanted(mention) >= {"complaint", "question", "churn_risk"}
    sure = [intent.confidence for intent in mention.intents]
    assert sure == sorted(sure, reverse=True)
    assert all(LEAST <= each <= 1 for each in sure)


def test_the_reason_quotes_the_cues():
    said = read("Please add a dark mode to the Pello app").reasons["intents"]
    assert said.startswith("feature_request: 'please add")
    assert "crashing" in read("My Pello keeps crashing").reasons["intents"]


def test_nothing_wanted_is_other_alone():
    mention = read("Nimbus Air plane over the bay")
    assert wanted(mention) == {"other"}
    assert mention.reasons["intents"] == "no cue of anything wanted"


def test_bitter_thanks_are_no_praise():
    mention = read("Thanks for nothing Nimbus Air, you lost my bag")
    assert "complaint" in wanted(mention)
    assert "praise" not in wanted(mention)


def test_stars_speak_in_a_review():
    assert "complaint" in wanted(read("Pello, hm", kind="review", rating=1))
    assert "praise" in wanted(read("Pello, hm", kind="review", rating=5))
    assert wanted(read("Pello, hm", kind="review", rating=3)) == {"other"}


def test_the_world_is_not_complained_about_to_a_brand():
    """The same words weigh more where a brand is named or somebody addressed."""
    alone, addressed = read("I am disappointed"), read("@somebody I am disappointed")
    assert "complaint" in wanted(addressed)
    (said,) = (each for each in addressed.intents if each.label == "complaint")
    assert all(
        each.confidence < said.confidence / 2 for each in alone.intents if each.label == "complaint"
    )


def test_a_post_of_ten_hashtags_is_closer_to_spam():
    tags = " ".join(f"#deal{number}" for number in range(10))
    assert "spam" in wanted(read(f"visit our website for Pello {tags}"))
    assert "spam" not in wanted(read("visit our website for Pello #deal"))


def test_good_cheer_praises_only_somebody_who_is_meant():
    assert "praise" not in wanted(read("What a happy, sunny, joyful day we had"))
    assert "praise" in wanted(read("@somebody I am so happy and grateful, you are all amazing"))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("@nimbusair follow back so that I can send you my booking", "spam"),
        ("Last time I checked this was a free country", "churn_risk"),
        ("We switched to Nimbus Air and are happy", "churn_risk"),
        ("I just want to get the mud off my shoes", "purchase_intent"),
    ],
)
def test_phrases_that_misled_once_mislead_no_more(text, intent):
    assert intent not in wanted(read(text))


def test_a_polite_wish_is_no_complaint():
    assert wanted(read("Please add a dark mode to the Pello app")) == {"feature_request"}


@pytest.mark.parametrize("name", ["Broken Refund", "Please Add", "Bug Fix"])
def test_the_words_of_a_brands_name_want_nothing(name: str) -> None:
    named = build_reader([Brand(name=name, query=f'"{name.lower()}"')])
    (mention,) = named.read([post(f"{name} opens a shop in town")])
    assert isinstance(mention, Mention)
    assert wanted(mention) == {"other"}

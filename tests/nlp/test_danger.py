"""What is dangerous and what only sounds so. Every sentence is our own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentions.mention import Sentiment
from nlp.danger import dangers, share_left
from nlp.plain import plain
from nlp.signals import SignalFinder, phrase_languages
from tests.nlp.posts import read

ALARMING = [
    "My Pello caught fire on the night table",
    "The Pello charger burned my hand, this is dangerous",
    "Pello battery exploded while charging, never again",
    "my pello phone is on fire, literally in flames",
    "Nimbus Air flight made an emergency landing, smoke in the cabin",
    "two passengers were injured on my Nimbus Air flight and nobody helped",
    "Explosion at the Nimbus Air hangar",
    "Dozens injured after a Nimbus Air plane left the runway",
    "Explosion bei Pello, mehrere Verletzte",
    "Explosión en la planta de Pello, varios heridos",
    "Explosion dans l'usine Pello, plusieurs blessés",
    "Esplosione nella fabbrica di Pello, diversi feriti",
    "Explosão na fábrica da Pello, vários feridos",
    "My son was taken to hospital after the meal on Nimbus Air",
    "food poisoning from the Nimbus Air lunch, awful",
    "the Nimbus Air meal had glass in my food",
    "got an electric shock from the Pello charger",
    "Nimbus Air leaked my passport details",
    "I can see someone else's orders in the Pello app!",
    "My Pello account was hacked and support does not answer",
    "there are unauthorized charges from Pello on my card, terrible",
    "Pello emptied my account, fraudulent transactions everywhere",
    "Nimbus Air: Rauch in der Kabine, Notlandung",
    "Mein Pello Akku ist explodiert, meine Hand verbrannt",
    "Datenleck bei Pello: fremde Daten in meinem Konto",
    "Mi Pello se incendió y me quemó la mano",
    "Pello: filtración de datos, robaron mis datos",
    "Mon Pello a pris feu cette nuit, c'est honteux",
    "Nimbus Air: fumée dans la cabine, passagers blessés",
    "Il mio Pello ha preso fuoco, una vergogna",
    "Nimbus Air: atterraggio d'emergenza, fumo in cabina",
    "Meu Pello pegou fogo enquanto carregava",
    "Vazamento de dados na Pello, vazaram meus dados",
]
HARMLESS = [
    "an explosion of colour in the new Pello ad, terrible taste",
    "Fire sale at Pello this weekend, everything must go",
    "all fired up for my Nimbus Air trip",
    "This new Pello is fire",
    "Nimbus Air marketing is on fire today",
    "The Pello launch was straight fire",
    "Pello fired its chief designer, what a mess",
    "Nobody was injured when the Nimbus Air plane slid off the runway",
    "no one was hurt, but my Nimbus Air flight is late",
    "Nimbus Air confirmed there were no injuries",
    "killing it, Pello! what an ad",
    "this Pello queue is killing me",
    "My Pello battery died again, annoying",
    "my pello is dead, no charge, no support",
    "Dying for a coffee at the Nimbus Air gate",
    "I'm dead, that Pello commercial lol",
    "The Nimbus Air landing gave me a heart attack lol, terrible pilot",
    "This Pello camera exploded with colour, I love it, amazing and great",
    "My phone exploded with notifications after the Pello leak",
    "Pello blew my mind",
    "Knee injury keeps him out, and Nimbus Air lost his bag",
    "adding insult to injury, Nimbus Air charged me for the bag",
    "What if a Pello exploded on board?",
    "I hope nobody gets hurt by this Pello update",
    "If the Pello battery overheats, take it out of the case",
    "The emergency exit row on Nimbus Air has no legroom, awful",
    "Fire drill at the Pello office again, so annoying",
    "in case of emergency the Nimbus Air crew was useless at explaining",
    "Smoke detector test in the Pello shop is so loud",
    "Watching a film on my Amazon Fire, the Pello app is bad",
    "Bored to death on this delayed Nimbus Air flight",
    "Best life hack for your Pello",
    "I burned my tongue on the Nimbus Air coffee",
    "burned out from work, and Pello makes it worse",
    "The Pello outage is not dangerous, only annoying",
    "Nimbus Air donated to the children's hospital",
    "Ich bin Feuer und Flamme für das neue Pello",
    "Niemand wurde verletzt, aber Nimbus Air schweigt, Frechheit",
    "Die Preise bei Pello explodieren, Frechheit",
    "Brandneu: das Pello, aber die App stürzt ab",
    "Muero de risa con Pello, qué vergüenza",
    "Nadie resultó herido en el vuelo de Nimbus Air, pero qué vergüenza",
    "Nimbus Air trajo los regalos al hospital de niños",
    "Mort de rire devant la pub Pello, c'est honteux",
    "Aucun blessé, mais Nimbus Air ne répond pas, honteux",
    "Morto dal ridere con Pello, che vergogna",
    "Nessun ferito, ma Nimbus Air non risponde, una vergogna",
    "Morri de rir com a Pello, que vergonha",
    "Ninguém ficou ferido, mas a Nimbus Air não responde, que vergonha",
]
SERIOUS = [
    ("Nimbus Air lost my bag, you will hear from my lawyer", "lawyer"),
    ("I filed a complaint with the FAA about Nimbus Air", "US"),
    ("Reported Nimbus Air to Ofcom and the ombudsman, awful", "GB"),
    ("Nimbus Air: ich gehe zur Verbraucherzentrale, Frechheit", "DE"),
    ("Voy a poner una denuncia contra Pello en la OCU, pésimo servicio", "ES"),
    ("Pello: je vais saisir la DGCCRF, c'est honteux", "FR"),
    ("Segnalo Pello ad AGCOM, una vergogna", "IT"),
    ("Vou no Procon contra a Pello, que vergonha", "BR"),
    ("Pello is a joke, going to the press with this", "press"),
]


@pytest.mark.parametrize("text", ALARMING)
def test_who_tells_of_danger_is_looked_at_at_once(text):
    mention = read(text)
    assert mention.severity == 1, mention.reasons
    assert mention.needs_reply


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_sounds_like_danger_raises_no_alarm(text):
    mention = read(text)
    assert mention.severity is not None
    assert mention.severity > 1, mention.reasons
    assert "danger" not in mention.reasons["severity"]


@pytest.mark.parametrize(("text", "said"), SERIOUS, ids=[text for text, _ in SERIOUS])
def test_law_press_and_regulators_of_a_country_are_serious(text, said):
    mention = read(text)
    assert mention.severity == 2, mention.reasons
    assert said in mention.reasons["severity"]


def test_an_acronym_is_a_regulator_in_capitals_only():
    assert read("Mi tío Pello es pésimo, pésimo servicio").severity == 3
    assert "law" not in read("my tio has a Pello and it is the worst").reasons["severity"]
    assert (
        "tio, AU" in read("My Pello complaint went to the TIO, worst service").reasons["severity"]
    )


def test_a_weak_word_alone_is_serious_and_two_are_an_alarm():
    assert read("The Pello gets overheated, I am angry").severity == 2
    assert read("The Pello gets overheated and there are sparks, I am angry").severity == 1


def test_a_post_about_nobody_raises_no_alarm():
    about_nobody = "People were injured and the house burned down, terrible"
    assert read(about_nobody).severity != 1
    assert read(f"{about_nobody}, thanks to Pello").severity == 1


CALM = Sentiment(label="neutral", score=0, confidence=0.8, unsure=False, model="m")


def test_less_is_left_of_a_danger_in_a_glad_post_than_in_a_calm_and_a_troubled_one():
    glad = CALM.model_copy(update={"label": "positive", "score": 0.9, "confidence": 0.9})
    angry = CALM.model_copy(update={"label": "negative", "score": -0.8})
    left = [
        share_left(sentiment=mood, is_troubled=False, is_about_somebody=True)
        for mood in (glad, CALM, angry)
    ]
    assert left == sorted(left)
    assert len(set(left)) == 3
    perhaps_glad = glad.model_copy(update={"confidence": 0.7})
    assert share_left(sentiment=perhaps_glad, is_troubled=False, is_about_somebody=True) == left[1]


FINDER = SignalFinder()
WORDS = ["fire", "caught", "on", "injured", "nobody", "was", "if", "my", "hand", "burned", "smoke"]
WORDS += ["not", "lawyer", "FAA", "leaked", "data", "hospital", "in", "the"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=15), st.sampled_from([*phrase_languages(), "und"]))
def test_confidence_is_a_share_and_grows_with_what_the_rest_leaves(words, lang):
    read_as = plain(" ".join(words))
    found = FINDER.find(read_as.words, lang)
    whole = dangers(found, read_as.words, read_as.text, 1)
    half = dangers(found, read_as.words, read_as.text, 0.5)
    assert all(0 < danger.confidence <= 1 for danger in whole)
    assert [danger.kind for danger in whole] == [danger.kind for danger in half]
    assert all(some.confidence <= most.confidence for some, most in zip(half, whole, strict=True))


def test_dead_phones_are_no_dead_people():
    assert read("9 colleagues with a Pello, 9 dead phones, all on 5.2").severity != 1
    assert read("9 dead in the fire at the Pello factory").severity == 1

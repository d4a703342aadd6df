"""Abuse, trolls and sarcasm. Every sentence is our own."""

import pytest

from tests.nlp.posts import read

ABUSIVE = [
    "Nimbus Air lost my bag, you idiots",
    "fuck you Nimbus Air",
    "bunch of fucking morons at Pello",
    "Pello, geht sterben, ihr Arschlöcher",
    "Nimbus Air son unos hijos de puta, pendejos",
    "bande de connards chez Pello",
    "Pello siete dei coglioni",
    "Pello, vai tomar no cu, bando de ladrões",
]
NOT_ABUSIVE = [
    "Nimbus Air lost my bag, what a shitty day",
    "this damn Pello app, wtf",
    "I felt like such an idiot after missing my Nimbus Air flight",
    "the crew did not call me an idiot",
    "Pello is a joke",
    "My dog is called Bastian and loves Nimbus Air",
    "die Pello App ist ein Mist",
    "qué mierda de servicio, Pello",
]
SARCASTIC = [
    "great, another delay, Nimbus Air",
    "Thanks for nothing Nimbus Air",
    "Love how Pello charges me twice",
    "love being on hold for 40 minutes, Nimbus Air",
    "wow just wow, Nimbus Air",
    "Great job Nimbus Air, 3 hours late",
    "Thanks for losing my bag, Nimbus Air",
    "Such a helpful update, Pello /s",
    "Nimbus Air is always on time #sarcasm",
    "awesome, flight cancelled again @NimbusAir",
    "Na toll, Nimbus Air, schon wieder gestrichen",
    "Danke für nichts, Pello",
    "Gracias por nada, Nimbus Air",
    "Merci pour rien, Nimbus Air",
    "Bravo Nimbus Air, 4 heures de retard",
    "Complimenti Nimbus Air, 5 ore di ritardo",
    "Parabéns pelo atraso, Nimbus Air",
    "Obrigado por nada, Pello",
]
SINCERE = [
    "Great crew on Nimbus Air, thank you",
    "Thanks for the quick help, Pello",
    "wow, the new Pello camera is great",
    "Great job fixing the outage, Pello",
    "thanks for sorting my delayed bag, Nimbus Air",
    "Awesome service from Nimbus Air even after the delay",
    "I love my Pello",
    "Nimbus Air lost my bag and nobody answers",
    "Super Service, danke Nimbus Air",
    "Muchas gracias Nimbus Air, excelente servicio",
    "Merci beaucoup Nimbus Air, super équipage",
    "Grazie mille Nimbus Air, ottimo servizio",
    "Obrigado Nimbus Air, ótimo atendimento",
    'the button says "update"',
]


@pytest.mark.parametrize("text", ABUSIVE)
def test_who_insults_is_abusive(text):
    mention = read(text)
    assert mention.abusive
    assert mention.reasons["abusive"]


@pytest.mark.parametrize("text", NOT_ABUSIVE)
def test_who_swears_or_is_angry_is_not_abusive(text):
    mention = read(text)
    assert not mention.abusive, mention.reasons
    assert "abusive" not in mention.reasons


def test_the_vague_and_extreme_is_likelier_a_troll_than_the_concrete():
    vague = read("Pello you are all criminals and idiots, everyone hates you!!!")
    topical = read("Pello you are all criminals and idiots, I want a refund")
    concrete = read("Pello you idiots, order AB-123456 is 3 weeks late and I want my $40 back")
    calm = read("Pello order AB-123456 is 3 weeks late and I want my $40 back")
    assert vague.troll > topical.troll > concrete.troll > calm.troll == 0
    assert vague.troll >= 0.7
    assert concrete.troll <= 0.3
    assert "nothing concrete" in vague.reasons["troll"]
    assert "AB-123456" in concrete.reasons["troll"]
    assert "troll" not in calm.reasons


def test_shouting_makes_an_insult_worse_and_is_none():
    assert read("PELLO YOU IDIOTS ALL OF YOU").troll > read("pello you idiots all of you").troll
    assert read("PELLO PLEASE ANSWER MY QUESTION").troll == 0


def test_no_decision_rests_on_abuse():
    mild, rude = read("Nimbus Air lost my bag"), read("Nimbus Air lost my bag, you idiots")
    assert rude.reasons["abusive"] == "'you idiots'" or rude.reasons["abusive"] == "'idiots'"
    assert (rude.severity, rude.needs_reply) == (mild.severity, mild.needs_reply)


@pytest.mark.parametrize("text", SARCASTIC)
def test_praise_for_a_trouble_is_a_hint_of_sarcasm(text):
    mention = read(text)
    assert mention.sarcastic
    assert mention.reasons["sarcastic"]


@pytest.mark.parametrize("text", SINCERE)
def test_praise_and_complaint_alone_are_no_sarcasm(text):
    assert not read(text).sarcastic

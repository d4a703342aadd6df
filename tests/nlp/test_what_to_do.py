"""Needs reply and severity: what a reading means for the people who answer."""

import pytest

from mentions.mention import Author
from tests.nlp.posts import read


def needs_reply(text, **known):
    return read(text, **known).needs_reply


def severity(text, **known):
    return read(text, **known).severity


@pytest.mark.parametrize(
    "text",
    [
        "Nimbus Air lost my bag",
        "How do I change my Nimbus Air seat?",
        "The Pello app crashes",
        "Nimbus Air website is down",
        "I am cancelling my Pello contract",
        "Where can I buy a Pello?",
        "Nimbus Air: wo ist mein Koffer?",
    ],
)
def test_who_complains_asks_reports_or_may_leave_needs_a_reply(text):
    assert needs_reply(text)


@pytest.mark.parametrize(
    "text",
    [
        "Nimbus Air plane over the bay",
        "I love my Pello",
        "Please add a dark mode to the Pello app",
        "Win a free Pello! Click here, promo code: why wait?",
    ],
)
def test_praise_wishes_and_spam_need_no_reply(text):
    assert not needs_reply(text)


def test_the_reason_says_what_the_author_does():
    assert read("Nimbus Air lost my bag. Where is it?").reasons["needs_reply"] == (
        "complains and asks"
    )
    assert read("Nimbus Air plane").reasons["needs_reply"] == "asks for nothing"
    spam = read("Win a free Pello! Click here")
    assert spam.reasons["needs_reply"] == "looks like spam"


@pytest.mark.parametrize(
    "text",
    [
        "My Pello caught fire and burned my hand",
        "People injured on the Nimbus Air flight, terrible",
        "Nimbus Air leaked my data, this is a disgrace",
        "Nimbus Air: Rauch in der Kabine, Frechheit",
    ],
)
def test_people_or_data_in_danger_is_the_worst(text):
    assert severity(text) == 1


def test_a_word_of_danger_in_a_happy_post_is_no_danger():
    assert severity("This Pello camera exploded with colour, I love it, amazing and great") == 4


def test_danger_in_a_language_without_sentiment_is_told_by_strong_words_only():
    assert severity("Nimbus Air hizo un aterrizaje de emergencia en Lima") == 1
    assert severity("Nimbus Air trajo los regalos al hospital de niños") == 4


def test_incidents_law_and_press_are_serious():
    assert severity("Nimbus Air website is down") == 2
    assert severity("Nimbus Air lost my bag, you will hear from my lawyer") == 2


def test_a_complaint_is_usual_and_a_question_no_hurry():
    assert severity("Nimbus Air lost my bag") == 3
    assert severity("How do I change my Nimbus Air seat?") == 4


def test_a_complaint_that_a_crowd_sees_is_one_step_worse():
    crowd, few = Author(handle="star", followers=10_000), Author(handle="x", followers=9_999)
    mention = read("Nimbus Air lost my bag", author=crowd)
    assert (mention.severity, severity("Nimbus Air lost my bag", author=few)) == (2, 3)
    assert mention.reasons["severity"] == "complains, seen by 10,000"
    assert mention.reasons["influence"] == "seen by 10,000"
    assert severity("Nimbus Air plane over the bay", author=crowd) == 4


def test_who_addresses_the_brand_in_anger_is_answered_whatever_is_wanted():
    angry = "@NimbusAir rubbish, horrible and disgusting"
    assert needs_reply(angry)
    assert "addresses the brand" in read(angry).reasons["needs_reply"]


def test_an_article_is_not_answered_and_is_as_severe_as_what_it_tells():
    mention = read("Nimbus Air flight makes emergency landing, smoke in the cabin", kind="article")
    assert (mention.needs_reply, mention.severity) == (False, 1)
    assert "article" in mention.reasons["needs_reply"]


def test_spam_is_no_hurry_whatever_it_says():
    assert severity("My Pello exploded! Click here to win a free iphone, promo code") == 4

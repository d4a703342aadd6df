"""The thorough profile: a large network judges English complaints, bugs and wishes as well."""

import math

import pytest

from nlp.build import build_reader, models_in_use
from nlp.intent import READ_BY_NETWORK
from nlp.intent_model import Judged
from nlp.intent_network import IntentNetwork
from tests.nlp.posts import NIMBUS, PELLO, post, reader

MISSED_BY_DEFAULT = [
    ("my kingdom for a jack on the next Pello", "feature_request"),
    ("Day 40 of asking Pello for a darker screen at night", "feature_request"),
    ("Three hours on the tarmac and Nimbus Air offers a biscuit", "complaint"),
    ("every call on my Pello ends after ten seconds", "bug_report"),
]
SERVICE = ["Please answer my ticket, Nimbus Air", "wish I was on a Nimbus Air flight to Spain"]


@pytest.fixture(scope="module")
def thorough():
    return build_reader([NIMBUS, PELLO], profile="thorough")


def labels(reader, text):
    (read,) = reader.read([post(text)])
    return [intent.label for intent in read.intents]


@pytest.mark.parametrize(("text", "intent"), MISSED_BY_DEFAULT)
def test_what_is_said_by_the_way_is_heard(thorough, text, intent):
    assert intent not in labels(reader(), text)
    (read,) = thorough.read([post(text)])
    assert intent in [each.label for each in read.intents]
    assert READ_BY_NETWORK in read.reasons["intents"]


@pytest.mark.parametrize("text", SERVICE)
def test_what_one_customer_wants_now_is_no_feature(thorough, text):
    assert "feature_request" not in labels(thorough, text)


def test_a_post_is_read_alike_alone_and_among_others(thorough):
    texts = [text for text, _ in MISSED_BY_DEFAULT] + SERVICE + ["🙂", "\u200b", "Pello " * 400]
    together = list(thorough.read(map(post, texts)))
    alone = [each for text in texts for each in thorough.read([post(text)])]
    assert [each.intents for each in together] == [each.intents for each in alone]


def test_confidence_joins_the_log_odds_of_both():
    network = IntentNetwork()
    labels = ("complaint", "bug_report", "feature_request")
    judged = Judged(dict.fromkeys(labels, 0.5), dict.fromkeys(labels, 0.3))
    text = "please add a jack to the next phone"
    even = network.joined(judged, text)
    surer = network.joined(Judged(dict.fromkeys(labels, 0.9), judged.said_from), text)
    assert even.alone is judged
    assert even.confidence["feature_request"] > 0.5 > even.confidence["bug_report"]
    for label in labels:
        odds = [
            math.log(said.confidence[label]) - math.log1p(-said.confidence[label])
            for said in (even, surer)
        ]
        assert 0.3 < (odds[1] - odds[0]) / math.log(9) < 0.8


def test_nothing_to_read_leaves_what_was_said():
    judged = Judged({"complaint": 1.0}, {"complaint": 0.4})
    assert IntentNetwork().joined(judged, "  ") is judged


def test_another_profile_is_another_reading():
    used = {models_in_use(profile, "even") for profile in ("default", "accurate", "thorough")}
    assert len(used) == 3

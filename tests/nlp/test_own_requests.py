"""The texts of our own that models learn from are well formed, and no test judges by one."""

import json
from collections import Counter
from pathlib import Path

from nlp.clusters import same_words
from nlp.training.requests import groups, rows

JUDGED_ON = sorted(Path(__file__).parent.glob("*_re*.jsonl"))
SAID_BY_CHANCE = {"fingerprint login please", "offline mode please"}
"""Too short to be said otherwise."""


def test_every_group_has_a_trade_a_name_and_texts_that_are_told_once():
    found = groups()
    assert {group.kind for group in found} == {"feature", "bug", "churn", "none", "service"}
    for group in found:
        assert group.trade
        assert group.name
        assert len(group.texts) >= (5 if group.is_one_thing else 12), group
        assert all(3 <= len(text) <= 600 for text in group.texts), group
    names = Counter((group.trade, group.name) for group in found if group.is_one_thing)
    assert max(names.values()) == 1


def test_what_is_known_of_intents_goes_by_the_kind():
    said = {row["text"]: row["says"] for row in rows(groups())}
    assert said["Let me choose where I sit without paying another 18 quid."] == {
        "feature_request": True
    }


def test_no_text_of_the_tests_is_learned():
    judged = {
        same_words(json.loads(line)["text"])
        for file in JUDGED_ON
        for line in file.read_text(encoding="utf-8").splitlines()
    }
    assert len(judged) > 600
    learned = {same_words(text) for group in groups() for text in group.texts}
    assert learned & judged <= SAID_BY_CHANCE

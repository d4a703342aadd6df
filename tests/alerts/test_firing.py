from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.firing import alert_key
from alerts.kinds.flatline import FlatlineRule, flatline_firing
from alerts.kinds.spike import SpikeRule, spike_firing
from alerts.kinds.unanswered import UnansweredRule, unanswered_firings
from mentions.mention import BrandMatch
from mentions.series import Spike
from tests.alerts.world import HOUR, MINUTE, NOW, mention

RULE = UnansweredRule(name="nobody answers")


def test_a_spike_fires_with_its_own_reason_and_start() -> None:
    spike = Spike("Acme", "negative", NOW - HOUR, None, 43, 9, 6.0, "43 negative mentions")
    fired = spike_firing(SpikeRule(name="negative spike", severity=1), spike, NOW)
    assert fired.key == "spike:negative spike:Acme:negative"
    assert (fired.began, fired.at, fired.severity) == (NOW - HOUR, NOW, 1)
    assert (fired.observed, fired.expected, fired.reason) == (43, 9, "43 negative mentions")


def test_a_silent_source_fires_once_it_has_been_silent_for_long_enough() -> None:
    rule = FlatlineRule(name="silence", after=HOUR, sources=("board",))

    def fired(source: str, minutes: int) -> str | None:
        since = NOW - minutes * MINUTE
        firing = flatline_firing(rule, source, NOW, since=since, expected=12, why="it is down")
        return firing.key if firing else None

    assert fired("board", 59) is None
    assert fired("board", 60) == "flatline:silence::board"
    assert fired("another", 60) is None


def test_waiting_mentions_fire_once_a_brand_oldest_first() -> None:
    young = mention("young", published=NOW - 5 * MINUTE)
    old = mention("old", published=NOW - 2 * HOUR)
    other = mention("other", brands=(BrandMatch(name="Nimbus Air"),))
    fired = {firing.brand: firing for firing in unanswered_firings(RULE, [young, old, other], NOW)}
    assert fired["Acme"].mention_ids == ("board:old", "board:young")
    assert fired["Acme"].reason == "2 mentions of Acme have no answer, the oldest for 2 h"
    assert fired["Acme"].began == young.published
    assert fired["Nimbus Air"].reason == "1 mention of Nimbus Air has no answer, for 1 h"
    assert fired["Nimbus Air"].key == "unanswered:nobody answers:Nimbus Air:needs_reply"


def test_grouped_by_mention_each_has_its_own_key() -> None:
    rule = RULE.model_copy(update={"group_by": "mention"})
    fired = unanswered_firings(rule, [mention("a"), mention("b")], NOW)
    assert [firing.key.rpartition("board:")[2] for firing in fired] == ["a", "b"]


def test_the_answered_the_young_and_the_old_do_not_wait() -> None:
    rule = RULE.model_copy(update={"after": HOUR})
    mentions = [
        mention("answered", published=NOW - 2 * HOUR, answered_at=NOW - HOUR),
        mention("young", published=NOW - HOUR + MINUTE),
        mention("old", published=NOW - 48 * HOUR - MINUTE, collected=NOW),
        mention("future", published=NOW + MINUTE, collected=NOW),
    ]
    assert unanswered_firings(rule, mentions, NOW) == []


def test_an_answer_that_comes_after_the_moment_asked_about_does_not_count() -> None:
    waited = mention(published=NOW - HOUR, answered_at=NOW + MINUTE)
    assert len(unanswered_firings(RULE, [waited], NOW)) == 1


def test_the_worst_mention_raises_the_severity() -> None:
    fired = unanswered_firings(RULE, [mention("a", severity=4), mention("b", severity=1)], NOW)
    assert fired[0].severity == 1


def test_a_rule_for_one_brand_leaves_the_others_alone() -> None:
    rule = RULE.model_copy(update={"brands": ("Nimbus Air",)})
    both = mention(brands=(BrandMatch(name="Acme"), BrandMatch(name="Nimbus Air")))
    assert [firing.brand for firing in unanswered_firings(rule, [both], NOW)] == ["Nimbus Air"]


names = st.text(st.sampled_from("ab:%"), min_size=1, max_size=4)


@given(names, names, names, names)
def test_two_keys_are_equal_only_for_the_same_rule_and_brand(
    rule: str, brand: str, other_rule: str, other_brand: str
) -> None:
    same = alert_key("spike", rule, brand, "all") == alert_key(
        "spike", other_rule, other_brand, "all"
    )
    assert same == ((rule, brand) == (other_rule, other_brand))


@given(st.lists(st.tuples(st.integers(0, 100), st.booleans()), max_size=12))
def test_who_fires_is_exactly_who_waits(ages: list[tuple[int, bool]]) -> None:
    rule = RULE.model_copy(update={"after": 2 * HOUR})
    mentions = [
        mention(
            str(place),
            published=NOW - hours * HOUR,
            collected=NOW,
            answered_at=NOW if is_answered else None,
        )
        for place, (hours, is_answered) in enumerate(ages)
    ]
    waiting = {
        f"board:{place}"
        for place, (hours, is_answered) in enumerate(ages)
        if not is_answered and 2 <= hours <= rule.lookback / timedelta(hours=1)
    }
    fired = unanswered_firings(rule, mentions, NOW)
    assert {name for firing in fired for name in firing.mention_ids} == waiting

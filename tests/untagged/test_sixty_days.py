"""Sixty days of the town: every real crisis is told in time, once, and hardly anything else.

The same code as `python -m bench.sixty_days`, which shows the figures.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from bench.sixty_days import (
    ANCHOR,
    BEGAN,
    EXAMPLE,
    Verdict,
    around,
    heard,
    index,
    judged,
    real_crises,
    replayed,
    story_of,
)
from mentions.mention import Mention
from untagged.events import Event
from untagged.pipeline import Pipeline
from untagged.town.crossing import crisis_truth
from untagged.town.story import Story
from untagged.wiring import open_pipeline

MINUTE = timedelta(minutes=1)
IN_TIME = 15
"""Minutes from the crossing of three times the usual to the first alert."""


def alert(brand: str, at: datetime, *, rule: str = "crisis") -> Event:
    return Event(
        event="alert",
        kind="crisis",
        rule=rule,
        brand=brand,
        signal="negative",
        at=at,
        severity=1,
        observed=30.0,
        expected=2.0,
        reason="many are angry",
        key=f"crisis:{rule}:{brand}:crisis",
    )


@pytest.fixture(scope="module")
def story() -> Story:
    return story_of(1)


def test_an_alert_in_a_crisis_is_its_own_and_every_other_is_false(story: Story) -> None:
    burst = real_crises(story)[0]
    crossed_at = datetime.fromisoformat(crisis_truth(story, burst)["crossed_at"])
    right = alert("Heron Air", crossed_at + 4 * MINUTE)
    too_early = alert("Heron Air", burst.begins - MINUTE)
    of_another = alert("Pomelo", crossed_at)
    of_another_rule = alert("Heron Air", crossed_at, rule="spike")
    verdict = judged(story, [too_early, right, of_another, of_another_rule], rule="crisis")
    told = {one.truth["shape"]: one for one in verdict.real}
    assert told["burst"].alerts == (right,)
    assert told["burst"].minutes == pytest.approx(4)
    assert told["night"].minutes is None
    assert set(verdict.false) == {too_early, of_another}


def test_a_false_alert_is_told_with_what_went_on_about_its_brand(story: Story) -> None:
    night = next(crisis for crisis in real_crises(story) if crisis.shape == "night")
    at = night.begins + 60 * MINUTE
    assert around(story, alert("Heron Air", at)) == "night"
    assert around(story, alert("Pomelo", at)) == "an ordinary day"


def test_what_was_on_a_site_while_it_was_down_is_not_heard(story: Story) -> None:
    (crisis,) = [crisis for crisis in real_crises(story) if crisis.down]
    assert crisis.down is not None
    mentions = list(heard(story))
    down = [m for m in mentions if crisis.down.since <= m.published < crisis.down.until]
    assert len(down) > 100
    assert not any(mention.platform == crisis.down.site for mention in down)
    assert any(mention.platform == crisis.down.site for mention in mentions)
    assert len({mention.id for mention in mentions}) == len(mentions)
    assert all(BEGAN <= mention.published < ANCHOR for mention in mentions)


def test_an_answer_knows_what_it_answers(story: Story) -> None:
    mentions: dict[str, Mention] = {mention.id: mention for mention in heard(story)}
    answers = [mention for mention in mentions.values() if mention.reply_to]
    assert len(answers) > 1_000
    parents = [mentions[answer.reply_to] for answer in answers if answer.reply_to in mentions]
    assert len(parents) > 0.98 * len(answers)
    assert all(answer.kind == "comment" for answer in answers)


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory, story: Story) -> Iterator[Pipeline]:
    config = tmp_path_factory.mktemp("sixty days") / "untagged.yaml"
    config.write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    with open_pipeline(config) as pipeline:
        index(pipeline, heard(story))
        yield pipeline


@pytest.fixture(scope="module")
def verdict(indexed: Pipeline, story: Story) -> Verdict:
    rules = [rule for rule in indexed.settings.rules if rule.kind == "crisis"]
    events = replayed(indexed, rules, step=5 * MINUTE)
    return judged(story, events, rule=rules[0].name)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_real_crisis_is_told_within_a_quarter_of_an_hour(verdict: Verdict) -> None:
    minutes = {one.truth["id"]: one.minutes for one in verdict.real}
    assert len(minutes) == 7
    late = {name: told for name, told in minutes.items() if told is None or told > IN_TIME}
    assert not late


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_real_crisis_is_one_alert_and_one_incident(verdict: Verdict) -> None:
    assert [len(one.alerts) for one in verdict.real] == [1] * 7
    assert [len(one.incidents) for one in verdict.real] == [1] * 7
    assert len(set().union(*(one.incidents for one in verdict.real))) == 7


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_more_than_one_incident_is_false_and_none_of_a_loud_day(
    verdict: Verdict, story: Story
) -> None:
    """An angry person, a campaign, football and a launch are told apart; chance may fool once."""
    assert len(verdict.false) <= 1
    assert {around(story, alert) for alert in verdict.false} <= {"an ordinary day"}

"""A crisis is many people with something bad to say; what only looks like one is none."""

import shutil
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest

from alerts.book import list_alerts
from alerts.firing import Firing
from alerts.groups import letters_of
from alerts.kinds.crisis import CrisisRule
from alerts.messages import render
from mentions.mention import Mention
from tests.untagged.watched import DAY, HOUR, MINUTE, NOW, burst, filled, ordinary, scene
from tests.untagged.world import settings_file
from untagged.watches.crisis import CrisisWatch
from untagged.wiring import open_pipeline

RULE = CrisisRule(name="crisis")
Told = Callable[..., list[Firing]]


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with weeks of ordinary talk, written once."""
    folder = tmp_path_factory.mktemp("usual")
    filled(folder, ordinary()).close()
    return folder


@pytest.fixture
def told(tmp_path: Path, usual: Path) -> Told:
    """What a rule tells of the usual talk and some more."""

    def told(*talk: Iterable[Mention], rule: CrisisRule = RULE) -> list[Firing]:
        with filled(shutil.copytree(usual, tmp_path / str(uuid4())), *talk) as store:
            return [found.firing for found in CrisisWatch(rule, scene(store)).found(NOW)]

    return told


def test_many_people_who_complain_at_once_are_a_crisis(told: Told) -> None:
    (firing,) = told(burst(40))
    assert firing.key == "crisis:crisis:Acme:crisis"
    assert (firing.kind, firing.brand, firing.signal) == ("crisis", "Acme", "negative")
    assert firing.severity <= 2
    assert 40 <= firing.observed <= 45
    assert firing.expected < 4
    assert "people in the hour to 12:00 UTC on 4 Mar" in firing.reason
    assert len(firing.mention_ids) == 5


def test_an_ordinary_day_is_none(told: Told) -> None:
    assert told() == []


def test_one_angry_person_is_none(told: Told) -> None:
    assert told(burst(60, by="guitarist")) == []


def test_a_debate_below_one_post_is_none(told: Told) -> None:
    assert told(burst(25, reply_to="board:0")) == []
    assert told(burst(25, thread="t")) == []


def test_hundreds_who_answer_below_one_post_are_one(told: Told) -> None:
    assert told(burst(300, reply_to="board:0"))


def test_a_brand_that_is_spoken_of_in_conversations_is_compared_with_such(
    tmp_path: Path,
) -> None:
    def of_threads(mentions: Iterable[Mention], size: int) -> list[Mention]:
        ordered = sorted(mentions, key=lambda mention: mention.published)
        return [
            mention.model_copy(update={"thread": f"{mention.native_id[:4]}{number // size}"})
            for number, mention in enumerate(ordered)
        ]

    usual = of_threads(ordinary(negative=3), 4)
    with filled(tmp_path, usual, of_threads(burst(48), 4)) as store:
        assert list(CrisisWatch(RULE, scene(store)).found(NOW))


def test_good_news_that_everybody_talks_about_is_none(told: Told) -> None:
    campaign = burst(200, good=True, name="joy")
    assert told(campaign, burst(12)) == []


def test_a_busy_hour_with_the_usual_share_of_complaints_is_none(told: Told) -> None:
    assert told(burst(40, good=True, name="talk"), burst(18)) == []


def test_a_story_that_many_people_copy_is_one_and_says_so(told: Told) -> None:
    first, *rest = burst(60, name="copy")
    copies = [mention.model_copy(update={"cluster": first.id}) for mention in rest]
    (firing,) = told([first, *copies])
    assert "60 of" in firing.reason
    assert "are copies of one text" in firing.reason


def test_what_is_widely_read_is_one_at_a_slower_pace(told: Told) -> None:
    slow = CrisisRule(name="crisis", sensitivity={"score": 1.0, "times": 10.0})
    assert told(burst(10), rule=slow) == []
    (firing,) = told(burst(10, followers=40_000), rule=slow)
    assert "read by up to 40" in firing.reason


def test_what_rises_slowly_is_one_though_no_hour_of_it_is(told: Told) -> None:
    (firing,) = told(burst(36, over=6 * HOUR))
    assert "in the 6 h to" in firing.reason


def test_a_crisis_lasts_through_its_quieter_hours(told: Told) -> None:
    (firing,) = told(burst(60, until=NOW - HOUR), burst(4, name="late"))
    assert firing.began < NOW - HOUR
    assert firing.observed >= 60


def test_a_replay_tells_it_within_a_quarter_of_an_hour_of_its_crossing(
    usual: Path, tmp_path: Path
) -> None:
    began = NOW - 6 * HOUR
    storm = burst(60, until=began + HOUR)
    crossing = sorted(mention.published for mention in storm)[11]
    with filled(shutil.copytree(usual, tmp_path / "copy"), storm) as store:
        watch = CrisisWatch(RULE, scene(store, replays=(began - DAY, NOW)))
        steps = [began - DAY + step * 5 * MINUTE for step in range(12 * 15, 12 * 30)]
        telling = [at for at in steps if list(watch.found(at))]
    assert began < telling[0] <= crossing + 15 * MINUTE
    assert telling[-1] - telling[0] >= 2 * HOUR
    # Told as one: without a gap that would end the alert.
    assert all(later - earlier <= 30 * MINUTE for earlier, later in pairwise(telling))


@pytest.mark.parametrize("added", ["live", "backfill"])
def test_only_what_is_heard_live_is_told(told: Told, added: str) -> None:
    assert len(told(burst(40, added=added))) == (added == "live")


def test_posts_that_name_a_regulator_or_a_danger_make_it_worse(told: Told) -> None:
    (plain,) = told(burst(13))
    (named,) = told(burst(13, text="acme, I write to the FAA and the ombudsman"))
    (danger,) = told(burst(13, severity=1))
    assert plain.severity == 3
    assert "13 name a regulator (FAA, ombudsman)" in named.reason
    assert named.severity < plain.severity
    assert danger.severity == 1


SETTINGS = """
  - {name: crisis, kind: crisis, team: crisis, opens_case: true, notify: [chat]}
"""


def test_a_crisis_is_one_alert_one_case_and_one_letter_and_the_same_in_a_replay(
    tmp_path: Path,
) -> None:
    path = settings_file(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("rules:\n", f"rules:{SETTINGS}", 1), encoding="utf-8")
    with open_pipeline(path) as pipeline:
        pipeline.store.upsert([*ordinary(7), *burst(40)])
        steps = [NOW + minutes * MINUTE for minutes in (-25, 0, 5, 30, 90)]
        events = [event for at in steps for event in pipeline.respond(now=at).events]
        with pipeline.read() as connection:
            (alert,) = list_alerts(connection, kinds=["crisis"])
            letters = letters_of(connection, alert.id)
        window = {"since": NOW - 2 * HOUR, "until": NOW + 2 * HOUR, "step": 5 * MINUTE}
        replayed = [event for event in pipeline.replay(**window) if event.kind == "crisis"]
    of_crisis = [(event.event, event.key) for event in events if event.kind == "crisis"]
    key = "crisis:crisis:Acme:crisis"
    assert of_crisis == [("alert", key), ("case", key)]
    assert [(event.event, event.key) for event in replayed] == of_crisis
    assert len(letters) == 1
    assert "crisis" in render(letters[0].kind, letters[0].payload).text

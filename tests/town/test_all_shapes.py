"""All shapes: sixty days with every kind of crisis, and with much that is none."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import httpx
import pytest

from mentions.errors import SettingsError
from mentions.mention import Mention
from mentions.signature import ALIKE, alikeness, signatures
from tests.town.conftest import FROZEN, NOW
from untagged.town.__main__ import main
from untagged.town.crises.all_shapes import ROUND, all_shapes
from untagged.town.crises.crisis import Crisis
from untagged.town.crises.schedule import SCHEDULES
from untagged.town.crossing import crisis_truth, usual_per_hour
from untagged.town.people import ZONES
from untagged.town.post import Post
from untagged.town.rhythm import activity
from untagged.town.server import running
from untagged.town.story import Story

HOUR = timedelta(hours=1)
BEGAN = datetime.combine((NOW - ROUND).date(), time(), UTC)
REAL = {"burst", "slow_rise", "copied", "night", "source_down", "two_at_once"}
HARMLESS = {"flood", "campaign", "football", "launch"}


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(1, anchor=NOW, schedule="all-shapes")


@pytest.fixture(scope="module")
def crises(story: Story) -> list[Crisis]:
    return [crisis for crisis in story.crises(BEGAN, NOW) if crisis.begins >= BEGAN]


@pytest.fixture(scope="module")
def courses(story: Story, crises: list[Crisis]) -> dict[str, tuple[Post, ...]]:
    return {crisis.shape: story.course(crisis) for crisis in crises}


def test_sixty_days_hold_seven_real_crises_of_six_shapes_and_loud_things_that_are_none(
    crises: list[Crisis],
) -> None:
    real = [crisis.shape for crisis in crises if crisis.is_real]
    assert set(real) == REAL
    assert Counter(real)["two_at_once"] == 2
    assert len(real) == 7
    assert {crisis.shape for crisis in crises if not crisis.is_real} == HARMLESS


def test_the_two_at_once_begin_in_the_same_minute_for_both_brands(crises: list[Crisis]) -> None:
    both = [crisis for crisis in crises if crisis.shape == "two_at_once"]
    assert {crisis.brand.key for crisis in both} == {"heron", "pomelo"}
    assert len({crisis.begins for crisis in both}) == 1


def test_every_post_of_a_crisis_belongs_to_it_and_none_comes_before(
    story: Story, crises: list[Crisis]
) -> None:
    for crisis in crises:
        course = story.course(crisis)
        assert {post.crisis for post in course} == {crisis.id}
        assert min(post.published for post in course) >= crisis.begins
        assert max(post.published for post in course) < crisis.begins + timedelta(days=4)


def test_rounds_go_on_and_only_their_minutes_differ() -> None:
    def plan(seed: int, since: datetime) -> list[tuple[str, str, int]]:
        found = [c for c in all_shapes(seed, NOW, since, since + ROUND) if c.begins >= since]
        return [(c.shape, c.brand.key, (c.begins - since).days) for c in found]

    assert plan(1, BEGAN) == plan(2, BEGAN) == plan(1, BEGAN + ROUND) == plan(1, BEGAN - 3 * ROUND)
    first, second = (
        [crisis.begins for crisis in all_shapes(seed, NOW, BEGAN, NOW)] for seed in (1, 2)
    )
    assert first != second


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_only_real_crises_and_the_flood_cross_three_times_what_is_usual(seed: int) -> None:
    story = Story(seed, anchor=NOW, schedule="all-shapes")
    for crisis in story.crises(BEGAN, NOW):
        truth = crisis_truth(story, crisis)
        assert truth["real"] == crisis.is_real
        if crisis.is_real:
            assert truth["begins"] < truth["crossed_at"] < truth["ends"]
            assert truth["peak_per_hour"] > 8 * truth["usual_per_hour"]
            assert truth["authors"] > 100
        elif crisis.shape != "flood":
            assert truth["peak_per_hour"] <= 12  # chance alone brings ten, now and then


def test_crossing_is_the_post_that_makes_the_hour_hold_ten_and_three_times_the_usual(
    story: Story, crises: list[Crisis]
) -> None:
    burst = next(crisis for crisis in crises if crisis.shape == "burst")
    crossed_at = datetime.fromisoformat(crisis_truth(story, burst)["crossed_at"])
    negative = [
        post.published
        for post in story.posts(burst.begins - 2 * HOUR, burst.begins + 2 * HOUR)
        if post.said.sentiment == "negative"
        and burst.brand.name in post.said.brands
        and not post.author.brand
    ]
    usual = usual_per_hour(story, burst, crossed_at)
    needed = max(10.0, 3 * usual)

    def held(at: datetime) -> int:
        return sum(at - HOUR <= moment <= at for moment in negative)

    assert held(crossed_at) >= needed
    earlier = [at for at in negative if burst.begins <= at < crossed_at]
    assert all(held(at) < needed for at in earlier)
    assert 1 < usual < 4  # two a busy hour, as docs/town.md has it


def test_what_is_usual_knows_the_time_of_day(story: Story, crises: list[Crisis]) -> None:
    night = next(crisis for crisis in crises if crisis.shape == "night")
    asleep = usual_per_hour(story, night, night.begins)
    assert activity(night.begins, zone=ZONES["en"]) < 0.5
    assert asleep < usual_per_hour(story, night, night.begins + 17 * HOUR) / 3


def test_a_burst_is_quick_and_a_slow_rise_is_slow(courses: dict[str, tuple[Post, ...]]) -> None:
    def hour_of_the_nth(shape: str, nth: int) -> float:
        moments = sorted(post.published for post in courses[shape])
        return (moments[nth] - moments[0]) / HOUR

    assert hour_of_the_nth("burst", 40) < 1
    assert hour_of_the_nth("slow_rise", 40) > 3


def test_the_flood_is_one_persons(courses: dict[str, tuple[Post, ...]]) -> None:
    flood = courses["flood"]
    assert len({post.author.handle for post in flood}) == 1
    assert len(flood) == 60
    assert all(post.said.sentiment == "negative" for post in flood)


def test_the_copied_story_is_told_by_many_in_nearly_the_same_words(
    courses: dict[str, tuple[Post, ...]],
) -> None:
    told = [
        Mention(
            source="town",
            native_id=str(post.number),
            platform="mastodon",
            text=post.said.text,
            published=post.published,
            collected=post.published,
        )
        for post in courses["copied"]
        if post.said.lang == "en"
    ]
    _, rows = signatures(told)
    copies = sum(alikeness(rows[0], row) >= ALIKE for row in rows)
    assert copies > 220
    assert len({mention.text for mention in told}) > 200
    assert len({post.author.handle for post in courses["copied"]}) > 200


def test_the_campaign_is_good_news(courses: dict[str, tuple[Post, ...]]) -> None:
    moods = Counter(post.said.sentiment for post in courses["campaign"])
    assert moods["positive"] > 0.8 * len(courses["campaign"])
    glad = [post.said.text for post in courses["campaign"] if post.said.sentiment == "positive"]
    assert not any("#hotphone" in text or "Fail" in text for text in glad)


def test_a_crisis_with_a_site_down_is_counted_on_the_others(
    story: Story, crises: list[Crisis]
) -> None:
    crisis = next(crisis for crisis in crises if crisis.down)
    assert crisis.down is not None
    course = story.course(crisis)
    there = [post for post in course if post.site == crisis.down.site]
    assert 0.25 * len(course) < len(there) < 0.5 * len(course)
    assert crisis.down.since < crisis.begins < crisis.down.until
    deaf = crisis_truth(story, crisis)
    heard = crisis_truth(story, replace(crisis, down=None))
    assert heard["crossed_at"] < deaf["crossed_at"]
    assert heard["peak_per_hour"] > deaf["peak_per_hour"]
    assert deaf["down"]["site"] == "x"


def test_an_unknown_schedule_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=f"no schedule 'never'.*{', '.join(SCHEDULES)}"):
        Story(1, anchor=NOW, schedule="never")


def test_the_command_knows_the_schedules(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--schedule", "never"])
    assert "all-shapes" in capsys.readouterr().err


def test_a_served_town_tells_of_each_crisis_when_it_begins(tmp_path) -> None:
    just_before = datetime.combine(BEGAN.date(), time(), UTC) + timedelta(days=9, hours=10)
    settings = replace(
        FROZEN,
        now=just_before,
        anchor=NOW,
        schedule="all-shapes",
        days=1,
        truth=tmp_path / "truth.jsonl",
    )
    with running(settings) as url, httpx.Client(base_url=url) as town:
        assert town.get("/town/crises").json() == []
        town.post("/town/clock", json={"advance_seconds": 3 * 3600})
        (crisis,) = town.get("/town/crises").json()
        written = (tmp_path / "truth.crises.jsonl").read_text("utf-8").splitlines()
    assert crisis["shape"] == "burst"
    assert [json.loads(line) for line in written] == [crisis]

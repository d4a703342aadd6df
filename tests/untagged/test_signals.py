"""Signals: what a rule may watch, and which mentions each counts."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.kinds.spike import SpikeRule
from mentions.mention import Mention
from mentions.series import SIGNALS, signal_condition
from mentions.sqlite import SqliteStore
from nlp.spike_reason import said_stories
from nlp.spikes import current_spike
from tests.stores.posts import brands, by, feeling, post, wanting
from tests.untagged.watched import HOUR, NOW, burst, filled, ordinary
from untagged.detecting import (
    BUCKET,
    FEW_BRANDS,
    beginning,
    brand_series,
    live_series,
    signal_query,
    spikes_between,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize("signal", ["", "angry", "topic:", 'topic:a"b', "topic: "])
def test_what_is_no_signal_is_told_with_those_there_are(signal: str) -> None:
    with pytest.raises(ValueError, match=r"write one of all, .*, or topic:NAME"):
        signal_condition(signal)


def test_each_signal_counts_its_mentions_in_buckets_of_five_minutes(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "mentions.db") as store:
        store.prepare()
        store.upsert(
            [
                said(1, minute=1, sentiment=feeling("negative")),
                said(2, minute=7, intents=wanting("incident"), topics=["late delivery"]),
                said(3, minute=8, topics=["billing"]),
            ]
        )
        counts = {
            signal: brand_series(
                store, "Acme", signal, since=NOON, until=NOON + timedelta(minutes=12)
            ).counts
            for signal in (*SIGNALS, "topic:late delivery", "topic:billing", "topic:taste")
        }
    assert counts["all"] == (1, 2)
    assert counts["negative"] == (1, 0)
    assert counts["complaints"] == (0, 0)
    assert counts["incidents"] == (0, 1)
    assert counts["topic:late delivery"] == counts["topic:billing"] == (0, 1)
    assert counts["topic:taste"] == (0, 0)


def test_authors_and_stories_count_in_the_first_bucket_of_a_clock_hour(tmp_path: Path) -> None:
    ana, ben = by("ana"), by("ben")
    with SqliteStore(tmp_path / "mentions.db") as store:
        store.prepare()
        store.upsert(
            [
                said(1, minute=1, author=ana),
                said(2, minute=2, author=ben, cluster="board:1"),
                said(3, minute=3, author=ana),
                said(4, minute=6, author=ana, cluster="board:1"),
                said(5, minute=9, author=by("cleo"), cluster="board:1"),
                said(6, minute=61, author=ana, cluster="board:1"),
            ]
        )
        found = {
            signal: brand_series(
                store, "Acme", signal, since=NOON, until=NOON + timedelta(minutes=65)
            ).counts
            for signal in ("all", "authors", "stories")
        }
    ends = {signal: (*counts[:2], counts[-1]) for signal, counts in found.items()}
    assert ends == {"all": (3, 2, 1), "authors": (2, 1, 1), "stories": (2, 0, 1)}


def test_one_person_who_writes_on_and_on_spikes_posts_but_not_authors(tmp_path: Path) -> None:
    loud = burst(40, by="the-same", until=NOW, good=True)
    with filled(tmp_path, ordinary(negative=0, other=2), loud) as store:
        spikes = {
            signal: current_spike(live_series(store)("Acme", signal, NOW))
            for signal in ("all", "authors")
        }
    assert spikes["all"] is not None
    assert spikes["authors"] is None


def test_one_text_that_many_post_spikes_authors_but_not_stories(tmp_path: Path) -> None:
    copied = burst(40, until=NOW, good=True, cluster="board:burst0")
    with filled(tmp_path, ordinary(negative=0, other=2), copied) as store:
        spikes = {
            signal: current_spike(live_series(store)("Acme", signal, NOW))
            for signal in ("authors", "stories")
        }
    assert spikes["authors"] is not None
    assert spikes["stories"] is None


def test_many_people_spike_authors(tmp_path: Path) -> None:
    with filled(tmp_path, ordinary(negative=0, other=2), burst(40, until=NOW)) as store:
        spike = current_spike(live_series(store)("Acme", "authors", NOW))
    assert spike is not None
    assert spike.observed >= 40
    assert "authors in the hour" in spike.reason


def test_without_a_rule_authors_and_stories_do_not_tell_again_what_all_tells(
    tmp_path: Path,
) -> None:
    with filled(tmp_path, ordinary(negative=0), burst(40, until=NOW, good=True)) as store:
        found = spikes_between(store, [], ["Acme"], since=NOW - HOUR, until=NOW)
        rule = SpikeRule(name="people", signals=("authors", "stories"))
        asked = spikes_between(store, [rule], ["Acme"], since=NOW - HOUR, until=NOW)
    assert {spike.signal for spike in found} == {"all"}
    assert {spike.signal for spike in asked} == {"authors", "stories"}


def test_a_series_begins_four_weeks_before_todays_midnight_all_day(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "mentions.db") as store:
        store.prepare()
        series = live_series(store)("Acme", "all", NOON + timedelta(minutes=3))
    assert series.start == beginning(NOON) == datetime(2026, 2, 2, tzinfo=UTC)
    assert series.end == NOON
    assert series.bucket == BUCKET


def said(number: int, *, minute: int, **read: object) -> Mention:
    moment = NOON + timedelta(minutes=minute)
    return post(str(number), published=moment, brands=brands("Acme"), **read)


def test_a_spike_tells_how_many_stories_its_posts_tell(tmp_path: Path) -> None:
    copied = burst(30, until=NOW, name="copy", good=True, cluster="board:burst0")
    own = burst(9, until=NOW, good=True)
    with filled(tmp_path, ordinary(negative=0), own, copied) as store:
        (spike,) = spikes_between(store, [], ["Acme"], since=NOW - HOUR, until=NOW)
        assert spike.window is not None
        since, until = spike.window
        posts = store.count(signal_query("Acme", "all"), since=since, until=until)
        stories = store.stories(signal_query("Acme", "all"), since=since, until=until)
    assert (spike.posts, spike.stories) == (posts, stories)
    assert spike.observed == posts
    assert spike.amplification == posts / stories
    assert f"{posts} posts, {stories} stories, each told {posts / stories:.1f}" in spike.reason


def test_a_spike_in_which_nobody_repeats_anybody_says_nothing_of_stories(tmp_path: Path) -> None:
    with filled(tmp_path, ordinary(negative=0), burst(40, until=NOW, good=True)) as store:
        (spike,) = spikes_between(store, [], ["Acme"], since=NOW - HOUR, until=NOW)
    assert spike.amplification == 1.0
    assert "stories" not in spike.reason


def test_people_who_count_twice_in_a_window_are_told_as_they_are(tmp_path: Path) -> None:
    half_past = NOW + HOUR / 2
    people = [
        said_by
        for number in range(20)
        for said_by in burst(
            4, until=half_past, name=f"burst{number}-", by=f"person{number}", good=True
        )
    ]
    with filled(tmp_path, ordinary(negative=0, other=2), people) as store:
        rule = SpikeRule(name="people", signals=("authors",))
        (spike,) = spikes_between(store, [rule], ["Acme"], since=NOW - HOUR, until=half_past)
        assert spike.window is not None
        since, until = spike.window
        there = store.series(
            signal_query("Acme", "all"), since=since, until=until, bucket=until - since
        )
    assert sum(there.authors) < spike.observed <= 2 * sum(there.authors)
    assert f"{sum(there.authors)} different authors" in spike.reason


@pytest.mark.parametrize(
    ("posts", "stories", "said"),
    [
        (54, 12, "54 posts, 12 stories, each told 4.5 times"),
        (1_200, 1, "1,200 posts, one story told 1,200 times"),
        (15, 10, "15 posts, 10 stories, each told 1.5 times"),
        (14, 10, ""),
        (1, 1, ""),
        (0, 0, ""),
    ],
)
def test_stories_are_told_where_posts_repeat_one_another(
    posts: int, stories: int, said: str
) -> None:
    assert said_stories(posts, stories) == said


@pytest.mark.parametrize("signal", ["all", "negative", "topic:billing", "authors"])
def test_series_read_for_many_brands_at_once_are_those_read_one_by_one(
    tmp_path: Path, signal: str
) -> None:
    names = [f"Brand {number}" for number in range(3 * FEW_BRANDS)]
    chance = random.Random(1)
    posts = [
        post(
            str(number),
            brands=brands(*chance.sample(names, chance.choice([1, 1, 2]))),
            sentiment=feeling(chance.choice(["negative", "neutral"])),
            topics=chance.choice([["billing"], []]),
            published=NOW - timedelta(minutes=chance.randrange(40 * 24 * 60)),
        )
        for number in range(1_000)
    ]
    now = NOW + timedelta(minutes=3)
    with filled(tmp_path, posts) as store:
        series_at = live_series(store)
        together = [series_at(name, signal, now) for name in (*names, "Unheard")]
        alone = [
            brand_series(store, name, signal, since=beginning(now), until=now)
            for name in (*names, "Unheard")
        ]
    assert together == alone
    assert sum(sum(series.counts) for series in together) > FEW_BRANDS


def test_many_brands_cost_a_few_questions_for_each_signal(tmp_path: Path) -> None:
    asked: list[str] = []

    class Counting(SqliteStore):
        def series(self, *query: Any, **options: Any) -> Any:
            asked.append("series")
            return super().series(*query, **options)

        def brand_series(self, *query: Any, **options: Any) -> Any:
            asked.append("brand_series")
            return super().brand_series(*query, **options)

    with Counting(tmp_path / "mentions.db") as store:
        store.prepare()
        series_at = live_series(store)
        signals = ("all", "negative", *(f"topic:t{number}" for number in range(8)))
        for number in range(40):  # as a watch asks: all signals of a brand, then the next brand
            for signal in signals:
                series_at(f"Brand {number}", signal, NOW)
                series_at(f"Brand {number}", signal, NOW)
    assert asked.count("brand_series") == len(signals)
    assert asked.count("series") == 2 * FEW_BRANDS * len(signals)

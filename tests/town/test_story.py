"""The story: the same for the same seed, believable over the day, and a crisis in it."""

import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.town.conftest import NOW
from untagged.town.brands import BRANDS
from untagged.town.crises.schedule import crises_between
from untagged.town.people import ZONES, cast_of
from untagged.town.rhythm import activity
from untagged.town.sites.mastodon_text import handles
from untagged.town.story import Story, generate

ROOT = Path(__file__).parents[2]
HERON = "Heron Air"


def negative_by_hours_ago(posts, now=NOW):
    return Counter(
        (now - post.published) // timedelta(hours=1)
        for post in posts
        if HERON in post.said.brands and post.said.sentiment == "negative" and not post.said.tagged
    )


@pytest.mark.slow
def test_the_same_seed_tells_the_same_story_in_another_process():
    code = (
        "from datetime import datetime, timedelta; from untagged.town.story import generate;"
        f"now = datetime.fromisoformat('{NOW.isoformat()}');"
        "print(*(f'{p.number} {p.said.text}' for p in"
        " generate(5, now - timedelta(days=1), now, anchor=now)), sep='\\n')"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
    assert len(said.pop().splitlines()) > 100


def test_another_seed_tells_another_story():
    day = (NOW - timedelta(days=1), NOW)
    texts = [{p.said.text for p in generate(seed, *day, anchor=NOW)} for seed in (1, 2)]
    assert len(texts[0] & texts[1]) < len(texts[0]) / 4


@settings(max_examples=25, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 6 * 24 * 60), min_size=1, max_size=4, unique=True),
)
def test_windows_put_together_are_the_whole_window(cuts):
    since, until = NOW - timedelta(days=4), NOW + timedelta(days=2)
    edges = [since, *(since + timedelta(minutes=cut) for cut in sorted(cuts)), until]
    parts = [post for start, end in pairwise(edges) for post in generate(3, start, end, anchor=NOW)]
    assert [post.number for post in parts] == [
        post.number for post in generate(3, since, until, anchor=NOW)
    ]


def test_ordinary_posts_do_not_depend_on_the_anchor():
    window = (NOW - timedelta(days=2), NOW)
    calm = [
        {p.number for p in generate(1, *window, anchor=anchor) if not p.crisis}
        for anchor in (NOW, NOW + timedelta(days=40))
    ]
    assert calm[0] == calm[1]


def test_two_weeks_are_three_to_five_thousand_posts_mostly_on_mastodon(fortnight):
    sites = Counter(post.site for post in fortnight)
    assert 3_000 <= len(fortnight) <= 5_000
    assert sites["mastodon"] > 0.7 * len(fortnight)
    assert min(sites[site] for site in ("news", "forum", "blog")) > 5
    assert sites["forum"] <= 300


def test_every_number_is_given_once_and_grows_with_time(fortnight):
    numbers = [post.number for post in fortnight]
    assert numbers == sorted(set(numbers))
    assert [p.published for p in fortnight] == sorted(p.published for p in fortnight)


def test_nights_are_quiet(fortnight):
    lively = [activity(p.published, zone=ZONES[p.said.lang]) for p in fortnight if not p.crisis]
    hours = Counter(p.published.hour for p in fortnight if p.said.lang == "en" and not p.crisis)
    assert sum(hours[hour] for hour in (2, 3, 4)) < 0.15 * sum(hours[h] for h in (18, 19, 20))
    assert statistics.mean(lively) > 1.2


@pytest.mark.parametrize("seed", range(1, 7))
def test_the_outage_rises_over_tenfold_within_two_hours(seed):
    posts = generate(seed, NOW - timedelta(days=14), NOW, anchor=NOW)
    by_hours_ago = negative_by_hours_ago(posts)
    same_hours = [by_hours_ago[hour + 24 * day] for hour in (0, 1) for day in range(1, 14)]
    usual = statistics.mean(same_hours)
    assert by_hours_ago[0] > 10 * usual
    assert by_hours_ago[1] > 10 * usual
    assert by_hours_ago[3] < 5 * max(usual, 1)  # it began three hours ago, not four
    assert max(same_hours) < by_hours_ago[0] / 3


def test_the_outage_lasts_for_hours_and_ends():
    posts = generate(1, NOW, NOW + timedelta(days=2), anchor=NOW)
    ahead = {-hours - 1: count for hours, count in negative_by_hours_ago(posts).items()}
    assert min(ahead[hour] for hour in range(3)) > 20
    assert max(ahead.get(hour, 0) for hour in range(24, 48)) < 15


def test_crises_come_every_few_days_for_ever_and_say_when():
    crises = crises_between(1, NOW, NOW - timedelta(days=60), NOW + timedelta(days=60))
    begins = [crisis.begins for crisis in crises]
    gaps = [later - earlier for earlier, later in pairwise(begins)]
    assert NOW - timedelta(hours=3) in begins
    assert all(timedelta(days=2) < gap < timedelta(days=10) for gap in gaps)
    assert {crisis.shape for crisis in crises} == {"outage", "bad_update"}
    assert len({crisis.id for crisis in crises}) == len(crises)
    assert all(f"{crisis.begins:%Y-%m-%dT%H:%MZ}" in crisis.id for crisis in crises)


def test_no_crisis_post_comes_before_its_crisis():
    window = (NOW - timedelta(days=30), NOW + timedelta(days=10))
    begins = {crisis.id: crisis.begins for crisis in Story(2, anchor=NOW).crises(*window)}
    posts = [post for post in generate(2, *window, anchor=NOW) if post.crisis]
    assert {post.crisis for post in posts} <= set(begins)
    assert all(post.published >= begins[post.crisis] for post in posts)


def test_answered_means_that_the_brand_replied_then(fortnight):
    by_parent = {p.reply_to: p for p in fortnight if p.author.brand and p.reply_to}
    answered = [p for p in fortnight if p.answered_at and p.answered_at < NOW]
    assert len(answered) > 150
    for post in answered:
        answer = by_parent[post.number]
        assert answer.published == post.answered_at > post.published
        assert answer.author.brand
    assert {p.reply_to for p in by_parent.values() if p.published > NOW - timedelta(days=13)} <= {
        p.number for p in answered
    }


def test_most_complaints_that_tag_nobody_are_never_answered(fortnight):
    complaints = [p for p in fortnight if "complaint" in p.said.intents and not p.author.brand]
    untagged = [p for p in complaints if not p.said.tagged]
    tagged = [p for p in complaints if p.said.tagged and not p.crisis and not p.reply_to]
    assert sum(p.answered_at is None for p in untagged) > 0.9 * len(untagged)
    assert sum(p.answered_at is not None for p in tagged) > 0.5 * len(tagged)


def test_replies_come_after_what_they_reply_to(fortnight):
    published = {post.number: post.published for post in fortnight}
    replies = [p for p in fortnight if p.reply_to in published]
    assert len(replies) > 300
    assert all(p.published > published[p.reply_to] for p in replies)


def test_tagged_means_that_the_text_holds_the_handle(fortnight):
    owned = {brand.handle for brand in BRANDS.values()}
    for post in fortnight:
        assert post.said.tagged == bool(owned & set(handles(post.said.text))), post.said


def test_other_meanings_use_the_words_but_no_brand(fortnight):
    besides = [p for p in fortnight if not p.said.brands]
    birds = [p for p in besides if "heron" in p.said.text.lower()]
    fruit = [p for p in besides if "pomelo" in p.said.text.lower()]
    assert len(birds) > 80
    assert len(fruit) > 80


def test_the_same_wish_comes_in_different_words_from_different_people(fortnight):
    wishes = [p for p in fortnight if p.said.topic == "dark-theme-schedule"]
    assert len({p.author.handle for p in wishes}) >= 20
    assert len({p.said.text.lower()[:25] for p in wishes}) >= 12


def test_texts_are_varied(fortnight):
    assert len({post.said.text for post in fortnight}) > 0.85 * len(fortnight)


def test_every_kind_of_post_is_there(fortnight):
    intents = Counter(intent for p in fortnight for intent in p.said.intents if p.said.brands)
    assert set(intents) >= {
        "complaint",
        "question",
        "feature_request",
        "bug_report",
        "praise",
        "purchase_intent",
        "churn_risk",
        "incident",
        "spam",
        "other",
    }
    assert {p.said.lang for p in fortnight} == set(ZONES)
    assert any(p.edit for p in fortnight)
    assert any(p.deleted_at for p in fortnight)


def test_followers_have_a_heavy_tail():
    followers = sorted(person.followers for person in cast_of(1).everyone)
    assert followers[len(followers) // 2] < 300
    assert followers[-1] > 200_000
    assert sum(followers[-20:]) > 0.4 * sum(followers)


@pytest.mark.slow
def test_sixty_days_hold_about_eight_crises_and_are_told_in_seconds():
    started = time.process_time()
    posts = generate(4, NOW - timedelta(days=60), NOW, anchor=NOW)
    assert time.process_time() - started < 5
    assert len(posts) > 12_000
    assert 7 <= len({post.crisis for post in posts if post.crisis}) <= 10

"""Sixty days of the town: its requests come out of the digests as it meant them.

What each post wants is taken from the town's truth, as it is the clustering that is judged here;
how well wishes are read is judged in `untagged evaluate intent`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.digests.entries import book
from bench.sixty_days import ANCHOR, BEGAN, EXAMPLE, mention_of, story_of
from mentions.facets import author_key
from mentions.mention import BrandMatch, Intent, Mention, Sentiment
from mentions.tokens import words
from untagged.digests.asked import Asked
from untagged.digests.feature_requests import gather_feature_requests
from untagged.pipeline import Pipeline
from untagged.town.post import Post
from untagged.wiring import open_pipeline

WEEK = timedelta(days=7)
Labels = Mapping[str, object]


@pytest.fixture(scope="module")
def posts() -> list[Post]:
    """Every post that asks a brand for something, but for what the brands say themselves."""
    return [
        post
        for post in story_of(1).posts(BEGAN, ANCHOR)
        if "feature_request" in post.said.intents and post.said.brands and not post.author.brand
    ]


@pytest.fixture(scope="module")
def wishes(posts: list[Post]) -> list[Mention]:
    """The posts as they would be read without a mistake."""
    numbered = {post.number: post for post in posts}
    return [wish_of(post, numbered.get(post.reply_to or 0)) for post in posts]


@pytest.fixture(scope="module")
def truth(posts: list[Post], wishes: list[Mention]) -> Labels:
    """What each asks for, in which language: entries keep languages apart."""
    said = ((post.said.topic, post.said.lang) for post in posts)
    return {wish.id: what for wish, what in zip(wishes, said, strict=True)}


def wish_of(post: Post, parent: Post | None) -> Mention:
    feeling = {"score": 0, "confidence": 1, "unsure": False, "model": "truth"}
    read = {
        "brands": tuple(BrandMatch(name=brand) for brand in post.said.brands),
        "intents": (Intent(label="feature_request", confidence=1),),
        "sentiment": Sentiment.model_validate({"label": post.said.sentiment, **feeling}),
        "lang": post.said.lang,
    }
    return mention_of(post, parent).model_copy(update=read)


@pytest.fixture
def pipeline(tmp_path: Path, wishes: list[Mention]) -> Iterator[Pipeline]:
    config = tmp_path / "untagged.yaml"
    config.write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    with open_pipeline(config) as opened:
        assert not opened.store.upsert(wishes).refused
        yield opened


def placed(pipeline: Pipeline, truth: Labels) -> Labels:
    """The entry of each post."""
    with pipeline.read() as connection:
        return {
            mention_id: entry_id
            for brand in pipeline.settings.brands
            for mention_id, entry_id in book.placed_among(
                connection, "feature-requests", brand.name, list(truth)
            ).items()
        }


def b_cubed(found: Labels, truth: Labels) -> float:
    """F1 of the B-cubed precision and recall (Bagga & Baldwin, 1998)."""
    pairs = Counter((found[one], truth[one]) for one in truth)
    sizes, sizes_in_truth = Counter(found.values()), Counter(truth.values())
    right = {pair: number * number for pair, number in pairs.items()}
    precision = sum(many / sizes[pair[0]] for pair, many in right.items()) / len(truth)
    recall = sum(many / sizes_in_truth[pair[1]] for pair, many in right.items()) / len(truth)
    return 2 * precision * recall / (precision + recall)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_digest_says_what_the_town_asks_for(
    pipeline: Pipeline, wishes: list[Mention], truth: Labels
) -> None:
    digest = gather_feature_requests(pipeline, Asked(BEGAN, ANCHOR, now=ANCHOR))
    found = placed(pipeline, truth)
    same_words = {wish.id: " ".join(words(wish.text)) for wish in wishes}
    assert b_cubed(found, truth) > max(0.8, b_cubed(same_words, truth) + 0.3)

    askers: dict[object, set[str]] = {}
    for wish in wishes:
        askers.setdefault(truth[wish.id], set()).add(author_key(wish))
    most = sorted(askers, key=lambda what: -len(askers[what]))[:5]
    topics: dict[object, Counter[object]] = {}
    for mention_id, entry_id in found.items():
        topics.setdefault(entry_id, Counter())[truth[mention_id]] += 1
    first = [record["id"] for record in digest.records[:5]]
    assert {topics[one].most_common(1)[0][0] for one in first} == set(most)
    for record in digest.records[:5]:
        (what, _), *_ = topics[record["id"]].most_common(1)
        assert 0.55 < record["authors"] / len(askers[what]) < 1.2
    again = gather_feature_requests(pipeline, Asked(BEGAN, ANCHOR, now=ANCHOR))
    assert again == digest


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_weekly_digests_find_the_entries_of_the_weeks_before(
    pipeline: Pipeline, truth: Labels
) -> None:
    weeks = [BEGAN + number * WEEK for number in range((ANCHOR - BEGAN) // WEEK)]
    digests = []
    for since in weeks:
        digests.append(gather_feature_requests(pipeline, Asked(since, since + WEEK, now=ANCHOR)))
    gather_feature_requests(pipeline, Asked(weeks[-1] + WEEK, ANCHOR, now=ANCHOR))
    assert b_cubed(placed(pipeline, truth), truth) > 0.75
    ids = [{record["id"] for record in digest.records} for digest in digests]
    assert all(len(week & ids[0]) > len(week) / 2 for week in ids)
    again = gather_feature_requests(pipeline, Asked(BEGAN, BEGAN + WEEK, now=ANCHOR))
    told, before = ([{**one, "title": ""} for one in some.records] for some in (again, digests[0]))
    assert told == before
    # A title that was misspelt or a lone word is chosen once more when more people say the same.
    titles = zip(again.records, digests[0].records, strict=True)
    changed = [one["id"] for one, old in titles if one["title"] != old["title"]]
    assert len(changed) <= len(again.records) / 10

"""The week of the night at the airport: its digest leads with it, that of before does not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bench.sixty_days import EXAMPLE, heard, index, story_of
from untagged.digests.asked import Asked
from untagged.digests.health import gather_health
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

NIGHT = datetime(2026, 2, 13, 1, 25, tzinfo=UTC)
"""When Heron Air's passengers were left in the terminal, by the town's truth."""
WEEK = timedelta(days=7)
SINCE, UNTIL = datetime(2026, 2, 9, tzinfo=UTC), datetime(2026, 2, 16, tzinfo=UTC)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    config = tmp_path_factory.mktemp("a town") / "untagged.yaml"
    config.write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    with open_pipeline(config) as pipeline:
        said = heard(story_of(1))
        index(pipeline, (one for one in said if SINCE - 2 * WEEK <= one.published < UNTIL))
        yield pipeline


def test_the_week_of_the_crisis_leads_with_it_in_numbers(town: Pipeline) -> None:
    digest = gather_health(town, Asked(SINCE, UNTIL, UNTIL))
    first = digest.lead[0]
    assert first.startswith("Heron Air stood out from 13 Feb 02:")
    assert "negative mentions in 6 h where" in first
    assert "“" in first
    assert digest.lead[1].startswith("Negative mentions of Heron Air are")
    assert ", up from " in digest.lead[1]
    heron = next(one for one in digest.records if one["brand"] == "Heron Air")
    assert heron["negative_changed"]
    assert heron["spikes"] == 1
    assert len(digest.lead) <= 5
    assert sum(map(len, digest.lead)) < 700  # a minute is some 200 words


def test_the_other_brand_did_not_change_its_share_of_anger(town: Pipeline) -> None:
    digest = gather_health(town, Asked(SINCE, UNTIL, UNTIL))
    pomelo = next(one for one in digest.records if one["brand"] == "Pomelo")
    assert not pomelo["negative_changed"]
    assert pomelo["spikes"] == 0


def test_the_days_before_the_night_say_nothing_of_it(town: Pipeline) -> None:
    until = datetime(2026, 2, 13, tzinfo=UTC)
    digest = gather_health(town, Asked(until - timedelta(days=3), until, until, brand="Heron Air"))
    assert not any("stood out" in sentence for sentence in digest.lead)
    assert digest.records[0]["spikes"] == 0

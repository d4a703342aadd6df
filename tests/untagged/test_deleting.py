"""What an author deletes leaves the alert that told of it, and the alert's case, as well."""

from datetime import timedelta

import pytest

from alerts.book import get_alert, record
from alerts.firing import Firing, alert_key
from cases import desk
from mentions.mention import Author
from tests.untagged.asking_world import WEEK, wish
from tests.untagged.digests.test_deleted_posts import deleted
from tests.untagged.digests.test_deleted_posts import (
    pipeline as pipeline,  # noqa: PLC0414  # a fixture, on both databases
)
from untagged.pipeline import Pipeline

REASON = "@ada_l (9,000 followers) on board names Acme"
KEY = alert_key("influencer", "wide", "Acme", "board:1")


@pytest.fixture
def told(pipeline: Pipeline) -> tuple[Pipeline, int, int]:
    """An alert of two posts by one author, and its case: their numbers."""
    ada = {"author": Author(handle="ada_l", id="4711")}
    posts = [
        wish(number, f"The violin {number} is lost").model_copy(update=ada) for number in (1, 2)
    ]
    assert not pipeline.store.upsert(posts).refused
    fired = Firing(
        key=KEY,
        rule="wide",
        kind="influencer",
        brand="Acme",
        signal="influencer",
        at=WEEK.now,
        began=WEEK.now,
        severity=2,
        observed=2.0,
        expected=0.0,
        reason=REASON,
        mention_ids=("board:1", "board:2"),
    )
    settings = pipeline.settings
    with pipeline.begin() as connection:
        alert = record(connection, fired, repeat=timedelta(hours=4), now=WEEK.now).alert_id
        opened = desk.open_case_for_alert(
            connection,
            alert_key=KEY,
            title="Acme: influencer",
            reason=REASON,
            brand="Acme",
            team="crisis",
            priority="high",
            policy=settings.sla[0],
            teams=settings.teams,
            at=WEEK.now,
            now=WEEK.now,
        )
    return pipeline, alert, opened.case.id


def test_the_alert_and_its_case_name_the_author_no_more(
    told: tuple[Pipeline, int, int],
) -> None:
    pipeline, alert, case = told
    deleted(pipeline, "board:1")
    with pipeline.read() as connection:
        now = get_alert(connection, alert)
        told_case = desk.show_case(connection, case)
    assert now.reason == told_case.case.excerpt == "somebody (9,000 followers) on board names Acme"
    assert now.mention_ids == ("board:2",)
    assert (now.observed, now.status) == (2.0, "firing")
    deleted(pipeline, "board:1")
    with pipeline.read() as connection:
        assert desk.show_case(connection, case) == told_case


def test_a_post_that_the_alert_does_not_list_leaves_it_as_it_is(
    told: tuple[Pipeline, int, int],
) -> None:
    pipeline, alert, case = told
    assert not pipeline.store.upsert([wish(3, "The violin 3 is lost", by="ada_l")]).refused
    deleted(pipeline, "board:3")
    with pipeline.read() as connection:
        assert get_alert(connection, alert).reason == REASON
        assert desk.read_case(connection, case).excerpt == REASON

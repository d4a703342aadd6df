"""What a watchlist and an influencer rule find in a store, and the case that each opens."""

from pathlib import Path

import pytest

from alerts.kinds.influencer import InfluencerRule
from alerts.kinds.watchlist import WatchlistRule
from tests.untagged.watched import DAY, HOUR, MINUTE, NOW, filled, said, scene
from tests.untagged.world import import_rows, post, settings_file
from untagged.watches.influencer import InfluencerWatch
from untagged.watches.scene import Scene
from untagged.watches.watchlist import WatchlistWatch
from untagged.wiring import open_pipeline

SOON = NOW + MINUTE


def watchlist(scene: Scene, **settings: object) -> list[str]:
    rule = WatchlistRule.model_validate({"name": "list", **settings})
    return [found.firing.reason for found in WatchlistWatch(rule, scene).found(SOON)]


def influencer(scene: Scene, **settings: object) -> list[str]:
    rule = InfluencerRule.model_validate({"name": "wide", **settings})
    found = InfluencerWatch(rule, scene).found(SOON)
    return [post.native_id for one in found for post in one.posts]


@pytest.fixture
def people(tmp_path: Path) -> Scene:
    return scene(
        filled(
            tmp_path,
            [
                said("1", NOW, text="Jane Doe runs acme badly, I shall tell the FAA"),
                said("2", NOW, text="ask @janedoe about acme", good=True),
                said("3", NOW, text="acme: doe jane, a deer, a faa-raway place", followers=9_999),
                said("4", NOW, followers=10_000),
                said("5", NOW, followers=50_000, good=True),
                said("6", NOW - 2 * DAY, text="Jane Doe of acme", followers=50_000),
                said("7", NOW, text="Jane Doe of acme", followers=50_000, added="backfill"),
                said("8", NOW, text="Jane Doe is our chief", followers=50_000, by="acme"),
            ],
        )
    )


def test_a_watchlist_finds_names_and_says_which(people: Scene) -> None:
    assert watchlist(people, terms=["Jane Doe", "@janedoe"]) == [
        "a mention of Acme names Jane Doe: @by-1 (200 followers) on board",
        "a mention of Acme names @janedoe: @by-2 (200 followers) on board",
    ]
    assert len(watchlist(people, terms=["jane doe"], query="sentiment:negative")) == 1


def test_regulators_are_known_by_name(people: Scene) -> None:
    assert watchlist(people, lists=["regulators"]) == [
        "a mention of Acme names FAA: @by-1 (200 followers) on board"
    ]


def test_a_query_alone_is_a_watchlist_too(people: Scene) -> None:
    (said,) = watchlist(people, query="deer")
    assert "matches deer" in said


def test_an_influencer_is_told_by_followers_reach_and_mood(people: Scene) -> None:
    assert influencer(people) == ["4"]
    assert influencer(people, sentiment="any") == ["4", "5"]
    assert influencer(people, followers=9_999) == ["3", "4"]
    assert influencer(people, followers=None, reach=10_000, sentiment="any") == ["4", "5"]


SETTINGS = """
  - {name: the boss, kind: watchlist, terms: [Jane Doe], notify: [chat]}
"""


def test_it_opens_a_routed_case_once_and_ends_with_the_answer(tmp_path: Path) -> None:
    path = settings_file(tmp_path / "firm")
    settings = path.read_text(encoding="utf-8")
    path.write_text(settings.replace("rules:\n", f"rules:{SETTINGS}", 1), encoding="utf-8")
    rows = [
        post(1, "Jane Doe of Acme spoke on the radio", NOW),
        post(2, "Jane Doe of Acme, that is us", NOW, author={"handle": "acme"}),
    ]
    with open_pipeline(path) as pipeline:
        pipeline.import_file(import_rows(tmp_path, rows), columns=None, source="import", now=NOW)
        pipeline.process(now=NOW)
        first = pipeline.respond(now=NOW + MINUTE).events
        again = pipeline.respond(now=NOW + 2 * MINUTE).events
        replayed = list(pipeline.replay(since=NOW, until=NOW + HOUR, step=15 * MINUTE))
    of_list = [(one.event, one.key) for one in first if one.kind == "watchlist"]
    assert of_list == [("alert", "watchlist:the boss:Acme:import:1"), ("case", "import:1")]
    assert "of care" in first[1].reason
    assert again == ()
    assert [(one.event, one.key) for one in replayed] == of_list

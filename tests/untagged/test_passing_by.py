"""What the routing opens no case for raises no alert, is remembered with its rule, seen once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cases import desk
from cases.routing import RoutingRule
from mentions.query.parser import parse_query
from mentions.query.tree import Query
from tests.untagged.world import HOUR, MINUTE, NOON, mention
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

SETTINGS = """
store: sqlite:///mentions.db
database: sqlite:///ops.db
journal: journal
brands: [{name: Acme, query: acme}]
channels:
  - {name: care-chat, url: 'json://127.0.0.1:9/care'}
  - {name: boss-chat, url: 'json://127.0.0.1:9/boss'}
  - {name: kim-phone, url: 'json://127.0.0.1:9/kim'}
rules: [{name: nobody answers, kind: unanswered, query: 'needs_reply:true'}]
teams:
  - {name: care, agents: [{name: ana}], notify: [care-chat]}
  - {name: product, agents: [{name: kim, notify: [kim-phone]}], notify: [care-chat]}
  - {name: senior, agents: [{name: hana}], notify: [boss-chat]}
sla: [{name: standard, first_response: 60m, next_response: 60m, resolution: 24h}]
playbooks:
  - {name: grave, steps: [Call], joins: [senior, kim, product], approval: true, voice: serious,
     templates: ['question, we find out'], help_desk: crm}
help_desks: [{name: crm, kind: webhook, address: 'https://crm.example', secret_env: CRM_SECRET}]
routing:
  - {name: wishes, when: 'intent:feature_request', team: product, sla: standard, opens: question}
  - {name: grave, when: 'severity:1', team: care, sla: standard, playbook: grave}
  - {name: rest, when: '*', team: care, sla: standard}
"""
WISH = ({"label": "feature_request", "confidence": 0.9},)
ASKED = (*WISH, {"label": "question", "confidence": 0.8})


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    (tmp_path / "untagged.yaml").write_text(SETTINGS, encoding="utf-8")
    with open_pipeline(tmp_path / "untagged.yaml") as opened:
        yield opened


def said(number: int, text: str = "acme needs a dark mode", **more: object):
    brands = ({"name": "Acme"},)
    return mention(number, text, NOON, needs_reply=True, brands=brands, **more)


def responded(pipeline: Pipeline, minutes: int = 30):
    return pipeline.respond(now=NOON + minutes * MINUTE).events


def found(pipeline: Pipeline, text: str) -> list[str]:
    query = Query(text, parse_query(text).tree)
    return [one.native_id for one in pipeline.store.search(query).mentions]


def test_a_wish_opens_no_case_and_raises_no_alert_and_says_why(pipeline: Pipeline) -> None:
    pipeline.store.upsert([said(1, intents=WISH)])
    assert responded(pipeline) == ()
    assert found(pipeline, 'tag:"no case: wishes"') == ["1"]
    assert found(pipeline, "case.team:*") == []
    stored = pipeline.store.get("board:1")
    assert stored is not None
    assert responded(pipeline, 31) == ()
    assert pipeline.store.get("board:1") == stored


def test_a_wish_that_asks_something_opens_one(pipeline: Pipeline) -> None:
    pipeline.store.upsert([said(1, intents=ASKED)])
    alert, case = responded(pipeline)
    assert (alert.event, case.event, case.posts) == ("alert", "case", ("board:1",))
    assert found(pipeline, "case.team:product") == ["1"]


def test_the_alert_counts_the_others_alone(pipeline: Pipeline) -> None:
    pipeline.store.upsert([said(1, intents=WISH), said(2, "acme lost my bag")])
    alert, case = responded(pipeline)
    assert (alert.observed, alert.posts, case.posts) == (1.0, ("board:2",), ("board:2",))


def test_what_was_passed_by_is_not_looked_at_again_though_the_rules_changed(
    pipeline: Pipeline,
) -> None:
    pipeline.store.upsert([said(1, intents=WISH)])
    responded(pipeline)
    rest = RoutingRule(name="rest", team="care", sla="standard")
    with pipeline.begin() as connection:
        desk.save_version(connection, [rest], seen=0, now=NOON, actor="ana")
    assert responded(pipeline, 31) == ()
    pipeline.store.upsert([said(2, intents=WISH)])
    assert [event.event for event in responded(pipeline, 32)] == ["alert", "case"]


def test_a_wish_in_a_conversation_that_has_a_case_joins_it(pipeline: Pipeline) -> None:
    pipeline.store.upsert([said(1, "acme lost my bag")])
    responded(pipeline)
    pipeline.store.upsert([said(2, intents=WISH, reply_to="1")])
    responded(pipeline, 31)
    assert found(pipeline, "case.team:care tag:no*") == []
    with pipeline.read() as connection:
        assert [post.mention_id for post in desk.show_case(connection, 1).posts] == [
            "board:1",
            "board:2",
        ]


def test_a_replay_passes_by_as_well_and_writes_nothing(pipeline: Pipeline) -> None:
    pipeline.store.upsert([said(1, intents=WISH), said(2, "acme lost my bag")])
    window = {"since": NOON, "until": NOON + HOUR, "step": timedelta(minutes=5)}
    events = list(pipeline.replay(**window))
    assert [(event.event, event.posts) for event in events] == [
        ("alert", ("board:2",)),
        ("case", ("board:2",)),
    ]
    assert found(pipeline, "tag:no*") == []


def test_a_replay_uses_the_rules_that_were_saved(pipeline: Pipeline) -> None:
    pipeline.store.upsert([said(1, intents=WISH)])
    rest = RoutingRule(name="all", team="senior", sla="standard")
    with pipeline.begin() as connection:
        desk.save_version(connection, [rest], seen=0, now=NOON, actor="ana")
    window = {"since": NOON, "until": NOON + HOUR, "step": timedelta(minutes=5)}
    _alert, case = pipeline.replay(**window)
    assert 'of senior: rule "all"' in case.reason


def test_who_joins_by_the_playbook_hears_of_the_case_once_and_so_does_its_help_desk(
    pipeline: Pipeline,
) -> None:
    pipeline.store.upsert([said(1, "acme caught fire", severity=1)])
    responded(pipeline)
    with pipeline.read() as connection:
        from alerts.tables import outbox

        rows = connection.execute(outbox.select()).mappings().all()
    told = [(row["channel"], row["payload"]["team"]) for row in rows if row["kind"] == "cases"]
    handed = [row["channel"] for row in rows if row["kind"] == "ticket"]
    assert handed == ["help-desk:crm"]
    # product reads the channel of care, which hears of its own case there already.
    assert sorted(told) == [("boss-chat", "senior"), ("care-chat", "care"), ("kim-phone", "kim")]
    for_whom = {row["channel"]: row["payload"].get("agents") for row in rows}
    assert (for_whom["kim-phone"], for_whom["boss-chat"]) == (["kim"], None)

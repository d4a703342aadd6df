"""Questions on the town's Mastodon are known to be answered, though no timeline shows it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from cases import desk
from mentions.mention import Mention
from mentions.query.parser import parse_query
from spiders.following import PER_PASS
from untagged.pipeline import Pipeline
from untagged.town.server import TownSettings, running
from untagged.turns import FOLLOWED
from untagged.wiring import open_pipeline

NOW = datetime(2026, 3, 6, 16, 20, tzinfo=UTC)
SETTINGS = """
store: sqlite:///mentions.db
database: sqlite:///ops.db
journal: journal
brands:
  - name: Heron Air
    query: 'heronair OR "heron air"'
    handles: ['@heronair', 'mastodon:@heronair@{host}']
sources:
  - name: town
    spider: mastodon
    allow_private: true
    delay_seconds: 0
    params: {{server: 'http://{host}', timelines: [public], history: 1h}}
rules: [{{name: waiting, kind: unanswered, lookback: 24h}}]
teams: [{{name: care, agents: [{{name: ana}}]}}]
sla: [{{name: standard, first_response: 60m}}]
routing: [{{name: all, when: '*', team: care, sla: standard}}]
"""

pytestmark = pytest.mark.slow


def collected(pipeline: Pipeline, now: datetime) -> dict[str, Mention]:
    """What is known after a pass, by its text."""
    (run,) = pipeline.collect(now=now)
    assert run.error == ""
    pipeline.process(now=now)
    pipeline.respond(now=now)
    return {mention.text: mention for mention in pipeline.store.iterate(parse_query("*"))}


def test_an_answer_is_found_in_its_conversation_and_a_deleted_question_disappears(
    tmp_path: Path,
) -> None:
    town = TownSettings(now=NOW, days=1, pace=0, control=True)
    with running(town) as url, httpx.Client(base_url=url) as client:
        (tmp_path / "untagged.yaml").write_text(SETTINGS.format(host=url.removeprefix("http://")))

        def published(text: str, **more: object) -> int:
            said = {"text": text, "brands": ["Heron Air"], **more}
            return int(client.post("/town/posts", json=said).raise_for_status().json()["id"])

        with open_pipeline(tmp_path / "untagged.yaml") as pipeline:
            lost = "Heron Air lost my suitcase, when do I get it back?"
            late = "Why is my Heron Air flight late again? Please help!"
            question, other = published(lost, author="amber"), published(late)
            before = collected(pipeline, NOW + timedelta(minutes=1))
            assert before[lost].needs_reply
            assert before[lost].answered_at is None
            sorry = "So sorry! Please tell us its number."
            answer = published(sorry, author="heronair", reply_to=question)
            client.delete(f"/town/posts/{other}").raise_for_status()
            after = collected(pipeline, NOW + timedelta(minutes=2))
            assert after[lost].answered_at is not None
            assert late not in after

            again = "I did that yesterday and nothing happened. Where is it?"
            published(again, author="amber", reply_to=answer)
            published("Mine came after a week.", author="bodo", reply_to=answer)
            client.post("/town/clock", json={"advance_seconds": 60}).raise_for_status()
            for minutes in range(4, 4 + FOLLOWED // PER_PASS):  # every conversation has its turn
                later = collected(pipeline, NOW + timedelta(minutes=minutes))
                if again in later:
                    break
            assert later[again].needs_reply
            assert later[again].answered_at is None
            assert [brand.name for brand in later[again].brands] == ["Heron Air"]
            assert later[again].reasons["brands"] == (
                "goes on what its author said about Heron Air; replies to Heron Air"
            )
            assert "Mine came after a week." not in later
            with pipeline.read() as connection:
                first, second = (
                    desk.case_of_mention(connection, later[text].id) for text in (lost, again)
                )
            assert first is not None
            assert first == second

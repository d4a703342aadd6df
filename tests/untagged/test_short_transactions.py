"""Nobody waits for a transaction that reads the mention store: it is read before."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from alerts.firing import Firing
from alerts.kinds.spike import SpikeRule
from cases import desk
from cases.reply_policy import SURVEY_SECRET
from mentions.errors import TryAgain
from tests.alerts.world import firing
from tests.untagged.world import HOUR, MINUTE, NOON, import_rows, post, settings_file
from untagged import replying
from untagged.decisions import Decisions
from untagged.pipeline import Begin, Pipeline
from untagged.settings import Settings
from untagged.wiring import open_pipeline

MORE = """
replies: {channels: [hub], approval_when: 'text:fire'}
surveys: {url: 'https://acme.example/ask/'}
"""
HUB = "  - {name: hub, webhook: 'http://127.0.0.1:9/x', secret_env: HUB_SECRET}\n"


class Watched:
    """Transactions that know whether one is open."""

    def __init__(self, begin: Begin) -> None:
        self._begin, self.is_open = begin, False

    @contextmanager
    def __call__(self) -> Iterator[Any]:
        with self._begin() as connection:
            self.is_open = True
            try:
                yield connection
            finally:
                self.is_open = False


class Patient:
    """A store that refuses to be read while others wait; `meanwhile` happens at each reading."""

    def __init__(self, pipeline: Pipeline, watched: Watched, meanwhile: Callable[[], None]) -> None:
        self._store, self._watched, self._meanwhile = pipeline.store, watched, meanwhile

    def get(self, mention_id: str) -> Any:
        assert not self._watched.is_open
        self._meanwhile()
        return self._store.get(mention_id)


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    monkeypatch.setenv(SURVEY_SECRET, "a secret that is long enough for it")
    path = settings_file(tmp_path / "a firm", more=MORE)
    path.write_text(path.read_text().replace("rules:\n", HUB + "rules:\n", 1))
    with open_pipeline(path) as opened:
        row = post(1, "My Acme phone is on fire, help!")
        opened.import_file(import_rows(tmp_path, [row]), columns=None, source="import", now=NOON)
        opened.process(now=NOON)
        opened.respond(now=NOON + HOUR)
        yield opened


def watch(pipeline: Pipeline, meanwhile: Callable[[], None] = lambda: None) -> None:
    watched = Watched(pipeline.begin)
    pipeline.begin = watched
    pipeline.store = Patient(pipeline, watched, meanwhile)  # type: ignore[assignment]  # all it needs


def test_replies_and_surveys_read_the_posts_before_they_write(pipeline: Pipeline) -> None:
    watch(pipeline)
    at = NOON + HOUR
    reply = replying.keep(pipeline, 1, "Sorry!", now=at, actor="ana")
    assert reply.needs == "the post is one of text:fire"
    with pipeline.begin() as connection:
        teams = pipeline.settings.teams
        desk.approve(connection, reply.id, teams=teams, now=at, actor="ben")
    replying.hand_over(pipeline, reply.id, to="hub", now=at, actor="ana")
    with pipeline.begin() as connection:
        desk.resolve(connection, 1, now=at, actor="ana")
    assert "/survey/" in replying.survey_link(pipeline, 1, now=at, actor="ana")


def joining(pipeline: Pipeline, times: int) -> Callable[[], None]:
    """Another post joins the case so often, each time while the store is read."""
    numbers = iter(range(times))
    store, begin = pipeline.store, pipeline.begin

    def join() -> None:
        if (number := next(numbers, None)) is None:
            return
        mention = store.get("import:1")
        assert mention
        more = mention.model_copy(
            update={"native_id": f"more{number}", "id": f"import:more{number}", "thread": "1"}
        )
        with begin() as connection:
            desk.follow_ups(
                connection, [more.model_copy(update={"needs_reply": False})], now=NOON + HOUR
            )

    return join


def test_what_joins_meanwhile_is_read_as_well(pipeline: Pipeline) -> None:
    watch(pipeline, joining(pipeline, 1))
    assert replying.keep(pipeline, 1, "Sorry!", now=NOON + HOUR, actor="ana").text == "Sorry!"
    with pipeline.read() as connection:
        assert len(desk.show_case(connection, 1).posts) == 2


def test_who_cannot_keep_up_with_a_conversation_is_told_to_try_again(pipeline: Pipeline) -> None:
    watch(pipeline, joining(pipeline, 99))
    with pytest.raises(TryAgain, match="case 1 is changing"):
        replying.keep(pipeline, 1, "Sorry!", now=NOON + HOUR, actor="ana")


def test_why_an_alert_fires_is_looked_up_before_it_is_recorded(pipeline: Pipeline) -> None:
    watched = Watched(pipeline.begin)
    asked = []

    def because(_rule: object, _firing: Firing, kept: object, _now: object) -> None:
        assert not watched.is_open
        asked.append(kept)

    decisions = Decisions(settings=Settings(), begin=watched, because=because)
    rule = SpikeRule(name="negative spike")
    for minutes in (0, 5):
        now = NOON + minutes * MINUTE
        decisions.alert(rule, firing(at=now), (), now=now)
    assert asked == [None, None]

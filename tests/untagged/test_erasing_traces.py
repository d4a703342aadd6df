"""Erasing where nothing but a trace is left: old cases, alert cases, unreadable records, kills."""

import json
import multiprocessing
import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from typer.testing import CliRunner

from alerts import incident_life, life
from cases import desk
from cases.routing import RoutingRule
from mentions.collected import AuthorDeletion, Reject
from tests.untagged.incident_world import crisis, decide
from tests.untagged.test_erasing import (
    ADA,
    HOUR,
    NOW,
    OF_ADA,
    collected,
    erased,
    everything,
    number_of,
)
from tests.untagged.test_erasing import pipeline as pipeline  # noqa: PLC0414  # a fixture
from tests.untagged.world import post
from untagged import erasing, views
from untagged.cli import app
from untagged.erasing import Wanted
from untagged.pipeline import Pipeline
from untagged.views import View
from untagged.wiring import open_pipeline

DAY = timedelta(days=1)


def quarantined(pipeline: Pipeline, source: str, *rejects: Reject) -> None:
    pipeline.journal.write(source, rejects, at=NOW)
    pipeline.process(now=NOW)


def kept(pipeline: Pipeline) -> list[str]:
    """What could not be read, wherever it is kept."""
    journal = pipeline.journal
    items = [one for name in journal.names() for one in journal.read(name)]
    return sorted(one.raw for one in items if isinstance(one, Reject))


def test_what_cannot_be_read_goes_by_every_handle_and_from_where_they_are_alone(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    maiden = post(10, "@acme the violin", NOW - HOUR, author=ADA | {"handle": "zo\u00eb"})
    collected(pipeline, tmp_path, [maiden])
    quarantined(pipeline, "import", Reject("import", "no", r'{"handle": "ZO\u00cb"}'))
    quarantined(pipeline, "forum", Reject("forum", "no", '{"native_id": "Ada_L"}'))
    before = kept(pipeline)
    erased(pipeline, platform="board")
    left = kept(pipeline)
    assert len(left) == len(before) - 2
    assert '{"native_id": "Ada_L"}' in left
    assert rb"ZO\\u00cb" not in everything(pipeline)


def test_word_that_their_account_is_gone_goes_as_well(pipeline: Pipeline) -> None:
    pipeline.journal.write("import", [AuthorDeletion("import", "4711")], at=NOW)
    pipeline.journal.write("import", [AuthorDeletion("import", "4712")], at=NOW)
    erased(pipeline)
    left = [one for name in pipeline.journal.names() for one in pipeline.journal.read(name)]
    gone = [one.author_id for one in left if isinstance(one, AuthorDeletion)]
    assert gone == ["4712"]


def test_the_case_of_an_alert_names_them_no_more(pipeline: Pipeline) -> None:
    reason = "@Ada_L (9,000 followers) on board names Acme"
    settings = pipeline.settings
    with pipeline.begin() as connection:
        opened = desk.open_case_for_alert(
            connection,
            alert_key="influencer:wide:Acme:import%3A1",
            title="Acme: influencer",
            reason=reason,
            brand="Acme",
            team="crisis",
            priority="high",
            policy=settings.sla[0],
            teams=settings.teams,
            at=NOW,
            now=NOW,
        )
    assert opened.case.id in erased(pipeline).cases
    with pipeline.read() as connection:
        case = desk.read_case(connection, opened.case.id)
    assert case.excerpt == "somebody (9,000 followers) on board names Acme"
    assert b"Ada_L (9" not in everything(pipeline)
    assert opened.case.id not in erased(pipeline).cases


def test_posts_that_only_cases_know_are_found_in_the_source_that_is_named(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    number = number_of(pipeline, 1)
    pipeline.housekeeping(now=NOW + timedelta(days=4_000))
    assert not pipeline.journal.names()
    assert erasing.found(pipeline, Wanted("ada_l", source="forum")).older == {}
    assert erasing.found(pipeline, Wanted("ada_l")).older == {}, "who knows where that was"
    assert b"violin" in everything(pipeline)
    command = ["--config", str(tmp_path / "untagged.yaml"), "erase", "--author", "ada_l"]
    hint = CliRunner().invoke(app, command)
    assert "--source" in hint.stderr
    done = CliRunner().invoke(app, [*command, "--source", "import", "--yes", "--json"])
    said = json.loads(done.stdout)
    assert (said["older_posts"], said["cases"]) == (1, [number])
    assert b"violin" not in everything(pipeline)
    with pipeline.read() as connection:
        assert desk.show_case(connection, number_of(pipeline, 2)).case.author == "eve"


def test_the_case_of_somebody_else_who_is_called_the_same_stays(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    fan = post(21, "@acme my drum is lost", NOW - HOUR, platform="x", author={"handle": "Ada_L"})
    collected(pipeline, tmp_path, [fan])
    pipeline.respond(now=NOW)
    number = number_of(pipeline, 21)
    assert number not in erased(pipeline, platform="board").cases
    pipeline.store.delete(["import:21"])  # and even where the journal alone knows them
    assert erasing.found(pipeline, Wanted("ada_l", "board", "import")).older == {}
    with pipeline.read() as connection:
        assert desk.read_case(connection, number).excerpt == "@acme my drum is lost"


def test_what_others_wrote_and_have_is_named_and_left(pipeline: Pipeline, tmp_path: Path) -> None:
    decide(pipeline, crisis(NOW, NOW), now=NOW)
    rule = {"team": "care", "sla": "standard"}
    theirs = [RoutingRule(name="her", when="author:ada_l", **rule), RoutingRule(name="*", **rule)]
    with pipeline.begin() as connection:
        (alert,) = connection.exec_driver_sql("SELECT max(id) FROM alerts").one()
        life.acknowledge(connection, alert, who="ana", note="called @Ada_L", now=NOW)
        incident_life.note(connection, 1, "Countess Lovelace was first", who="ana", now=NOW)
        desk.save_version(connection, theirs, seen=0, now=NOW, actor="ana")
        desk.save_version(connection, theirs[1:], seen=1, now=NOW, actor="ana")
        for query in ("author:ada_l", "brand:acme"):
            views.save(connection, View("ana", query, query), now=NOW)
    found = erased(pipeline)
    expected = {"incidents": [1], "alerts": [alert], "routing": [1]}
    expected |= {"views": ["ana: author:ada_l"], "requests": [], "exports": []}
    assert found.to_json()["others_to_look_at"] == expected
    command = ["--config", str(tmp_path / "untagged.yaml"), "erase", "--author", "ada_l"]
    again = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert again["others_to_look_at"]["alerts"] == [alert]


def die_of(config: str, deed: int) -> None:
    """Erase, and die (kill -9) of the so many-th statement that writes."""
    done = 0

    def executed(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal done
        done += statement.startswith(("INSERT", "UPDATE", "DELETE"))
        if done == deed:
            os.kill(os.getpid(), signal.SIGKILL)

    with open_pipeline(Path(config)) as pipeline:
        there = erasing.found(pipeline, Wanted("ada_l"))
        event.listen(Engine, "after_cursor_execute", executed)
        erasing.erase(pipeline, there, now=NOW, actor="ana")


@pytest.mark.slow
@pytest.mark.parametrize("deed", [2, 6, 11])
def test_killed_in_a_transaction_it_is_done_by_doing_it_once_more(
    deed: int, pipeline: Pipeline, tmp_path: Path
) -> None:
    fresh = multiprocessing.get_context("spawn")
    process = fresh.Process(target=die_of, args=(str(tmp_path / "untagged.yaml"), deed))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert any(word in everything(pipeline) for word in OF_ADA)
    erased(pipeline)
    left = everything(pipeline)
    assert [word for word in OF_ADA if word in left] == []
    assert b"where is my refund" in left

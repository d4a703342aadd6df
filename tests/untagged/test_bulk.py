"""Many cases at once: each is changed or says why it is not, and one stops no other."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cases import desk
from mentions.errors import StoreUnavailable, UntaggedError
from tests.untagged.entered import entered, work_as
from tests.untagged.teamwork_world import NOW, open_cases, teamwork_settings
from untagged.bulk import MOST, Done, in_bulk
from untagged.cli import app
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return teamwork_settings(tmp_path / "a firm")


@pytest.fixture
def pipeline(config: Path) -> Iterator[Pipeline]:
    with open_pipeline(config) as opened:
        open_cases(opened)
        yield opened


def versions(pipeline: Pipeline) -> dict[int, int]:
    with pipeline.read() as connection:
        return {case.id: case.version for case in desk.list_cases(connection)}


def cases(pipeline: Pipeline) -> dict[int, Any]:
    with pipeline.read() as connection:
        return {case.id: case for case in desk.list_cases(connection)}


def act(pipeline: Pipeline, do: str, to: str = "", chosen: dict[int, int] | None = None) -> Done:
    seen = versions(pipeline) if chosen is None else chosen
    teams = pipeline.settings.teams
    return in_bulk(pipeline.begin, list(seen.items()), do, to, teams=teams, now=NOW, actor="ana")


def test_one_that_somebody_else_changed_is_named_and_the_others_are_changed(
    pipeline: Pipeline,
) -> None:
    seen = versions(pipeline)
    with pipeline.begin() as connection:
        desk.resolve(connection, 2, now=NOW, actor="ben")
        desk.tag(connection, 3, add=["late"], now=NOW, actor="ben")
    done = act(pipeline, "tag", "late", {**seen, 3: seen[3] + 1, 99: 1})
    assert (done.changed, done.same) == ([1, 4], [3])
    assert [number for number, _ in done.refused] == [2, 99]
    assert "was changed by somebody else" in done.refused[0][1]
    assert "there is no case 99" in done.refused[1][1]
    assert str(done) == "2 changed, 1 were so already, 2 not changed"
    assert [number for number, case in cases(pipeline).items() if "late" in case.tags] == [1, 3, 4]


@pytest.mark.parametrize(
    ("do", "to", "name", "value"),
    [
        ("assign", "crisis/farah", "agent", "farah"),
        ("assign", "crisis/", "team", "crisis"),
        ("release", "", "agent", ""),
        ("prioritise", "urgent", "priority", "urgent"),
        ("snooze", "2h", "status", "snoozed"),
        ("pend", "", "status", "pending"),
        ("resolve", "", "status", "resolved"),
    ],
)
def test_each_deed_is_done_with_each_case(
    pipeline: Pipeline, do: str, to: str, name: str, value: str
) -> None:
    done = act(pipeline, do, to)
    assert (sorted(done.changed), done.refused) == ([1, 2, 3, 4], [])
    assert {getattr(case, name) for case in cases(pipeline).values()} == {value}


def test_cases_that_somebody_has_are_not_claimed_over_their_heads(pipeline: Pipeline) -> None:
    done = act(pipeline, "claim")
    had = {number for number, why in done.refused if "ben's; ask them" in why}
    assert sorted(had | set(done.same)) == [1, 2, 3, 4]
    assert had


def test_many_are_merged_into_the_oldest(pipeline: Pipeline) -> None:
    done = act(pipeline, "merge")
    assert sorted(done.changed) == [2, 3, 4]
    assert {case.merged_into for case in cases(pipeline).values()} == {None, 1}
    with pytest.raises(UntaggedError, match="takes two cases"):
        act(pipeline, "merge", chosen={1: 1})


@pytest.mark.parametrize(
    ("do", "to", "said"),
    [
        ("explode", "", "nothing that one can do"),
        ("prioritise", "asap", "low, medium, high, urgent"),
        ("tag", "", "no tag is given"),
        ("snooze", "soon", "is no duration"),
        ("snooze", "4000000d", "is outside the calendar"),
        ("snooze", "999999999999d", "is outside the calendar"),
    ],
)
def test_what_cannot_be_done_at_all_is_said_before_anything_is(
    pipeline: Pipeline, do: str, to: str, said: str
) -> None:
    before = versions(pipeline)
    with pytest.raises(UntaggedError, match=said):
        act(pipeline, do, to)
    assert versions(pipeline) == before


def test_no_case_and_too_many_are_refused_with_what_to_do(pipeline: Pipeline) -> None:
    with pytest.raises(UntaggedError, match="tick those that you mean"):
        act(pipeline, "resolve", chosen={})
    with pytest.raises(UntaggedError, match="more than the 500 that one call takes"):
        act(pipeline, "resolve", chosen=dict.fromkeys(range(MOST + 1), 1))


def test_when_the_database_goes_away_the_rest_is_said_not_to_be_tried(pipeline: Pipeline) -> None:
    begun: list[int] = []

    @contextmanager
    def failing() -> Iterator[Any]:
        begun.append(1)
        if len(begun) == 2:
            raise StoreUnavailable("the database is away; try again when it is back")
        with pipeline.begin() as connection:
            yield connection

    seen = list(versions(pipeline).items())
    teams = pipeline.settings.teams
    done = in_bulk(failing, seen, "resolve", "", teams=teams, now=NOW, actor="ana")
    assert len(done.changed) == 1
    assert [why[:9] for _, why in done.refused] == ["the datab", "not tried", "not tried"]
    assert len(begun) == 2


def test_two_who_do_the_same_at_once_change_each_case_once(pipeline: Pipeline) -> None:
    seen = versions(pipeline)
    with ThreadPoolExecutor(4) as pool:
        both = list(pool.map(lambda _: act(pipeline, "tag", "late", seen), range(4)))
    changed = [number for done in both for number in done.changed]
    assert sorted(changed) == [1, 2, 3, 4]
    assert sum(len(done.refused) for done in both) == 12


def test_the_inbox_page_says_what_was_changed_and_what_was_not(pipeline: Pipeline) -> None:
    with entered(pipeline) as browser:
        work_as(browser, "ana")
        ticked = re.findall(r'name="case" value="(\d+:\d+)"', browser.get("/cases").text)
        assert len(ticked) == 4
        with pipeline.begin() as connection:
            desk.resolve(connection, 4, now=NOW, actor="ben")
        data = {"do": "tag", "tags": "late, Refund", "case": ticked, "back": "/cases?team=care"}
        page = browser.post("/bulk", data=data).text
        assert "3 changed, 1 not changed" in page
        assert "case 4 was changed by somebody else" in page
        assert 'href="/cases?team=care"' in page
        assert browser.post("/bulk", data={**data, "case": ["x"]}).status_code >= 400
        assert browser.post("/bulk", data={"do": "tag", "tags": "x"}).status_code >= 400
        assert 'href="//evil' not in browser.post("/bulk", data={**data, "back": "//evil"}).text
    with pipeline.read() as connection:
        assert {entry.actor for entry in desk.show_case(connection, 1).audit[-1:]} == {"ana"}


def test_the_command_chooses_tries_and_does(config: Path, pipeline: Pipeline) -> None:
    def run(*words: str) -> tuple[int, list[dict[str, Any]], str]:
        told = ["--config", str(config), "cases", "bulk", *words, "--json", "--as", "ana"]
        done = CliRunner().invoke(app, told)
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return done.exit_code, lines, done.output + str(done.exception)

    before = versions(pipeline)
    code, lines, _ = run("tag", "late", "--team", "care", "--dry-run")
    assert (code, [line["case"] for line in lines]) == (0, [1, 2, 3, 4])
    assert versions(pipeline) == before
    code, lines, _ = run("tag", "late", "--team", "care", "--limit", "2")
    assert (code, [line["done"] for line in lines]) == (0, [True, True])
    code, lines, _ = run("tag", "late", "--agent", "", "--status", "all")
    assert "no case is chosen" in _
    code, lines, _ = run("assign", "crisis/zoe")
    assert (code, len(lines)) == (1, 4)
    assert all("no agent 'zoe'" in line["why"] for line in lines)
    assert run("tag", "x", "--status", "lost")[0] == 2
    assert run("resolve", "--limit", "501")[0] == 2

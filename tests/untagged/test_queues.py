"""The queues above the inbox count what the lists behind them show."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from cases import desk
from tests.untagged.entered import entered, work_as
from tests.untagged.teamwork_world import NOW, open_cases, teamwork_settings
from untagged.accounts.roles import Role
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

QUEUE = re.compile(r'<a href="(/cases\?[^"]+)"( aria-current="page")?>([\w ]+) <strong>(\d+)<')


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    """Five cases that are due now (one of them is nobody's), one on hold, one that is over."""
    with open_pipeline(teamwork_settings(tmp_path / "a firm")) as opened:
        open_cases(opened, 7)
        with opened.begin() as connection:
            desk.release(connection, 1, now=NOW, actor="farah")
            later = NOW + timedelta(hours=4)
            desk.snooze(connection, 2, until=later, now=NOW, actor="farah")
            desk.resolve(connection, 3, now=NOW, actor="farah")
        yield opened


def queues(browser: TestClient, path: str = "/cases") -> dict[str, tuple[str, int, bool]]:
    """By name: the address, the number, and whether one is there."""
    page = browser.get(path).text
    found = QUEUE.findall(page)
    return {
        name: (address.replace("&amp;", "&"), int(number), bool(here))
        for address, here, name, number in found
    }


def listed(browser: TestClient, path: str) -> list[str]:
    return re.findall(r'aria-label="Case (\d+)"', browser.get(path).text)


@pytest.mark.parametrize(("name", "role"), [("ana", "agent"), ("lena", "lead")])
def test_each_number_is_that_of_the_list_behind_it(
    pipeline: Pipeline, name: str, role: Role
) -> None:
    with entered(pipeline, name=name, role=role) as browser:
        shown = queues(browser)
        for address, number, _ in shown.values():
            assert len(listed(browser, address)) == number
        assert {one: shown[one][1] for one in ("Unassigned", "Breaching next", "All")} == {
            "Unassigned": 1,
            "Breaching next": 5,
            "All": 6,
        }


def test_an_agent_has_own_cases_and_own_teams_first_and_others_have_none(
    pipeline: Pipeline,
) -> None:
    with entered(pipeline, role="lead") as browser:
        assert list(queues(browser)) == ["Unassigned", "Breaching next", "All"]
        work_as(browser, "ana")
        shown = queues(browser)
        assert list(shown) == ["My cases", "Unassigned", "Breaching next", "Team care", "All"]
        assert 0 < shown["My cases"][1] < shown["Team care"][1] == 6
        work_as(browser, "farah")
        assert queues(browser)["Team crisis"][1] == queues(browser)["My cases"][1] == 0


def test_the_queue_at_which_one_looks_is_marked(pipeline: Pipeline) -> None:
    with entered(pipeline, name="ana", role="agent") as browser:
        for name, (address, _, _) in queues(browser).items():
            here = [one for one, (_, _, is_here) in queues(browser, address).items() if is_here]
            assert here == [name]
        assert not any(here for _, _, here in queues(browser, "/cases?overdue=true").values())


def test_what_is_seen_of_no_team_counts_in_no_queue(pipeline: Pipeline) -> None:
    with entered(pipeline, name="zoe", role="agent", teams=("crisis",)) as browser:
        assert {number for _, number, _ in queues(browser).values()} == {0}

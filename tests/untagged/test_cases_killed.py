"""Fifty times killed while teams work: every case, clock, note, reply and letter is whole."""

import json
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from alerts import outbox
from cases import desk
from cases.case import CaseFile
from cases.ledger import audited_state, folded
from cases.policy import SlaPolicy
from tests.alerts.receiver import Receiver, receiving
from tests.cases.wall import Stand, is_worked, when_passed
from tests.untagged.firm_at_work import BEGIN, END, ZONES, at_work, settings
from untagged.wiring import open_pipeline


@dataclass(frozen=True)
class Calm:
    """An undisturbed run: how much it did of each deed, what was left, and what was told."""

    deeds: dict[str, int]
    state: dict[str, Any]
    told: set[str]


def wait_until_left(database: str) -> None:
    """PostgreSQL drops the locks of whoever died once it sees that they are gone.

    Until then rounds leave out what they held, and do it later than an undisturbed one.
    """
    if not database.startswith("postgresql"):
        return
    with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        while connection.execute(others).fetchone() != (1,):
            time.sleep(0.01)


class Firm:
    """One installation with its clock, its database, and who hears of its cases."""

    def __init__(self, folder: Path, database: str, hears: Receiver) -> None:
        self.config, self.clock = folder / "untagged.yaml", folder / "clock"
        self.counted = folder / "counted"
        self.database, self.hears = database, hears
        self.config.write_text(settings(database, hears.url))
        self.clock.write_text(BEGIN.isoformat())

    @property
    def is_done(self) -> bool:
        return datetime.fromisoformat(self.clock.read_text()) > END

    def finish(self) -> dict[str, int]:
        """To the end, undisturbed; how many statements and writes it took."""
        process = at_work(self.config, self.clock, counted=str(self.counted))
        process.join()
        assert process.exitcode == 0
        return dict(json.loads(self.counted.read_text()))

    def killed(self, chance: random.Random, kills: int, deeds: dict[str, int]) -> None:
        """Killed so often: in the middle of a transaction, right after one, and of a letter."""
        most = {deed: int(1.2 * count / kills) for deed, count in deeds.items()}  # an end is left
        for number in range(kills):
            assert not self.is_done, f"was done after {number} kills"
            if number % 5 == 4:
                process = at_work(self.config, self.clock)
                self.hears.then = process.kill  # it was told, and never hears that it was
                process.join()
                self.hears.then = lambda: None
            else:
                deed = ("statement", "write")[number % 2]
                dies_at = chance.randint(1, most[deed])
                process = at_work(self.config, self.clock, dies_of=deed, dies_at=dies_at)
                process.join()
            assert process.exitcode == -9
            wait_until_left(self.database)

    def files(self) -> list[CaseFile]:
        with open_pipeline(self.config) as pipeline, pipeline.read() as connection:
            held = desk.list_cases(connection, limit=10_000)
            return [desk.show_case(connection, case.id) for case in held]

    def state(self) -> dict[str, Any]:
        """All that is kept of cases, without the numbers, which need not be alike."""
        files = self.files()
        called = {file.case.id: file.case.mention_id or "" for file in files}
        with open_pipeline(self.config) as pipeline, pipeline.read() as connection:
            replies = {one: desk.replies_of(connection, one) for one in called}
            letters = outbox.letters(connection, limit=100_000)
        assert {letter.state for letter in letters} == {"sent"}
        return {called[file.case.id]: told(file, called, replies[file.case.id]) for file in files}

    def heard(self) -> dict[str, set[str]]:
        """What came, without numbers: content -> the ids under which it came."""
        found: dict[str, set[str]] = defaultdict(set)
        for request in self.hears.got:
            data = json.loads(request.body)["data"]
            found[f"{request.path} {said(data)}"].add(request.headers["webhook-id"])
        return found


def told(file: CaseFile, called: Mapping[int, str], replies: list[desk.Reply]) -> dict[str, Any]:
    own = [line for line in file.audit if line.case_id == file.case.id]
    state = audited_state(file.case)
    state["merged_into"] = called.get(file.case.merged_into or 0)
    return {
        **state,
        "posts": [(one.mention_id, one.joined_at, one.excerpt, one.no_reply) for one in file.posts],
        "notes": [(one.at, one.author, one.text) for one in file.notes],
        "trail": [(line.at, line.actor, line.action) for line in own],
        "replies": [
            (one.text, one.state, one.written_at, one.approved_by, one.handed_to, one.handed_at)
            for one in replies
        ],
    }


def said(data: dict[str, Any]) -> str:
    """A letter's content without the numbers of cases and replies."""
    if "cases" in data:
        listed = sorted(
            (one["url"], one["agent"], one["due_at"], one.get("promise")) for one in data["cases"]
        )
        return f"{data['what']} {data['team']} {listed}"
    if "reply" in data:
        return f"reply {data['in_reply_to']} {data['text']} {data['approved_by']}"
    return f"{data['alert']['key']} {data['alert']['status']} {data['alert']['at']}"


@dataclass(frozen=True)
class Oracle:
    """What the promises of a case are, from its trail and its posts, by the clock on the wall."""

    file: CaseFile

    @property
    def policy(self) -> SlaPolicy:
        return SlaPolicy.from_terms(self.file.case.terms)

    def stands(self, *, unanswered: bool = False) -> Iterator[Stand]:
        """When its clocks stood still; FRT's stop for good with the first answer."""
        published = {post.mention_id: post.published_at for post in self.file.posts}
        for line in self.file.audit:
            if unanswered and line.action == "answered":
                return
            changed = line.detail.get("changed", {})
            since, until = changed.get("paused_at", (None, None))
            if line.case_id != self.file.case.id or since is None or until is not None:
                continue
            goes_on = line.at
            if line.action == "woken":
                goes_on = datetime.fromisoformat(changed["snoozed_until"][0])
            elif "mention_id" in line.detail:
                goes_on = min(published[line.detail["mention_id"]], line.at)
            yield datetime.fromisoformat(since), goes_on

    def due(self, promise: str, since: datetime) -> datetime:
        case, policy = self.file.case, self.policy
        promised = policy.promise(promise, case.priority)
        stands = self.stands(unanswered=promise == "first_response")
        return when_passed(self.is_open, since, promised, stands)

    def is_open(self, minute: datetime) -> bool:
        calendar = self.policy.worked
        if calendar is None:
            return True
        shifts = next(hours for zone, hours in ZONES.values() if zone == calendar.zone)
        return is_worked([list(in_minutes(shifts))] * 7, ZoneInfo(calendar.zone), (), minute)


def in_minutes(shifts: str) -> Iterator[tuple[int, int]]:
    for shift in shifts.split(", "):
        begin, end = (int(at[:2]) * 60 + int(at[3:]) for at in shift.split("-"))
        yield begin, end


def check_clocks(file: CaseFile) -> int:
    """Hold the due times of a case to the oracle; how many were held."""
    case, oracle = file.case, Oracle(file)
    actions = {line.action for line in file.audit}
    if actions & {"took over", "merged"}:
        return 0
    assert case.rt_due_at == oracle.due("resolution", case.published_at)
    held = 1
    if "needs no reply" not in actions:
        assert case.frt_due_at == oracle.due("first_response", case.published_at)
        held += 1
    answered = case.last_reply_at
    written = [post.published_at for post in file.posts if not post.no_reply]
    asked = [at for at in written if answered is not None and at > answered]
    if not asked:
        assert case.nrt_due_at is None
        return held
    assert case.nrt_due_at == oracle.due("next_response", min(asked))
    return held + 1


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calm]:
    """What the firm has and has told when nothing disturbs it."""
    with receiving() as hears:
        firm = Firm(tmp_path_factory.mktemp("calm"), "sqlite:///ops.db", hears)
        deeds = firm.finish()
        assert {what: ids for what, ids in firm.heard().items() if len(ids) > 1} == {}
        yield Calm(deeds, firm.state(), set(firm.heard()))


def survive(folder: Path, database: str, calm: Calm, *, kills: int) -> None:
    with receiving() as hears:
        stormy = Firm(folder, database, hears)
        stormy.killed(random.Random(20261024), kills, calm.deeds)
        stormy.finish()
        files = stormy.files()
        for file in files:
            own = [line for line in file.audit if line.case_id == file.case.id]
            assert folded(own) == audited_state(file.case)
        assert sum(check_clocks(file) for file in files) > len(files)
        assert stormy.state() == calm.state
        heard = stormy.heard()
        assert set(heard) == calm.told
        # What was cut off between sending and marking comes again under its own id.
        assert {what: ids for what, ids in heard.items() if len(ids) > 1} == {}
        assert len(heard) < len(hears.got) <= len(heard) + kills


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_fifty_kills_leave_cases_clocks_audit_and_outbox_whole(tmp_path: Path, calm: Calm) -> None:
    survive(tmp_path, "sqlite:///ops.db", calm, kills=50)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kills_leave_them_whole_on_postgresql_and_like_on_sqlite(
    tmp_path: Path, calm: Calm, postgres_url: str
) -> None:
    survive(tmp_path, postgres_url, calm, kills=12)

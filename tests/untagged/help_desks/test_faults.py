"""Whatever fails, a case ends with one ticket, each post told once, and both sides agreed."""

import random
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from cases import desk, tickets
from mentions.errors import Conflict
from tests.untagged.help_desks.fake_desk import FakeDesk
from tests.untagged.help_desks.fake_jira import FakeJira
from tests.untagged.help_desks.world import TRIES, World

LAG = timedelta(seconds=110)
"""How late Jira's search is here."""
STEPS = 14
QUIET = 12
ENDS = {
    "zendesk": (("POST", "tickets"), ("PUT", "")),
    "salesforce": (("PATCH", ""), ("POST", "CaseComment")),
    "jira": (("POST", "/issue"), ("POST", "/comment"), ("POST", "/transitions")),
}


class Killed(BaseException):
    """The process is gone, and with it what its transaction had not committed."""


class Fate:
    """Rolls the dice for a world and its desk."""

    def __init__(self, fake: FakeDesk, world: World, seed: int) -> None:
        self.fake, self.world, self.dice = fake, world, random.Random(seed)
        self.case = world.open()
        self.posts = 0
        self.made: dict[str, datetime] = {}
        world.hand_over(self.case.id, fake.name)

    def step(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Something happens here or there, something may fail, and a pass runs."""
        act = self.dice.choice([self.write, self.resolve, self.reopen, self.say, self.nothing])
        act()
        fault = self.dice.choice(["cut", "busy", "broken", "killed", "", ""])
        if fault == "cut":
            self.fake.cut_next = self.dice.choice(ENDS[self.fake.name])
        elif fault in ("busy", "broken"):
            status = 429 if fault == "busy" else 503
            self.fake.trouble += [(status, {"retry-after": "20"}, None)] * self.dice.randint(1, 3)
        with monkeypatch.context() as patched, suppress(Killed):
            if fault == "killed":
                name = self.dice.choice(["was_made", "write"])
                patched.setattr(tickets, name, self.killed_at(getattr(tickets, name)))
            self.pass_after(timedelta(seconds=self.dice.randint(20, 400)))
        self.fake.cut_next = None
        self.fake.trouble.clear()

    def pass_after(self, span: timedelta) -> None:
        """A pass, that long after the last; Jira's search has seen what is old enough by then."""
        for number in self.fake.tickets:
            self.made.setdefault(number, self.world.now)
        self.world.now += span
        if isinstance(self.fake, FakeJira):
            old = {one for one, at in self.made.items() if self.world.now - at >= LAG}
            self.fake.indexed |= old
        self.world.respond()

    def killed_at(self, real: Any) -> Any:
        left = self.dice.randint(0, 2)

        def dying(*args: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return real(*args, **options)

        return dying

    def write(self) -> None:
        self.posts += 1
        number = str(self.posts + 1)
        self.world.open(number, thread="1", author={"handle": "lena"}, published=self.world.now)

    def resolve(self) -> None:
        with suppress(Conflict), self.world.begin() as connection:
            desk.resolve(connection, self.case.id, now=self.world.now, actor="ana")

    def reopen(self) -> None:
        with self.world.begin() as connection:
            desk.reopen(connection, self.case.id, now=self.world.now, actor="ana")

    def say(self) -> None:
        if self.fake.tickets:
            status = self.dice.choice(["open", "pending", "resolved"])
            self.fake.say(self.fake.statuses[status])

    def nothing(self) -> None:
        """A quiet moment."""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_whatever_fails_there_is_one_ticket_and_each_post_is_told_once(
    fake: FakeDesk, world: World, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fate = Fate(fake, world, seed)
    for _ in range(STEPS):
        fate.step(monkeypatch)
        assert len(fake.tickets) <= 1
    for _ in range(QUIET):
        fate.pass_after(2 * TRIES)
    assert world.letters("dead") == []
    assert world.letters("waiting") == []
    there = fake.only()
    assert world.ticket(fate.case.id).there == there.id
    assert len(there.notes) == fate.posts
    assert len(set(there.notes)) == fate.posts
    is_done = there.status == fake.statuses["resolved"]
    assert (world.case(fate.case.id).status == "resolved") == is_done
    assert world.ticket(fate.case.id).problem == ""

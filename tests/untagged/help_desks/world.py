"""A company with cases and help desks: no reading of language, a database in memory."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select

from alerts import outbox
from alerts import tables as alert_tables
from cases import desk
from cases.case import Case
from cases.help_desks.opening import open_desks
from cases.tables import metadata
from cases.tickets import Ticket, tickets, tickets_of
from mentions.mention import Mention
from tests.cases.world import STANDARD, TEAMS, TO_CARE, post, sqlite_engine
from tests.untagged.help_desks.fake_desk import FakeDesk
from untagged.handing_over import hand_over
from untagged.settings import Settings
from untagged.ticketing import desk_senders, exchange

START = datetime.fromisoformat("2026-03-02T12:05:00Z")
MINUTE = timedelta(minutes=1)
TRIES = timedelta(minutes=3)
"""Longer than the pause after one failure, and than Jira's search lags."""


class World:
    """`now` moves on with each pass."""

    def __init__(self, desks: Sequence[FakeDesk], *, environ: Mapping[str, str] | None = None):
        self.engine: Engine = sqlite_engine()
        metadata.create_all(self.engine)
        alert_tables.metadata.create_all(self.engine)
        self.posts: dict[str, Mention] = {}
        self.now = START
        known = {name: value for one in desks for name, value in one.env.items()}
        self.settings = Settings.model_validate({"help_desks": [one.settings() for one in desks]})
        self.environ = dict(known if environ is None else environ)
        self.desks = open_desks(self.settings.help_desks, environ=self.environ)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        with self.engine.begin() as connection:
            yield connection

    def open(self, native_id: str = "1", **fields: Any) -> Case:
        """A case of a post, which the store knows."""
        mention = post(native_id, **fields)
        self.posts[mention.id] = mention
        now = max(self.now, mention.collected)
        with self.begin() as connection:
            return desk.open_case(
                connection, mention, TO_CARE, policy=STANDARD, teams=TEAMS, now=now
            ).case

    def hand_over(self, case: int, name: str) -> Ticket:
        with self.begin() as connection:
            return hand_over(connection, self.settings, case, name, now=self.now, actor="ana")

    def respond(self, *, after: timedelta = timedelta(0)) -> outbox.Delivered:
        """A pass, that long after the last."""
        self.now += after
        exchange(self.settings, self.desks, self.begin, now=self.now)
        senders = desk_senders(self.settings, self.desks, self.begin, self.posts.get)
        return outbox.deliver(
            self.begin,
            senders,
            now=self.now,
            chance=random.Random(1),
            elapsed_seconds=lambda: 0.0,
        )

    def handed(self, fake: FakeDesk, **fields: Any) -> Case:
        """A case that the desk has, and of which both know that."""
        case = self.open(**fields)
        self.hand_over(case.id, fake.name)
        assert self.respond() == outbox.Delivered(sent=1)
        self.respond(after=TRIES)
        fake.asked.clear()
        return self.case(case.id)

    def case(self, number: int) -> Case:
        with self.begin() as connection:
            return desk.show_case(connection, number).case

    def ticket(self, number: int) -> Ticket:
        with self.begin() as connection:
            (ticket,) = tickets_of(connection, number)
            return ticket

    def trail(self, number: int) -> list[tuple[str, str]]:
        """Who did what."""
        with self.begin() as connection:
            return [(one.actor, one.action) for one in desk.show_case(connection, number).audit]

    def letters(self, state: str | None = None) -> list[outbox.Letter]:
        with self.begin() as connection:
            return outbox.letters(connection, state=state)

    def everything(self) -> str:
        """All that the database holds, as text."""
        tables = [*metadata.sorted_tables, *alert_tables.metadata.sorted_tables]
        with self.begin() as connection:
            return str([connection.execute(select(table)).all() for table in tables])

    def all_tickets(self) -> int:
        with self.begin() as connection:
            return len(connection.execute(select(tickets.c.id)).all())

"""A firm whose teams work cases, in processes that may be killed at any moment.

Posts, answers and deletions come as a script says; so do the people: each looks at a case first
and does what is due and not done yet, as somebody would who comes back after a failure. Its time
stands in a file (see `tests.untagged.ticking`).
"""

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from sqlalchemy import select

from cases import desk
from cases.case import Case
from cases.ledger import read_cases
from cases.tables import audit, cases
from mentions.collected import Collected, Deletion
from mentions.errors import Conflict
from mentions.mention import Mention
from tests.untagged.dying import Deeds
from tests.untagged.world import HOUR, MINUTE
from untagged import replying
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["tests.untagged.firm_at_work"])

BEGIN = datetime(2026, 10, 24, 20, tzinfo=UTC)
"""The clocks of Berlin go back in the night to come."""
END = BEGIN + 22 * HOUR
STEP = 30 * MINUTE
CONVERSATIONS = 24
SECRETS = (
    ("DESK_SECRET", "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("UNTAGGED_SURVEY_SECRET", "a secret that is long enough for it"),
)
ZONES = {
    "berlin": ("Europe/Berlin", "00:00-04:00, 08:00-12:00, 13:00-17:30"),
    "newyork": ("America/New_York", "08:00-12:00, 13:00-17:30"),
    "tokyo": ("Asia/Tokyo", "09:00-18:00"),
}
SETTINGS = """
store: sqlite:///mentions.db
database: '{database}'
journal: journal
brands: [{{name: Acme, query: acme, handles: ['@acme']}}]
channels:
  - {{name: desk, webhook: '{url}/desk', secret_env: DESK_SECRET}}
  - {{name: hub, webhook: '{url}/hub', secret_env: DESK_SECRET}}
rules: [{{name: waiting, kind: unanswered, lookback: 30h, notify: [desk], repeat: 2h}}]
replies: {{channels: [hub], approval_when: 'text:fire'}}
surveys: {{url: 'https://acme.example/ask/'}}
teams:
  - name: berlin
    agents: [{{name: ana, capacity: 4}}, {{name: ben}}, {{name: lead, away: true}}]
    calendar: {{zone: Europe/Berlin, hours: {{mon-sun: '{berlin}'}}}}
    hand_over: [newyork, tokyo]
    unassign_after: 2h
    notify: [desk]
  - name: newyork
    agents: [{{name: cy}}, {{name: dee}}, {{name: lead, away: true}}]
    assignment: balanced
    calendar: {{zone: America/New_York, hours: {{mon-sun: '{newyork}'}}}}
    notify: [desk]
  - name: tokyo
    agents: [{{name: emi, capacity: 3}}, {{name: lead, away: true}}]
    calendar: {{zone: Asia/Tokyo, hours: {{mon-sun: '{tokyo}'}}}}
    notify: [desk]
    escalate_to: [desk, hub]
sla:
  - {{name: office, first_response: 60m, next_response: 90m, resolution: 5h, hours: business,
     warn: 15m, escalate: 30m}}
  - {{name: clock, first_response: 2h, next_response: 1h, resolution: 20h, warn: 20m, escalate: 1h}}
routing:
  - {{name: danger, when: 'text:danger', team: newyork, priority: urgent, sla: clock}}
  - {{name: tokyo, when: 'text:tokyo', team: tokyo, sla: office}}
  - {{name: newyork, when: 'text:york', team: newyork, sla: office}}
  - {{name: all, team: berlin, sla: office}}
"""
PLACES = ("berlin", "tokyo", "york", "fire in berlin", "danger")


def settings(database: str, url: str) -> str:
    """untagged.yaml of the firm."""
    hours = {name: shifts for name, (_, shifts) in ZONES.items()}
    return SETTINGS.format(database=database, url=url, **hours)


def happenings() -> Iterator[tuple[datetime, Collected]]:
    """What is collected when: complaints, what their authors go on to say, answers, deletions."""
    for number in range(CONVERSATIONS):
        at = BEGIN + number * 31 * MINUTE
        words = f"Acme lost my bag {number} in {PLACES[number % len(PLACES)]}"
        yield at + 7 * MINUTE, _post(number, "", at, words, needs_reply=True)
        if number % 4 == 0:
            more = _post(number, "more", at + 3 * HOUR, f"Still no bag {number}", needs_reply=True)
            yield at + 3 * HOUR + 5 * MINUTE, more
        if number % 4 == 1:
            yield at + 7 * HOUR, _post(number, "thanks", at + 7 * HOUR, "Thanks!")
        if number % 8 == 3:  # seen late: the answer came within the hour
            yield (
                at + 5 * HOUR,
                _post(
                    number,
                    "answer",
                    at + 40 * MINUTE,
                    "We look into it",
                    author="acme",
                    reply_to=f"board:{number}",
                ),
            )
        if number % 4 == 2:
            yield at + 4 * HOUR, _post(number, "booking", at + 4 * HOUR, "It is LH12")
        if number % 11 == 5:
            yield at + 9 * HOUR, Deletion(f"board:{number}")


def _post(number: int, part: str, at: datetime, text: str, **fields: Any) -> Mention:
    author = fields.pop("author", f"author{number}")
    fields.setdefault("reply_to", f"board:{number}" if part else "")
    return Mention(
        source="board",
        native_id=f"{number}{part}",
        platform="board",
        text=text,
        url=f"https://board.example/{number}{part}",
        author={"handle": author},
        brands=({"name": "Acme"},),
        lang="en",
        published=at,
        collected=at + 5 * MINUTE,
        thread=str(number),
        reasons={"needs_reply": "asks for nothing"},
        **fields,
    )


class AsWritten:
    """A reader that takes posts as the script has them: no model need be loaded again and again."""

    def read(self, mentions: Iterable[Mention], **_options: object) -> Iterator[Mention]:
        yield from mentions


class Desk:
    """The people: what somebody does with a case so long after it opened."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._teams = pipeline.settings.teams

    def work(self, now: datetime) -> None:
        """Everything that is due by `now` and not done yet, case by case."""
        looked_up = self._looked_up(range(CONVERSATIONS))
        for number, (case, done) in looked_up.items():
            script = SCRIPTS[number % len(SCRIPTS)]
            self._go_on(number, case, list(script[done:]), now)

    def _go_on(self, number: int, case: Case, script: list[tuple[Any, ...]], now: datetime) -> None:
        """The next steps of the script, as far as they are due and can be done."""
        for delay, step, *given in script:
            if case.status == "merged" or case.opened_at + delay > now:
                return
            try:
                getattr(self, step)(number, case, now, *given)
            except Conflict:
                return  # they are told, and look again later

    def _looked_up(self, numbers: Iterable[int]) -> dict[int, tuple[Case, int]]:
        """The conversations' own cases, and how much of its script each has behind it."""
        named = {f"board:{number}": number for number in numbers}
        marks = (audit.c.actor.in_(PEOPLE), audit.c.action.in_(MARKS))
        with self._pipeline.read() as connection:
            found = read_cases(connection, cases.c.mention_id.in_(named))
            ids = audit.c.case_id.in_([case.id for case in found])
            query = select(audit.c.case_id).where(ids, *marks)
            done = Counter(connection.execute(query).scalars())
        return {named[case.mention_id or ""]: (case, done[case.id]) for case in found}

    def _on_desk(self, now: datetime, do: Callable[..., object], case: Case, **given: Any) -> None:
        with self._pipeline.begin() as connection:
            do(connection, case.id, now=now, **{"actor": "lead", **given})

    def note(self, number: int, case: Case, now: datetime) -> None:
        self._on_desk(now, desk.note, case, text=f"Seen {number}")

    def write(self, number: int, case: Case, now: datetime) -> None:
        replying.keep(self._pipeline, case.id, f"Sorry {number}", now=now, actor="lead")

    def approve(self, _number: int, case: Case, now: datetime) -> None:
        with self._pipeline.begin() as connection:
            (reply,) = desk.replies_of(connection, case.id)
            if reply.state == "approved":  # nobody had to agree; a note shows that somebody looked
                desk.note(connection, case.id, "Fine", now=now, actor="ana")
            desk.approve(connection, reply.id, teams=self._teams, now=now, actor="ana")

    def hand(self, _number: int, case: Case, now: datetime, to: str) -> None:
        with self._pipeline.read() as connection:
            (reply,) = desk.replies_of(connection, case.id)
        replying.hand_over(self._pipeline, reply.id, to=to, now=now, actor="lead")

    def answer(self, _number: int, case: Case, now: datetime) -> None:
        self._on_desk(now, desk.record_reply, case, at=now - 2 * MINUTE)

    def resolve(self, _number: int, case: Case, now: datetime) -> None:
        self._on_desk(now, desk.resolve, case)

    def settle(self, number: int, case: Case, now: datetime) -> None:
        url = f"https://acme.example/help/{number % 3}"
        self._on_desk(now, desk.resolve_with, case, url=url)

    def ask(self, _number: int, case: Case, now: datetime) -> None:
        replying.survey_link(self._pipeline, case.id, now=now, actor="lead")

    def snooze(self, _number: int, case: Case, now: datetime, span: timedelta) -> None:
        self._on_desk(now, desk.snooze, case, until=case.opened_at + span)

    def pend(self, _number: int, case: Case, now: datetime) -> None:
        self._on_desk(now, desk.pend, case)

    def reopen(self, _number: int, case: Case, now: datetime) -> None:
        self._on_desk(now, desk.reopen, case)

    def merge(self, number: int, case: Case, now: datetime) -> None:
        into, _ = self._looked_up([number - 3])[number - 3]
        self._on_desk(now, desk.merge, case, into=into.id)

    def silence(self, _number: int, case: Case, now: datetime) -> None:
        self._on_desk(now, desk.needs_no_reply, case)

    def unsilence(self, _number: int, case: Case, now: datetime) -> None:
        self._on_desk(now, desk.needs_reply, case)

    def take(self, _number: int, case: Case, now: datetime) -> None:
        self._on_desk(now, desk.release, case)
        with self._pipeline.begin() as connection:
            desk.claim(connection, case.id, "lead", teams=self._teams, now=now)

    def pass_on(self, _number: int, case: Case, now: datetime, team: str) -> None:
        with self._pipeline.begin() as connection:  # the note marks it: nobody may be free there
            desk.note(connection, case.id, f"For {team}", now=now, actor="lead")
            desk.assign(connection, case.id, team=team, teams=self._teams, now=now, actor="lead")


PEOPLE = ("lead", "ana")
MARKS = frozenset(
    {
        *("noted", "reply written", "reply approved", "reply handed over", "answered", "resolved"),
        *("survey asked", "snoozed", "pending", "reopened", "merged", "needs no reply"),
        *("needs a reply", "claimed"),
    }
)
"""What each step of a script leaves in the trail, once."""


def _at(minutes: int, step: str, *given: object) -> tuple[Any, ...]:
    return timedelta(minutes=minutes), step, *given


SCRIPTS: Sequence[Sequence[tuple[Any, ...]]] = (
    (),  # nobody touches it: warned, missed, escalated, moved, left
    (
        *(_at(20, "note"), _at(40, "write"), _at(60, "approve"), _at(80, "hand", "hub")),
        *(_at(80, "answer"), _at(100, "resolve"), _at(140, "ask")),
    ),
    (
        *(_at(30, "snooze", 3 * HOUR), _at(200, "write"), _at(220, "approve")),
        *(_at(240, "hand", "copy"), _at(240, "answer"), _at(300, "settle")),
    ),
    (_at(60, "note"), _at(90, "merge")),
    (
        *(_at(15, "pend"), _at(210, "write"), _at(230, "approve"), _at(240, "hand", "hub")),
        *(_at(250, "answer"), _at(260, "resolve")),
    ),
    (
        *(_at(30, "pass_on", "tokyo"), _at(70, "answer"), _at(90, "resolve"), _at(150, "reopen")),
        *(_at(180, "note"), _at(200, "resolve"), _at(260, "ask")),
    ),
    (_at(30, "silence"), _at(120, "unsilence"), _at(150, "answer"), _at(600, "settle")),
    (_at(30, "take"), _at(60, "snooze", 2 * HOUR), _at(150, "answer"), _at(160, "pend")),
)


def work_until(config: str, clock: str, *, until: datetime) -> None:
    """Collect, process, work and respond at each moment from the clock's on, up to `until`."""
    script = list(happenings())
    with open_pipeline(Path(config)) as pipeline:
        pipeline.reader = AsWritten
        people = Desk(pipeline)
        while (now := datetime.fromisoformat(Path(clock).read_text())) <= until:
            came = [item for at, item in script if now - STEP < at <= now]
            list(pipeline.journal.write_all("board", came, at=now))
            pipeline.process(now=now)
            people.work(now)
            pipeline.respond(now=now)
            following = Path(f"{clock}.new")
            following.write_text((now + STEP).isoformat())
            following.replace(clock)


def at_work(
    config: Path, clock: Path, *, dies_of: str = "", dies_at: int = 0, counted: str = ""
) -> ForkServerProcess:
    """Such a process, started. It dies of its `dies_at`-th statement or write, if told so.

    At its end it writes into the file `counted` how many of each there were.
    """
    process = FORKED.Process(
        target=_lived, args=(str(config), str(clock), Deeds(dies_of, dies_at), counted), daemon=True
    )
    process.start()
    return process


def _lived(config: str, clock: str, deeds: Deeds, counted: str) -> None:
    os.environ.update(SECRETS)
    deeds.watch()
    work_until(config, clock, until=END)
    if counted:
        deeds.keep(Path(counted))

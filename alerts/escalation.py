"""Escalation: a chain that runs for one alert until somebody takes it on.

A run is a row: which step comes next, in which round, and when. `advance` takes what has fallen
due, each step with its letters in one transaction, so a restart neither repeats nor skips one.
A step that fell due while nothing ran is decided as it would have been at its own time; so any
rhythm of calls gives the same letters.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from alerts.chain import Chain, Position, Step, Target, first_position, next_position
from alerts.groups import note_letter
from alerts.history import note_down
from alerts.incident_listing import incident_of_alert
from alerts.incident_log import note_told as log_told
from alerts.outbox import enqueue
from alerts.tables import alerts, escalations

log = logging.getLogger(__name__)

KIND = "escalation"
"""The kind of a step's letters."""
FINAL = ("exhausted", "removed")
"""Ends after which an alert does not escalate again."""
_IS_OVER = (alerts.c.status != "firing") | alerts.c.is_silenced | alerts.c.is_inhibited
"""Somebody took it on, it is resolved, or it is told to nobody."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The channels of a step's target at a moment; without any, `missing` says why.

    `to` names who is told, `agents` are those of them who are told for themselves.
    """

    channels: tuple[str, ...] = ()
    to: str = ""
    missing: str = ""
    agents: tuple[str, ...] = ()


Reach = Callable[[Target, datetime], Reached]
IsQuiet = Callable[[str, int], bool]
"""Whether an alert of that rule and severity may be told to nobody now."""


def never_quiet(_rule: str, _severity: int) -> bool:
    """No quiet hours."""
    return False


@dataclass(frozen=True, slots=True)
class Run:
    """A chain at work. `log` tells what each step did: {at, round, step, what}.

    `notes` wait for the next letter: whom the steps before it could not reach.
    """

    id: int
    alert_id: int
    chain: str
    payload: Mapping[str, Any]
    round: int
    step: int
    due_at: datetime
    round_began_at: datetime
    notes: tuple[str, ...]
    log: tuple[Mapping[str, Any], ...]
    began_at: datetime
    ended_at: datetime | None
    ended_by: str

    @property
    def position(self) -> Position:
        """Where it stands."""
        return Position(self.round, self.step, self.due_at, self.round_began_at)

    @property
    def reason(self) -> str:
        """What its alert was about when it began; '' once it has ended."""
        return str(self.payload.get("alert", {}).get("reason", ""))

    def to_json(self) -> dict[str, Any]:
        """All but the message, rounds and steps counted from 1, times as ISO 8601 in UTC."""
        return {
            "id": self.id,
            "alert_id": self.alert_id,
            "chain": self.chain,
            "reason": self.reason,
            "round": self.round + 1,
            "step": self.step + 1,
            "due_at": self.due_at.isoformat(),
            "began_at": self.began_at.isoformat(),
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
            "ended_by": self.ended_by,
            "log": [dict(entry) for entry in self.log],
        }


def begin(
    conn: Connection,
    chain: Chain,
    *,
    alert_id: int,
    payload: Mapping[str, Any],
    repeat: timedelta,
    now: datetime,
) -> bool:
    """Start the chain for an alert that fires and that nobody took on; False if it needs none.

    An alert that is back (after a silence, a lull, or an acknowledgement taken back) goes on where
    its chain stopped, and after `repeat` begins anew. One whose chain ran to its end does not.
    `payload` is the alert's message (see `alerts.messages.alert_payload`), kept while it runs.
    """
    is_wanted = (alerts.c.id == alert_id) & ~_IS_OVER & alerts.c.acknowledged_at.is_(None)
    if conn.execute(select(alerts.c.id).where(is_wanted)).first() is None:
        return False
    earlier = runs_of(conn, [alert_id])
    if earlier and (earlier[-1].ended_at is None or earlier[-1].ended_by.startswith(FINAL)):
        return False
    if earlier and now - earlier[-1].began_at < repeat:
        return _resume(conn, earlier[-1], payload, now)
    position = first_position(chain, now)
    values = {
        "alert_id": alert_id,
        "chain": chain.name,
        "payload": dict(payload),
        "round": position.round,
        "step": position.step,
        "due_at": position.due_at,
        "round_began_at": position.round_began_at,
        "notes": [],
        "log": [],
        "began_at": now,
    }
    conn.execute(insert(escalations).values(values))
    return True


def _resume(conn: Connection, last: Run, payload: Mapping[str, Any], now: datetime) -> bool:
    """Let an ended run go on where it stopped, its next step no sooner than now."""
    values: dict[str, Any] = {"ended_at": None, "ended_by": "", "payload": dict(payload)}
    values["due_at"] = max(last.due_at, now)
    still = (escalations.c.id == last.id) & escalations.c.ended_at.is_not(None)
    return conn.execute(update(escalations).where(still).values(values)).rowcount == 1


def advance(
    conn: Connection,
    chains: Mapping[str, Chain],
    reach: Reach,
    *,
    now: datetime,
    is_quiet: IsQuiet = never_quiet,
) -> int:
    """End what is over, then take every step that is due, in order; returns how many letters.

    What `is_quiet` ends, too; `begin` lets it go on. Safe to repeat, and for two workers at once.
    """
    _end_what_is_over(conn, now, is_quiet)
    wanted = (
        select(escalations)
        .where(escalations.c.ended_at.is_(None), escalations.c.due_at <= now)
        .order_by(escalations.c.due_at, escalations.c.id)
        .with_for_update(skip_locked=True)  # SQLite has one writer anyway and leaves it out
    )
    due = [_run(row) for row in conn.execute(wanted).mappings().all()]
    return sum(
        _take_due(conn, run, chains.get(run.chain), reach, now)
        for run in due
        if _is_ours(conn, run)
    )


def _is_ours(conn: Connection, run: Run) -> bool:
    """Take the run for this transaction, unless another worker has moved it on since it was read.

    PostgreSQL's row lock says so already; on SQLite this is the write that locks the others out.
    """
    still = (escalations.c.id == run.id) & escalations.c.ended_at.is_(None)
    still &= (escalations.c.round == run.round) & (escalations.c.step == run.step)
    still &= escalations.c.due_at == run.due_at
    return conn.execute(update(escalations).where(still).values(step=run.step)).rowcount == 1


def _take_due(conn: Connection, run: Run, chain: Chain | None, reach: Reach, now: datetime) -> int:
    """Take the run's steps that are due at `now`; returns how many letters that made."""
    told = 0
    while run.ended_at is None and run.due_at <= now:
        if chain is None or run.step >= len(chain.steps):
            run = replace(run, ended_at=now, ended_by="removed: the settings have it no more")
            break
        run, letters = _taken(conn, run, chain, reach, now)
        told += letters
    _keep(conn, run)
    return told


def _taken(
    conn: Connection, run: Run, chain: Chain, reach: Reach, now: datetime
) -> tuple[Run, int]:
    """The run after its next step, decided as of when that fell due."""
    step, at = chain.steps[run.step], run.due_at
    if step.only and not step.only.hold(at):
        if step.only.outside == "wait":
            return replace(run, due_at=step.only.next_begin(at)), 0
        return _went_on(run, chain, "passed over: outside its hours"), 0
    if step.if_more_than and not _is_burst(conn, run, step, at):
        return _went_on(run, chain, "passed over: not that many alerts"), 0
    reached = reach(step.notify, at)
    if not reached.channels:
        log.warning("escalation %s of alert %d: %s", run.chain, run.alert_id, reached.missing)
        noted = replace(run, notes=(*run.notes, reached.missing))
        return _went_on(noted, chain, reached.missing, at_once=True), 0
    payload = _payload(conn, run, chain, reached)
    for channel in reached.channels:
        key = f"escalation:{run.id}:{run.round}:{run.step}:{channel}"
        enqueue(conn, key=key, channel=channel, kind=KIND, payload=payload, now=now)
        note_letter(conn, run.alert_id, key)
        if (incident := incident_of_alert(conn, run.alert_id)) is not None:
            log_told(conn, incident, run.alert_id)
        note_down(conn, run.alert_id, "told", at=now, note=f"{channel}, escalation {run.chain}")
    said = f"told {reached.to} through {', '.join(reached.channels)}"
    return _went_on(replace(run, notes=()), chain, said), len(reached.channels)


def _went_on(run: Run, chain: Chain, what: str, *, at_once: bool = False) -> Run:
    """The run with its step behind it, and what came of the step in its log."""
    at = run.due_at
    entry = {"at": at.isoformat(), "round": run.round + 1, "step": run.step + 1, "what": what}
    run = replace(run, log=(*run.log, entry))
    following = next_position(chain, run.position, at, at_once=at_once)
    if following is None:
        return replace(run, ended_at=at, ended_by="exhausted: nobody acknowledged the alert")
    return replace(
        run,
        round=following.round,
        step=following.step,
        due_at=following.due_at,
        round_began_at=following.round_began_at,
    )


def _is_burst(conn: Connection, run: Run, step: Step, at: datetime) -> bool:
    """Whether more alerts of the run's brand began before `at` than the step asks for."""
    if step.if_more_than is None:
        return True
    brand = select(alerts.c.brand).where(alerts.c.id == run.alert_id).scalar_subquery()
    wanted = select(func.count()).where(
        alerts.c.brand == brand,
        alerts.c.started_at > at - step.if_more_than.within,
        alerts.c.started_at <= at,
    )
    return int(conn.execute(wanted).scalar_one()) > step.if_more_than.alerts


def _payload(conn: Connection, run: Run, chain: Chain, reached: Reached) -> dict[str, Any]:
    """The alert's message with what is known of it now, and where the chain stands."""
    fresh = (alerts.c.severity, alerts.c.observed, alerts.c.expected, alerts.c.reason)
    row = conn.execute(select(*fresh).where(alerts.c.id == run.alert_id)).mappings().one()
    return {
        **run.payload,
        "team": chain.steps[run.step].notify.team or run.payload.get("team", ""),
        "alert": {**run.payload["alert"], **row},
        "agents": list(reached.agents),
        "escalation": {
            "chain": run.chain,
            "step": run.step + 1,
            "steps": len(chain.steps),
            "round": run.round + 1,
            "rounds": chain.repeat + 1,
            "to": reached.to,
            "notes": list(run.notes),
        },
    }


def _end_what_is_over(conn: Connection, now: datetime, is_quiet: IsQuiet) -> None:
    """End the runs whose alert somebody took on, or that is resolved, muted or of quiet hours."""
    of_alert = ("rule", "severity", "status", "acknowledged_by", "is_silenced", "is_inhibited")
    wanted = (
        select(escalations.c.id, *(alerts.c[name] for name in of_alert))
        .join(alerts, alerts.c.id == escalations.c.alert_id)
        .where(escalations.c.ended_at.is_(None))
        .order_by(escalations.c.id)
    )
    for row in conn.execute(wanted).all():
        if row.status == "acknowledged":
            why = f"acknowledged by {row.acknowledged_by}"
        elif row.status == "resolved":
            why = "resolved"
        elif row.is_silenced or row.is_inhibited:
            why = "silenced" if row.is_silenced else "inhibited"
        elif is_quiet(row.rule, row.severity):
            why = "quiet hours"
        else:
            continue
        # What it quotes is in the outbox; here it is of no more use, and posts may be erased.
        values: dict[str, Any] = {"ended_at": now, "ended_by": why, "payload": {}}
        conn.execute(update(escalations).where(escalations.c.id == row.id).values(values))


def _keep(conn: Connection, run: Run) -> None:
    values: dict[str, Any] = {
        "round": run.round,
        "step": run.step,
        "due_at": run.due_at,
        "round_began_at": run.round_began_at,
        "notes": list(run.notes),
        "log": [dict(entry) for entry in run.log],
        "ended_at": run.ended_at,
        "ended_by": run.ended_by,
    }
    if run.ended_at is not None:
        values["payload"] = {}
    conn.execute(update(escalations).where(escalations.c.id == run.id).values(values))


def list_runs(conn: Connection, *, only_running: bool = True, limit: int = 100) -> list[Run]:
    """The runs, the one whose next step is due first at the top; with ended ones, newest first."""
    wanted = select(escalations).limit(limit)
    if only_running:
        wanted = wanted.where(escalations.c.ended_at.is_(None))
        wanted = wanted.order_by(escalations.c.due_at, escalations.c.id)
    else:
        wanted = wanted.order_by(escalations.c.id.desc())
    return [_run(row) for row in conn.execute(wanted).mappings()]


def runs_of(conn: Connection, alert_ids: Collection[int]) -> list[Run]:
    """The runs of these alerts, oldest first."""
    wanted = select(escalations).where(escalations.c.alert_id.in_(alert_ids))
    rows = conn.execute(wanted.order_by(escalations.c.id)).mappings()
    return [_run(row) for row in rows]


def _run(row: RowMapping) -> Run:
    values = {field.name: row[field.name] for field in fields(Run)}
    return Run(**{**values, "notes": tuple(row["notes"]), "log": tuple(row["log"])})

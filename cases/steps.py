"""Steps: what a case's playbook asks for, ticked off by whoever did it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy_utc import UtcDateTime

from cases.case import Case
from cases.ledger import entry, read_case, read_living, record
from cases.playbook import MAX_STEP_CHARACTERS, playbook_of
from cases.tables import metadata
from mentions.errors import Conflict, NotFound

case_steps = sql.Table(
    "case_steps",
    metadata,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column(
        "case_id",
        sql.Integer,
        sql.ForeignKey("cases.id", name="fk_case_steps_case"),
        nullable=False,
    ),
    sql.Column("step", sql.String(MAX_STEP_CHARACTERS), nullable=False),
    sql.Column("done_by", sql.Text, nullable=False),
    sql.Column("done_at", UtcDateTime, nullable=False),
    sql.Index("uq_case_steps_step", "case_id", "step", unique=True),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. `done_by` is '' while nobody has."""

    number: int
    text: str
    done_by: str = ""
    done_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """The fields, the time as ISO."""
        return {**asdict(self), "done_at": self.done_at.isoformat() if self.done_at else None}


def steps_of(conn: sql.Connection, case: Case) -> list[Step]:
    """The steps of the case's playbook, numbered from 1."""
    playbook = playbook_of(case)
    if playbook is None:
        return []
    rows = conn.execute(sql.select(case_steps).where(case_steps.c.case_id == case.id)).all()
    done = {row.step: (row.done_by, row.done_at) for row in rows}
    return [
        Step(number, text, *done.get(text, ("", None)))
        for number, text in enumerate(playbook.steps, start=1)
    ]


def tick(
    conn: sql.Connection,
    case_id: int,
    number: int,
    *,
    is_done: bool = True,
    seen: str = "",
    now: datetime,
    actor: str,
) -> Step:
    """Say that a step is done, or not yet after all. Again the same changes nothing.

    `seen` is the step as the person read it. Raises NotFound for a step that there is not, Conflict
    for a case that is over or that has another playbook meanwhile.
    """
    case = read_case(conn, case_id, for_change=True)
    steps = steps_of(conn, case)
    if not 0 < number <= len(steps):
        there = f"it has {len(steps)}" if steps else "its playbook has none"
        raise NotFound(f"case {case_id} has no step {number}; {there}")
    step = steps[number - 1]
    if seen and seen.split() != step.text.split():  # forms send line ends of their own
        now_has = f"case {case_id} now has the playbook {case.playbook}"
        raise Conflict(f"{now_has}; look at its steps again")
    if bool(step.done_by) == is_done:
        return step
    read_living(conn, case_id, version=None, doing="tick steps of")
    if is_done:
        row = {"case_id": case_id, "step": step.text, "done_by": actor, "done_at": now}
        conn.execute(case_steps.insert(), row)
    else:
        ticked = (case_steps.c.case_id == case_id, case_steps.c.step == step.text)
        conn.execute(case_steps.delete().where(*ticked))
    action = "step done" if is_done else "step not done"
    record(conn, [entry(case_id, at=now, actor=actor, action=action, detail={"step": step.text})])
    return steps_of(conn, case)[number - 1]

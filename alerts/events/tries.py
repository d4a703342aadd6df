"""The delivery log: each try to tell an endpoint, what it answered, and how long that took."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, insert, select

from alerts.events.tables import webhook_tries

OUTCOMES = ("sent", "delayed", "refused")


@dataclass(frozen=True, slots=True)
class Try:
    """One request. `events` are the ids of what it told; `said` is why it failed, or the answer."""

    id: int
    endpoint: str
    at: datetime
    events: tuple[str, ...]
    types: str
    is_replay: bool
    outcome: str
    status: int | None
    milliseconds: int
    said: str

    def to_json(self) -> dict[str, Any]:
        """Every field, the time as ISO 8601 in UTC."""
        written: dict[str, Any] = _TRY.dump_python(self, mode="json")
        return written


_TRY = TypeAdapter(Try)
_COLUMNS = [webhook_tries.c[field.name] for field in fields(Try)]


def note_try(conn: Connection, **values: Any) -> None:
    """Append to the log; what it takes are the fields of a Try but for its id."""
    conn.execute(insert(webhook_tries).values(**{**values, "events": list(values["events"])}))


def latest_tries(
    conn: Connection,
    *,
    endpoint: str = "",
    outcome: str = "",
    before: int | None = None,
    limit: int = 50,
) -> list[Try]:
    """The newest tries of all endpoints or one, or with one outcome, older than `before`."""
    wanted = select(*_COLUMNS).order_by(webhook_tries.c.id.desc()).limit(limit)
    if endpoint:
        wanted = wanted.where(webhook_tries.c.endpoint == endpoint)
    if outcome:
        wanted = wanted.where(webhook_tries.c.outcome == outcome)
    if before is not None:
        wanted = wanted.where(webhook_tries.c.id < before)
    rows = conn.execute(wanted).mappings()
    return [Try(**{**row, "events": tuple(row["events"])}) for row in rows]


def forget_old(conn: Connection, before: Mapping[str, datetime], *, otherwise: datetime) -> int:
    """Delete each endpoint's tries from before its moment, other endpoints' from `otherwise`."""
    tries = webhook_tries.c
    gone = 0
    for name, moment in before.items():
        old = delete(webhook_tries).where(tries.endpoint == name, tries.at < moment)
        gone += conn.execute(old).rowcount
    old = delete(webhook_tries).where(tries.endpoint.not_in(list(before)), tries.at < otherwise)
    return int(gone + conn.execute(old).rowcount)

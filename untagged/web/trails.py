"""The trails of the work: who did what with cases, alerts, incidents and routing, newest first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from alerts.history import SYSTEM, latest_lines
from cases.case import AuditEntry
from cases.ledger import latest_entries
from cases.routing_versions import list_versions
from mentions.errors import NotFound
from mentions.numbers import MAX_NUMBER
from untagged.web.changes import change_words
from untagged.web.doors import ADMIN
from untagged.web.page import link, pipeline_of, render
from untagged.web.reader import Reader, reader_of

router = APIRouter()
LINES = 100
CHANGES_SHOWN = ("status", "team", "agent", "priority", "tags", "playbook", "merged_into")
"""Of a case's audited fields those that people change; the due times follow from them."""
OUR_WORDS = frozenset({"status", "priority"})
"""The fields whose values the cockpit knows in every language."""


@dataclass(frozen=True, slots=True)
class By:
    """Whose deeds, one person's or everybody's (''), and in whose words they are told."""

    who: str
    itself: bool
    reader: Reader

    @property
    def without(self) -> str:
        """Whose are left out."""
        return "" if self.itself else SYSTEM


@dataclass(frozen=True, slots=True)
class Deed:
    """A line of a trail: what was done with `about`, where it stands, and what was said of it."""

    id: int
    at: datetime
    who: str
    what: str
    about: int
    href: str
    notes: tuple[str, ...] = ()


@router.get("/admin/audit/{kind}", dependencies=[ADMIN])
def trail(
    request: Request,
    kind: str,
    who: Annotated[str, Query(max_length=200)] = "",
    itself: bool = False,
    before: Annotated[int | None, Query(ge=1, le=MAX_NUMBER)] = None,
) -> Response:
    """A page of one trail, of one person if asked; `before` is the line that it goes on from.

    What happened by itself is left out, as it is most of it, unless `itself` asks for it.
    """
    if kind not in TRAILS:
        raise NotFound(f"there is no trail of {kind!r}; there are {', '.join(TRAILS)}")
    with pipeline_of(request).read() as connection:
        wanted = By(who.strip(), itself or who.strip() == SYSTEM, reader_of(request))
        found = TRAILS[kind](connection, wanted, before=before, limit=LINES + 1)
    shown, again = found[:LINES], partial(link, f"/admin/audit/{kind}", who=who.strip())
    again = partial(again, itself="true" if itself else "")
    context = {
        "kind": kind,
        "deeds": shown,
        "who": who.strip(),
        "itself": itself,
        "newest": again() if before else "",
        "older": again(before=shown[-1].id) if found[LINES:] else "",
    }
    return render(request, "trail.html", context)


def _of_cases(connection: Any, by: By, *, before: int | None, limit: int) -> list[Deed]:
    entries = latest_entries(
        connection, actor=by.who, without=by.without, before=before, limit=limit
    )
    return [_of_case(by.reader, one) for one in entries]


def _of_case(reader: Reader, entry: AuditEntry) -> Deed:
    number, told = entry.case_id, _told(reader, entry)
    return Deed(entry.id, entry.at, entry.actor, entry.action, number, f"/cases/{number}", told)


def _told(reader: Reader, entry: AuditEntry) -> tuple[str, ...]:
    changed = entry.detail.get("changed", {})
    return tuple(
        change_words(reader, name, *changed[name], is_ours=name in OUR_WORDS)
        for name in CHANGES_SHOWN
        if name in changed
    )


def _of_alerts(connection: Any, by: By, *, before: int | None, limit: int) -> list[Deed]:
    return _noted(connection, "alerts", by, before=before, limit=limit)


def _of_incidents(connection: Any, by: By, *, before: int | None, limit: int) -> list[Deed]:
    return _noted(connection, "incidents", by, before=before, limit=limit)


def _noted(
    connection: Any,
    of: Literal["alerts", "incidents"],
    by: By,
    *,
    before: int | None,
    limit: int,
) -> list[Deed]:
    found = latest_lines(connection, of, who=by.who, without=by.without, before=before, limit=limit)
    return [
        Deed(
            line.id,
            line.entry.at,
            line.entry.who,
            line.entry.what,
            line.about,
            f"/{of}/{line.about}",
            (line.entry.note,) if line.entry.note else (),
        )
        for line in found
    ]


def _of_routing(connection: Any, by: By, *, before: int | None, limit: int) -> list[Deed]:
    return [
        Deed(
            one.number,
            one.at,
            one.actor,
            "saved" if one.rules is not None else "reset",
            one.number,
            "/routing",
            (one.comment,) if one.comment else (),
        )
        for one in list_versions(connection, most=MAX_NUMBER)
        if (before is None or one.number < before) and by.who in ("", one.actor)
    ][:limit]


TRAILS: dict[str, Callable[..., list[Deed]]] = {
    "cases": _of_cases,
    "alerts": _of_alerts,
    "incidents": _of_incidents,
    "routing": _of_routing,
}

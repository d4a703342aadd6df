"""The audit page: what changed about users, who came in and who was refused, newest first."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from mentions.numbers import MAX_NUMBER
from untagged.accounts import book
from untagged.accounts.trail import Line, trail
from untagged.web.doors import ADMIN
from untagged.web.page import link, pipeline_of, render

router = APIRouter()
LINES = 100
CHANGES = frozenset({"role", "scope", "agent", "profile", "disabled", "enabled", "password"})
"""The actions of `untagged.accounts.book` whose detail is what was before and what is now."""


@router.get("/admin/audit", dependencies=[ADMIN])
def audit(
    request: Request,
    user: str = "",
    before: Annotated[int | None, Query(ge=1, le=MAX_NUMBER)] = None,
) -> Response:
    """A page of the trail, about one user if asked; `before` is the line that it goes on from."""
    with pipeline_of(request).read() as connection:
        names = [one.name for one in book.list_users(connection)]
        user_id = book.named_user(connection, user).id if user else None
        lines = trail(connection, user_id=user_id, before=before, limit=LINES + 1)
    shown = lines[:LINES]
    has_more = len(lines) > LINES
    context = {
        "lines": [(line, told(line)) for line in shown],
        "names": names,
        "about": user,
        "is_first": before is None,
        "newest": link("/admin/audit", user=user),
        "older": link("/admin/audit", user=user, before=shown[-1].id) if has_more else "",
    }
    return render(request, "audit.html", context)


def told(line: Line) -> list[str]:
    """What the line says beyond its action: each value there is, or how it changed."""
    if line.action not in CHANGES:
        return [f"{_words(name)}: {_said(value)}" for name, value in line.detail.items() if value]
    return [
        f"{_words(name)}: {_said(old)} → {_said(new)}"
        for name, (old, new) in line.detail.items()
        if old != new
    ]


def _words(name: str) -> str:
    return name.removeprefix("is_").replace("_", " ")


def _said(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value not in (None, "") else "–"

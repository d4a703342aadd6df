"""The audit page: what changed about users, who came in and who was refused, newest first."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from mentions.numbers import MAX_NUMBER
from untagged.accounts import book
from untagged.accounts.trail import Line, trail
from untagged.web.changes import change_words, value_words
from untagged.web.doors import ADMIN
from untagged.web.page import link, pipeline_of, render
from untagged.web.reader import Reader, reader_of
from untagged.web.words import word

router = APIRouter()
LINES = 100
CHANGES = frozenset({"role", "scope", "agent", "profile", "disabled", "enabled", "password"})
"""The actions of `untagged.accounts.book` whose detail is what was before and what is now."""
OUR_WORDS = frozenset({"role"})
"""The fields whose values the cockpit knows in every language."""


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
        "lines": [(line, told(reader_of(request), line)) for line in shown],
        "names": names,
        "about": user,
        "is_first": before is None,
        "newest": link("/admin/audit", user=user),
        "older": link("/admin/audit", user=user, before=shown[-1].id) if has_more else "",
    }
    return render(request, "audit.html", context)


def told(reader: Reader, line: Line) -> list[str]:
    """What the line says beyond its action: each value there is, or how it changed."""
    if line.action not in CHANGES:
        return [
            f"{word(reader, _named(name))}: {value_words(reader, value, is_ours=name in OUR_WORDS)}"
            for name, value in line.detail.items()
            if value
        ]
    return [
        change_words(reader, _named(name), old, new, is_ours=name in OUR_WORDS)
        for name, (old, new) in line.detail.items()
        if old != new
    ]


def _named(field: str) -> str:
    return field.removeprefix("is_")

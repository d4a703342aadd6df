"""Tokens of the API on a user's page: made for a program, shown once, taken back."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from mentions.errors import UntaggedError
from untagged.accounts import book, tokens
from untagged.accounts.roles import Permission
from untagged.web.doors import ADMIN
from untagged.web.numbers import Number
from untagged.web.page import pipeline_of, render
from untagged.web.users import admin_by

router = APIRouter()
MAX_DAYS = 3660


@router.post("/admin/users/{number}/tokens", dependencies=[ADMIN])
def make(
    request: Request,
    number: Number,
    *,
    label: Annotated[str, Form()] = "",
    may: Annotated[list[Permission] | None, Form()] = None,
    days: Annotated[int, Form(ge=1, le=MAX_DAYS)] = 90,
) -> Response:
    """A new token, on the answer itself, so that no address and no store has it."""
    by = admin_by(request)
    if not may:
        raise UntaggedError("say what the token gives: tick at least one thing")
    with pipeline_of(request).begin() as connection:
        user = book.get_user(connection, number)
        ends_at = by.now + timedelta(days=days)
        made = tokens.make_token(connection, user, label=label, may=may, ends_at=ends_at, by=by)
    shown = {"one": user, "token": made, "label": label.strip(), "ends_at": ends_at}
    return render(request, "user_token.html", shown)


@router.post("/admin/users/{number}/tokens/{which}/revoke", dependencies=[ADMIN])
def revoke(request: Request, number: Number, which: Number) -> Response:
    """Take it back: it lets nobody in from now on."""
    with pipeline_of(request).begin() as connection:
        tokens.revoke(connection, which, of=number, by=admin_by(request))
    return RedirectResponse(f"/admin/users/{number}#tokens", status_code=303)

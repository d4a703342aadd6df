"""Help desks: handing a case over from its page, and messages that come back signed."""

import os
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse

from cases.following import follow
from cases.help_desks.settings import SignedWebhook
from cases.help_desks.webhook import ReportedState, reported
from cases.tickets import came_before, ticket_of_key, was_made
from mentions.errors import NotFound, UntaggedError
from mentions.webhooks import NotSigned, verified
from untagged import handing_over
from untagged.pipeline import Pipeline
from untagged.web.doors import ANYBODY, needs
from untagged.web.numbers import Number
from untagged.web.page import agent_of, clock_now, pipeline_of
from untagged.web.statuses import status_of

router = APIRouter()
PREFIX = "/hooks/help-desks/"
"""A proxy may let this through to the cockpit, and nothing else: the signature is the ticket."""
MAX_BYTES = 64_000
"""A status is a few hundred; Standard Webhooks ask for under 20,000."""
NAME_CHARACTERS = 200


@router.post("/cases/{number}/hand-over", dependencies=[needs("work")])
def hand_over(request: Request, number: Number, desk: Annotated[str, Form()]) -> Response:
    """Give the case to a help desk."""
    pipeline = pipeline_of(request)
    with pipeline.begin() as connection:
        handing_over.hand_over(
            connection,
            pipeline.settings,
            number,
            desk,
            now=clock_now(),
            actor=agent_of(request),
        )
    return RedirectResponse(f"/cases/{number}#tickets", status_code=303)


@router.post(PREFIX + "{name}", dependencies=[ANYBODY])
async def heard(request: Request, name: str) -> Response:
    """Take what a help desk says of a ticket, once a message; answers say what was wrong."""
    body = await _body(request)
    if body is None:
        said = f"the message has over {MAX_BYTES} bytes; send the status alone"
        return JSONResponse({"error": said}, status_code=413)
    headers = {key: request.headers[key] for key in request.headers}
    return await run_in_threadpool(_answered, pipeline_of(request), name, headers, body)


async def _body(request: Request) -> bytes | None:
    """The body; None as soon as it is too long."""
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > MAX_BYTES:
            return None
    return bytes(read)


def _answered(pipeline: Pipeline, name: str, headers: dict[str, str], body: bytes) -> Response:
    try:
        done = _take(pipeline, name, headers, body)
    except UntaggedError as error:
        status = 401 if isinstance(error, NotSigned) else status_of(error)
        return JSONResponse({"error": str(error)}, status_code=status)
    return JSONResponse({"done": done})


def _take(pipeline: Pipeline, name: str, headers: dict[str, str], body: bytes) -> bool:
    """Follow the message; False if it was taken before, or is older than what is known."""
    now = clock_now()
    desk = handing_over.find_desk(pipeline.settings, name)
    if not isinstance(desk, SignedWebhook):
        raise NotFound(f"{name} is asked for its tickets and sends no messages here")
    message = verified(headers, body, environ=os.environ, secret_env=desk.secret_env, now=now)
    if len(message) > NAME_CHARACTERS:
        raise UntaggedError(f"webhook-id has over {NAME_CHARACTERS} characters; send a shorter one")
    state = reported(body, now=now)
    with pipeline.begin() as connection:
        if came_before(connection, name, message, now=now):
            return False
        return _follow(connection, name, state, now)


def _follow(connection: Any, name: str, state: ReportedState, now: datetime) -> bool:
    ticket = ticket_of_key(connection, name, state.data.key)
    seen = state.timestamp.isoformat(timespec="microseconds")
    if seen <= ticket.seen:
        return False
    known = (state.data.ticket or ticket.there, state.data.url or ticket.url)
    if known != (ticket.there, ticket.url):
        number, url = known
        was_made(connection, ticket, there=number, number=number, url=url, look_at=None, now=now)
    answers = [state.data.answered_at] if state.data.answered_at else []
    follow(
        connection,
        ticket.id,
        status=state.data.status,
        said=state.data.status or "",
        seen=seen,
        answers=answers,
        look_at=None,
        now=now,
    )
    return True

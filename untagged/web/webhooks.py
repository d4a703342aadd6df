"""The webhooks page: who hears of events, how each try went, telling once more."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from alerts.events import endpoints
from alerts.events.tries import OUTCOMES, latest_tries
from mentions.errors import UntaggedError
from mentions.numbers import MAX_NUMBER
from mentions.times import parse_moment
from untagged.endpoint_state import endpoint_states, replay, webhook_of
from untagged.web.doors import needs
from untagged.web.page import agent_of, clock_now, link, pipeline_of, render

router = APIRouter()
SHOWN = 50
OPERATORS = [needs("operate", everywhere=True)]
Text = Annotated[str, Form(max_length=2_000)]


@router.get("/webhooks", dependencies=OPERATORS)
def webhooks(
    request: Request,
    *,
    name: Annotated[str, Query(max_length=60)] = "",
    outcome: Annotated[str, Query(max_length=20)] = "",
    before: Annotated[int | None, Query(ge=1, le=MAX_NUMBER)] = None,
) -> Response:
    """Each webhook with what waits, and the log of all or one."""
    pipeline = pipeline_of(request)
    with pipeline.read() as connection:
        states = endpoint_states(connection, pipeline.settings, now=clock_now())
        found = latest_tries(
            connection, endpoint=name, outcome=outcome, before=before, limit=SHOWN + 1
        )
    tries = found[:SHOWN]
    narrowed = {"name": name, "outcome": outcome}
    older = link("/webhooks", **narrowed, before=tries[-1].id) if len(found) > SHOWN else ""
    shown = {
        "states": states,
        "tries": tries,
        "name": name,
        "outcome": outcome,
        "outcomes": OUTCOMES,
        "older": older,
        "newest": link("/webhooks", **narrowed) if before else "",
    }
    return render(request, "webhooks.html", shown)


@router.post("/webhooks/{name}/replay", dependencies=OPERATORS)
def replay_events(
    request: Request, name: str, since: Text = "", event: Text = "", event_id: Text = ""
) -> Response:
    """Tell the webhook once more what it was told."""
    pipeline, now = pipeline_of(request), clock_now()
    try:
        moment = parse_moment(since, now=now) if since.strip() else None
    except ValueError as error:
        raise UntaggedError(str(error)) from error
    with pipeline.begin() as connection:
        replay(
            connection,
            pipeline.settings,
            name,
            now=now,
            since=moment,
            event=event.strip(),
            event_id=event_id.strip(),
        )
    return _back()


@router.post("/webhooks/{name}/test", dependencies=OPERATORS)
def test(request: Request, name: str) -> Response:
    """Tell the webhook a test event; what it answered is the first line of the log then."""
    # Loaded here: CloudEvents are needed by no other page.
    from alerts.events.telling import try_endpoint  # noqa: PLC0415 - see above

    pipeline = pipeline_of(request)
    webhook, source = webhook_of(pipeline.settings, name), pipeline.settings.cockpit.url
    try_endpoint(pipeline.begin, webhook, source=source, who=agent_of(request), now=clock_now())
    return _back()


@router.post("/webhooks/{name}/pause", dependencies=OPERATORS)
def pause(request: Request, name: str) -> Response:
    """Tell the webhook nothing for now."""
    pipeline = pipeline_of(request)
    webhook_of(pipeline.settings, name)
    because = f"paused by {agent_of(request)}"
    with pipeline.begin() as connection:
        endpoints.pause(connection, name, because=because, now=clock_now())
    return _back()


@router.post("/webhooks/{name}/resume", dependencies=OPERATORS)
def resume(request: Request, name: str) -> Response:
    """Tell the webhook again, first what waits."""
    pipeline = pipeline_of(request)
    webhook_of(pipeline.settings, name)
    with pipeline.begin() as connection:
        endpoints.resume(connection, name, now=clock_now())
    return _back()


def _back() -> Response:
    return RedirectResponse("/webhooks", status_code=303)

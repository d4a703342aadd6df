"""The outbox page: what was told, what waits, what could not be sent, and who is told next."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from alerts import outbox
from alerts.escalation import list_runs
from alerts.messages import render as rendered
from alerts.outbox import Letter
from mentions.errors import DeliveryRefused
from untagged.duty import duty
from untagged.web.doors import needs
from untagged.web.numbers import Number
from untagged.web.page import clock_now, pipeline_of, render

router = APIRouter()
SHOWN = 50


@router.get("/outbox", dependencies=[needs("operate", everywhere=True)])
def letters(request: Request) -> Response:
    """The dead first, as they want somebody; then what waits, then what was sent lately."""
    pipeline = pipeline_of(request)
    with pipeline.read() as connection:
        counts = outbox.counts(connection)
        found = {
            state: outbox.letters(connection, state=state, limit=SHOWN) for state in outbox.STATES
        }
        runs = list_runs(connection, limit=SHOWN)
        settings = pipeline.settings
        duties = [duty(connection, settings, one, clock_now()) for one in settings.on_call]
    titles = {one.id: _title(request, one) for rows in found.values() for one in rows}
    steps = {chain.name: chain.steps for chain in settings.escalations}
    shown = {
        "found": found,
        "counts": counts,
        "titles": titles,
        "runs": runs,
        "steps": steps,
        "duties": duties,
    }
    return render(request, "outbox.html", shown)


@router.post("/outbox/resend", dependencies=[needs("operate", everywhere=True)])
def resend_all(request: Request) -> Response:
    """Give every dead letter a new start."""
    with pipeline_of(request).begin() as connection:
        outbox.resend_all(connection, now=clock_now())
    return RedirectResponse("/outbox", status_code=303)


@router.post("/outbox/{number}/resend", dependencies=[needs("operate", everywhere=True)])
def resend(request: Request, number: Number) -> Response:
    """Give a dead letter a new start."""
    with pipeline_of(request).begin() as connection:
        outbox.resend(connection, number, now=clock_now())
    return RedirectResponse("/outbox", status_code=303)


@router.post("/outbox/{number}/drop", dependencies=[needs("operate", everywhere=True)])
def drop(request: Request, number: Number) -> Response:
    """Delete a dead letter that nobody needs any more."""
    with pipeline_of(request).begin() as connection:
        outbox.drop(connection, number)
    return RedirectResponse("/outbox", status_code=303)


def _title(request: Request, letter: Letter) -> str:
    folders = pipeline_of(request).settings.template_folders
    try:
        return rendered(letter.kind, letter.payload, folders=folders, pictured=False).title
    except DeliveryRefused as error:
        return str(error)

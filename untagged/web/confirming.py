"""The page on which a mail address says yes to digests: its link is the ticket, without a login.

All of it lies below /subscribe/ and /unsubscribe/, so that a proxy can let these through and
nothing else.
"""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from alerts.digests.confirming import asked_by, confirm
from mentions.errors import NotFound
from untagged.digests.kinds import NAMES
from untagged.web.doors import ANYBODY
from untagged.web.page import clock_now, document, pipeline_of
from untagged.web.reader import reader_of
from untagged.web.words import sentence

router = APIRouter()


@router.get("/subscribe/{token}", dependencies=[ANYBODY])
def show(request: Request, token: str) -> Response:
    """A button. Looking changes nothing: mail programs fetch links by themselves."""
    return _answered(request, token, is_yes=False)


@router.post("/subscribe/{token}", dependencies=[ANYBODY])
def say_yes(request: Request, token: str) -> Response:
    """Confirm it; twice is as once."""
    return _answered(request, token, is_yes=True)


def _answered(request: Request, token: str, *, is_yes: bool) -> Response:
    pipeline, now = pipeline_of(request), clock_now()
    said: dict[str, Any] = {"problem": "", "subscription": None, "kind_names": NAMES}
    status = 200
    try:
        if is_yes:
            with pipeline.begin() as connection:
                said["subscription"] = confirm(connection, token, now=now)
        else:
            with pipeline.read() as connection:
                said["subscription"] = asked_by(connection, token, now=now)
    except NotFound as error:
        said["problem"], status = sentence(reader_of(request), str(error)), 404
    written = document("confirm.html", said, reader=reader_of(request))
    page = HTMLResponse(written, status_code=status)
    page.headers["Cache-Control"] = "no-store"
    page.headers["Referrer-Policy"] = "no-referrer"  # the address is the ticket
    return page

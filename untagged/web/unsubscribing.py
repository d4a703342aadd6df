"""The page that a digest's link to stop opens: needs no login, as the signed link is the ticket.

All of it lies below /unsubscribe/, so that a proxy can let that through and nothing else.
"""

import logging
from importlib.resources import files

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from alerts.digests import subscriptions
from alerts.digests.stopping import read_stop, stop_secret
from mentions.errors import NotFound, UntaggedError
from untagged.digests.kinds import NAMES
from untagged.web.doors import ANYBODY
from untagged.web.page import clock_now, document, pipeline_of
from untagged.web.reader import reader_of
from untagged.web.words import sentence

log = logging.getLogger(__name__)
router = APIRouter()
BY_LINK = "the link in a digest"
"""Who ends a subscription here."""


@router.get("/unsubscribe/style.css", dependencies=[ANYBODY])
def style() -> Response:
    """The cockpit's looks."""
    return _static("cockpit.css")


@router.get("/unsubscribe/mark.svg", dependencies=[ANYBODY])
def mark() -> Response:
    """The cockpit's mark, so that browsers look for no other."""
    return _static("mark.svg")


@router.get("/unsubscribe/{token:path}", dependencies=[ANYBODY])
def show(request: Request, token: str) -> Response:
    """A button. Looking changes nothing: mail programs fetch links by themselves."""
    return _answered(request, token, is_ended=False)


@router.post("/unsubscribe/{token:path}", dependencies=[ANYBODY])
def stop(request: Request, token: str) -> Response:
    """End it, by the button or by a mail program's one click (RFC 8058); twice is as once."""
    return _answered(request, token, is_ended=True)


def _answered(request: Request, token: str, *, is_ended: bool) -> Response:
    pipeline = pipeline_of(request)
    opened = pipeline.begin if is_ended else pipeline.read
    try:
        number = read_stop(token, secret=stop_secret())
        with opened() as connection:
            if is_ended:
                subscriptions.end(connection, number, actor=BY_LINK, now=clock_now())
            found = subscriptions.get_subscription(connection, number)
    except NotFound as error:
        return _page(request, {"problem": sentence(reader_of(request), str(error))}, status=404)
    except UntaggedError as error:
        log.error("a digest could not be stopped: %s", error)  # noqa: TRY400 - its message says all
        said = reader_of(request).gettext("Something is wrong on our side; please try again later.")
        return _page(request, {"problem": said}, status=503)
    return _page(request, {"subscription": found, "kind_names": NAMES})


def _static(name: str) -> Response:
    return FileResponse(str(files("untagged.web").joinpath("static", name)))


def _page(request: Request, context: dict[str, object], *, status: int = 200) -> Response:
    known = {"problem": "", "subscription": None}
    written = document("unsubscribe.html", known | context, reader=reader_of(request))
    page = HTMLResponse(written, status_code=status)
    page.headers["Cache-Control"] = "no-store"
    return page

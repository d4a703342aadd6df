"""The page Digests: reports that were made, each as a page and as a file, and who gets them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from alerts.digests.around import Around
from alerts.digests.digest import Kind
from alerts.digests.drawing import charts, svg
from alerts.digests.feeds import feed_made_at
from alerts.digests.formats import MEDIA, Format, file_name, written
from alerts.digests.issued import Issued, Seen, get_issued, list_issued
from alerts.digests.subscriptions import Subscription, active
from alerts.digests.text import numeric
from alerts.spike_drawing import Theme
from mentions.errors import NotAllowed, NotFound, UntaggedError
from mentions.times import floored, parse_moment
from untagged.digests.asked import Asked
from untagged.digests.due import cockpit_url
from untagged.digests.issuing import issue, kept_digest
from untagged.digests.kinds import GATHER, NAMES
from untagged.web.api.answering import read_cursor, written_cursor
from untagged.web.doors import needs
from untagged.web.making import Makings
from untagged.web.numbers import Number
from untagged.web.page import clock_now, own_path, pipeline_of, render
from untagged.web.pictures import picture
from untagged.web.visitor import logged_in, scope_of

router = APIRouter()
SHOWN = 30
DAY = timedelta(days=1)
DAYS = (1, 7, 30, 90)
"""Of a digest that is made at once."""


@router.get("/digests", dependencies=[needs("look")])
def digests(
    request: Request,
    kind: Annotated[str, Query(max_length=30)] = "",
    brand: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[str | None, Query(max_length=1_000)] = None,
) -> Response:
    """The newest first, one's own subscriptions, and those of the settings for who may operate."""
    return digests_page(request, kind=kind, brand=brand, cursor=cursor)


def digests_page(
    request: Request, *, kind: str = "", brand: str = "", cursor: str | None = None, **more: Any
) -> Response:
    """The page, with what else a change has to show."""
    pipeline, visitor = pipeline_of(request), logged_in(request)
    with pipeline.read() as connection:
        after = read_cursor(cursor, datetime, int)
        found = list_issued(
            connection,
            kind=kind,
            brand=brand,
            seen=seen_by(request),
            after=(after[0], after[1]) if after else None,
            limit=SHOWN + 1,
        )
        subscriptions = active(connection)
        feed_at = feed_made_at(connection, visitor.user.id)
    settings = pipeline.settings
    context: dict[str, Any] = {
        "found": found[:SHOWN],
        "cursor": _cursor(found),
        "kind": kind,
        "brand": brand,
        "kinds": [one for one in NAMES if one in GATHER],
        "kind_names": NAMES,
        "days": DAYS,
        "today": clock_now().date(),
        "own": [one for one in subscriptions if one.user_id == visitor.user.id],
        "others": _others(request, subscriptions),
        "teams": [one.name for one in settings.teams if scope_of(request).has_team(one.name)],
        "domains": settings.digest_delivery.domains,
        "channels": [one.name for one in settings.channels] if visitor.may("operate") else [],
        "zone": visitor.user.zone or "UTC",
        "feed_at": feed_at,
        "feed_address": "",
    }
    return render(request, "digests.html", context | more)


def _cursor(found: Sequence[Issued]) -> str | None:
    if len(found) <= SHOWN:
        return None
    last = found[SHOWN - 1]
    return written_cursor((last.digest.until, last.id))


def _others(request: Request, subscriptions: Sequence[Subscription]) -> list[Subscription]:
    """Those of the settings and of others, for who may operate; each as far as it is seen."""
    visitor, seen = logged_in(request), seen_by(request)
    if not visitor.may("operate"):
        return []
    return [
        one
        for one in subscriptions
        if one.user_id != visitor.user.id and seen.has(one.kind, brand=one.brand, team=one.team)
    ]


def seen_by(request: Request) -> Seen:
    """Whose digests are seen by who is logged in."""
    scope = scope_of(request)
    return Seen(scope.brands, scope.teams)


@router.post("/digests/now", dependencies=[needs("look")])
def make_now(
    request: Request,
    *,
    kind: Annotated[str, Form()],
    brand: Annotated[str, Form()] = "",
    team: Annotated[str, Form()] = "",
    days: Annotated[int, Form()] = 7,
    until: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Make a digest of whole days, or open the one that is kept of them."""
    now = clock_now()
    if days not in DAYS:
        raise UntaggedError(f"a digest is made of {', '.join(map(str, DAYS))} days")
    try:
        end = floored(parse_moment(until, now=now) if until else now, DAY)
        since = end - days * DAY
    except (ValueError, OverflowError) as error:
        raise UntaggedError(f"{until[:40]!r} is no day of a digest: {error}") from error
    if end > now:
        raise UntaggedError("this period is not over yet; end it today or before")
    chosen = refuse_unseen_kind(request, kind, brand=brand, team=team)
    asked = Asked(since, end, now, brand or None, team or None)
    kept = kept_digest(pipeline_of(request), chosen, asked) or _made(request, chosen, asked)
    return RedirectResponse(f"/digests/{kept.id}", status_code=303)


def _made(request: Request, kind: Kind, asked: Asked, *, again: bool = False) -> Issued:
    """The digest, if they had not too many made lately."""
    makings: Makings = request.app.state.makings
    with makings.one(logged_in(request).user.id, now=clock_now()):
        return issue(pipeline_of(request), kind, asked, again=again).issued


def refuse_unseen_kind(request: Request, said: str, *, brand: str, team: str) -> Kind:
    """The kind. Raises NotFound for none, NotAllowed for what one does not see."""
    chosen = next((one for one in NAMES if one == said), None)
    if chosen is None:
        raise NotFound(f"there is no digest {said[:30]!r}; there are {', '.join(GATHER)}")
    if not seen_by(request).has(chosen, brand=brand, team=team):
        raise NotAllowed("You do not see all that this digest tells of; choose a brand or team.")
    return chosen


# Before the page of a number, which would take the ending for a part of it.
@router.get("/digests/{number}.{form}", dependencies=[needs("look")])
def digest_file(request: Request, number: Number, form: str) -> Response:
    """One digest to take along."""
    chosen: Format | None = next((one for one in MEDIA if one == form), None)
    if chosen is None:
        raise UntaggedError(f"a digest is written as {', '.join(MEDIA)}, not as {form[:20]}")
    digest, pipeline = _issued(request, number).digest, pipeline_of(request)
    url = cockpit_url(pipeline)
    around = Around(cockpit=url, page=f"{url}/digests/{number}")
    said = written(digest, chosen, around, folders=pipeline.settings.template_folders)
    name = file_name(digest, chosen)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(said, media_type=MEDIA[chosen], headers=headers)


@router.get("/digests/{number}", dependencies=[needs("look")])
def digest_page(request: Request, number: Number) -> Response:
    """One digest to read."""
    found = _issued(request, number)
    context = {
        "one": found,
        "digest": found.digest,
        "kind_names": NAMES,
        "formats": tuple(MEDIA),
        "numeric": numeric,
        "own_path": lambda path: own_path(path, otherwise=""),
    }
    return render(request, "digest.html", context)


@router.get("/digests/{number}/charts/{chart}.svg", dependencies=[needs("look")])
def chart(request: Request, number: Number, chart: Number, theme: Theme = "light") -> Response:
    """The picture of a section, counted from 1."""
    found = charts(_issued(request, number).digest)
    if not 1 <= chart <= len(found):
        raise NotFound(f"digest {number} has {len(found)} charts")
    drawn = svg(found[chart - 1], theme=theme)
    return picture(drawn)


@router.post("/digests/{number}/again", dependencies=[needs("operate")])
def make_again(request: Request, number: Number) -> Response:
    """Make a kept digest anew, as its posts were read or corrected since."""
    digest = _issued(request, number).digest
    asked = Asked(digest.since, digest.until, clock_now(), digest.brand, digest.team)
    _made(request, digest.kind, asked, again=True)
    return RedirectResponse(f"/digests/{number}", status_code=303)


def _issued(request: Request, number: int) -> Issued:
    with pipeline_of(request).read() as connection:
        return get_issued(connection, number)

"""Subscribing to digests: for oneself by mail or feed, and for a channel where one may operate."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from alerts.digests import feeds, subscriptions
from alerts.digests.atom import MEDIA, Item, feed
from alerts.digests.confirming import is_to_be_asked
from alerts.digests.issued import Seen, list_issued
from alerts.digests.settings import Empty, mail_address
from alerts.digests.subscriptions import Subscription, Wish
from alerts.digests.timing import read_timing
from alerts.hours import checked_zone
from mentions.errors import NotAllowed, NotFound, UntaggedError
from untagged.accounts.book import get_user
from untagged.digests.due import cockpit_url
from untagged.digests.questioning import ask_address
from untagged.settings import Settings
from untagged.web.digests import digests_page, refuse_unseen_kind, seen_by
from untagged.web.doors import ANYBODY, needs, own_teams
from untagged.web.numbers import Number
from untagged.web.page import clock_now, pipeline_of
from untagged.web.visitor import Visitor, in_session, logged_in

router = APIRouter()
FEED_ITEMS = 30
LONGEST = 200


@router.post("/digests/subscriptions", dependencies=[needs("look")])
def subscribe(
    request: Request,
    *,
    kind: Annotated[str, Form()],
    at: Annotated[str, Form(max_length=LONGEST)],
    zone: Annotated[str, Form(max_length=LONGEST)] = "UTC",
    brand: Annotated[str, Form(max_length=LONGEST)] = "",
    team: Annotated[str, Form(max_length=LONGEST)] = "",
    address: Annotated[str, Form()] = "",
    channel: Annotated[str, Form(max_length=LONGEST)] = "",
    empty: Annotated[Empty, Form()] = "tell",
) -> Response:
    """Keep a wish of whoever is logged in; of the same digest to the same place there is one."""
    pipeline, visitor = pipeline_of(request), logged_in(request)
    in_session(request)
    chosen = refuse_unseen_kind(request, kind, brand=brand, team=team)
    _refuse_unknown(pipeline.settings, brand, team)
    _refuse_place(pipeline.settings, visitor, address=address, channel=channel)
    try:
        read_timing(at)
        checked_zone(zone)
    except ValueError as error:
        raise UntaggedError(str(error)) from error
    wish = Wish(chosen, brand, team, " ".join(at.split()), zone, channel, address, empty)
    now = clock_now()
    with pipeline.begin() as connection:
        who = visitor.user
        kept = subscriptions.subscribe(connection, wish, user_id=who.id, actor=who.name, now=now)
        if is_to_be_asked(connection, kept, now=now):
            ask_address(pipeline, connection, kept.id, now=now)
    return RedirectResponse("/digests#subscriptions", status_code=303)


def _refuse_unknown(settings: Settings, brand: str, team: str) -> None:
    if brand and brand not in [one.name for one in settings.brands]:
        raise NotFound(f"there is no brand {brand!r} in the settings")
    if team and team not in [one.name for one in settings.teams]:
        raise NotFound(f"there is no team {team!r} in the settings")


def _refuse_place(settings: Settings, visitor: Visitor, *, address: str, channel: str) -> None:
    """Raise unless it is one place, and one that they may choose."""
    if bool(address) == bool(channel):
        raise UntaggedError("say where the digest goes: to a mail address, or to a channel")
    if channel:
        if not visitor.may("operate"):
            raise NotAllowed("Your role may not send digests to a channel; subscribe by mail.")
        if channel not in [one.name for one in settings.channels]:
            raise NotFound(f"there is no channel {channel!r} in the settings")
        return
    delivery = settings.digest_delivery
    try:
        mail_address(address)
    except ValueError as error:
        raise UntaggedError(str(error)) from error
    if not delivery.has_domain_of(address):
        there = ", ".join(delivery.domains) or "none; an admin adds some as digest_delivery.domains"
        raise NotAllowed(f"Digests go to addresses of {there}.")


@router.post("/digests/subscriptions/{number}/ask", dependencies=[needs("look")])
def ask_again(request: Request, number: Number) -> Response:
    """One more letter that asks the address whether it wants the digest."""
    pipeline, visitor = pipeline_of(request), logged_in(request)
    in_session(request)
    with pipeline.begin() as connection:
        found = subscriptions.get_subscription(connection, number)
        _refuse_anothers(request, visitor, found)
        ask_address(pipeline, connection, number, now=clock_now())
    return RedirectResponse("/digests#subscriptions", status_code=303)


@router.post("/digests/subscriptions/{number}/end", dependencies=[needs("look")])
def end(request: Request, number: Number) -> Response:
    """End one's own; another's, or the settings', where one may operate and sees it."""
    pipeline, visitor = pipeline_of(request), logged_in(request)
    in_session(request)
    with pipeline.begin() as connection:
        found = subscriptions.get_subscription(connection, number)
        _refuse_anothers(request, visitor, found)
        subscriptions.end(connection, number, actor=visitor.user.name, now=clock_now())
    return RedirectResponse("/digests#subscriptions", status_code=303)


def _refuse_anothers(request: Request, visitor: Visitor, found: Subscription) -> None:
    if found.user_id == visitor.user.id:
        return
    is_seen = seen_by(request).has(found.kind, brand=found.brand, team=found.team)
    if not visitor.may("operate") or not is_seen:
        raise NotFound(f"there is no subscription {found.id}; the page Digests shows yours")


@router.post("/digests/feed", dependencies=[needs("look")])
def make_feed(request: Request) -> Response:
    """A new address for one's feed reader; the one before leads nowhere from now on."""
    user, _session = in_session(request)
    pipeline = pipeline_of(request)
    with pipeline.begin() as connection:
        token = feeds.make_feed(connection, user.id, now=clock_now())
    where = f"{cockpit_url(pipeline)}/digests/feed/{token}.atom"
    return digests_page(request, feed_address=where)


@router.post("/digests/feed/end", dependencies=[needs("look")])
def end_feed(request: Request) -> Response:
    """Let one's address lead nowhere."""
    user, _session = in_session(request)
    with pipeline_of(request).begin() as connection:
        feeds.end_feed(connection, user.id)
    return RedirectResponse("/digests#feed", status_code=303)


@router.get("/digests/feed/{token}.atom", dependencies=[ANYBODY])
def read_feed(request: Request, token: str, kind: str = "", brand: str = "") -> Response:
    """What the person whose address it is sees, as a feed."""
    pipeline = pipeline_of(request)
    with pipeline.read() as connection:
        number = feeds.whose_feed(connection, token)
        user = None if number is None else get_user(connection, number)
        if user is None or user.is_disabled:
            raise NotFound("this address leads to no feed; the page Digests makes you a new one")
        scope = user.scope(own_teams(pipeline.settings, user))
        seen = Seen(scope.brands, scope.teams)
        found = list_issued(connection, kind=kind, brand=brand, seen=seen, limit=FEED_ITEMS)
    url = cockpit_url(pipeline)
    items = [
        Item(one.digest, one.made_at, one.changed_at, f"{url}/digests/{one.id}") for one in found
    ]
    about = "/".join(part for part in (kind, brand) if part)
    title = f"Digests: {about}" if about else "Digests"
    said = feed(items, title=title, cockpit=url, path=f"/digests/{about}", now=clock_now())
    return Response(said, media_type=MEDIA)

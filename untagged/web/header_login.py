"""Login by header: a proxy in front has checked who somebody is, and says so in each request."""

from fastapi import Request

from mentions.errors import NotAllowed, UntaggedError
from untagged.accounts import book
from untagged.accounts.entering import Visit, let_in
from untagged.accounts.policy import HeaderLogin, is_within
from untagged.accounts.user import User, known_name
from untagged.web.page import pipeline_of
from untagged.web.peer import peer_of


def let_in_by_header(request: Request, visit: Visit) -> str | None:
    """The token of a new session for the user whom the proxy names; None if it names nobody.

    Raises NotAllowed for a header from another peer than the proxy, and for a user there is not.
    """
    pipeline, name = pipeline_of(request), _named(request)
    if name is None:
        return None
    with pipeline.begin() as connection:
        user = book.find_user(connection, name)
        if user is None or user.is_disabled:
            raise NotAllowed(f"You are known as {name}, and no user of that name may log in here.")
        return let_in(connection, user, visit, pipeline.settings.login.of_sessions, how="header")


def is_another(request: Request, user: User) -> bool:
    """Whether the proxy says that somebody else sits there now than the session is of."""
    header = pipeline_of(request).settings.login.header
    if header is None or not is_within(peer_of(request), header.trusted):
        return False
    return bool(request.headers.getlist(header.name)) and _known(request, header) != user.name


def _named(request: Request) -> str | None:
    header = pipeline_of(request).settings.login.header
    if header is None or not request.headers.getlist(header.name):
        return None
    if not is_within(peer_of(request), header.trusted):
        raise NotAllowed(
            f"{header.name} comes from {peer_of(request)}, whose word is not taken: it is not "
            "among login.header.trusted."
        )
    name = _known(request, header)
    if name is None:
        raise NotAllowed(f"{header.name} does not name one user; the proxy has to replace it.")
    return name


def _known(request: Request, header: HeaderLogin) -> str | None:
    """The name; None if there are several: then a browser sent one, and the proxy added to it."""
    said = request.headers.getlist(header.name)
    try:
        return known_name(said[0]) if len(said) == 1 else None
    except UntaggedError:
        return None

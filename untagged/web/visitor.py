"""Who a request is from: the user, what they see, and the token that their forms carry."""

from dataclasses import dataclass

from fastapi import Request

from untagged.accounts.sessions import Session, form_token
from untagged.accounts.user import Scope, User


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is logged in."""

    user: User
    scope: Scope
    session: Session
    token: str

    @property
    def form_token(self) -> str:
        """What forms made for them carry."""
        return form_token(self.token)


def visitor_of(request: Request) -> Visitor | None:
    """Who is logged in; None on the pages that need no login."""
    found: Visitor | None = getattr(request.state, "visitor", None)
    return found


def scope_of(request: Request) -> Scope:
    """What is seen on the page. Only a route that needs a login may show anything of it."""
    visitor = visitor_of(request)
    return visitor.scope if visitor else Scope(frozenset(), frozenset())


def logged_in(request: Request) -> Visitor:
    """Who is logged in, on a route that let nobody else through."""
    visitor = visitor_of(request)
    if visitor is None:
        raise AssertionError("this route lets in who is not logged in, and asks who it is")
    return visitor

"""Who a request is from: the user, what they see, and the token that their forms carry."""

from dataclasses import dataclass

from fastapi import Request

from mentions.errors import NotAllowed
from untagged.accounts.roles import Permission
from untagged.accounts.sessions import Session, form_token
from untagged.accounts.user import Scope, User
from untagged.languages import msgid


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is logged in: a person in a session, or a program with a token of the API."""

    user: User
    scope: Scope
    session: Session | None = None
    secret: str = ""
    limits: frozenset[Permission] | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the role grants it, and the token where there is one."""
        is_within = self.limits is None or permission in self.limits
        return is_within and self.user.may(permission)

    @property
    def form_token(self) -> str:
        """What forms made for them carry."""
        return form_token(self.secret)


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


def in_session(request: Request) -> tuple[User, Session]:
    """The user and the session, for what only a person does. Raises NotAllowed for a program."""
    visitor = logged_in(request)
    if visitor.session is None:
        raise NotAllowed(msgid("This is for people who are logged in; a token does not do."))
    return visitor.user, visitor.session

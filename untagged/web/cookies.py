"""The cookies of the cockpit: which there are, and how they are set.

Over https a name begins with `__Host-`, which a browser takes only with Secure, for this host and
all of its paths (RFC 6265bis, section 4.1.3.2): no neighbour under the same domain can set it.
"""

from datetime import timedelta

from fastapi import Request, Response

SESSION, VISIT = "untagged_session", "untagged_visit"
A_VISIT = timedelta(hours=1)
"""How long a login page may lie before it is sent."""


def _named(request: Request, name: str) -> str:
    return f"__Host-{name}" if is_secure(request) else name


def is_secure(request: Request) -> bool:
    """Whether the browser speaks https, to us or to a proxy that says so."""
    return request.url.scheme == "https"


def session_cookie(request: Request) -> str:
    """The name under which the session's token is kept."""
    return _named(request, SESSION)


def visit_cookie(request: Request) -> str:
    """The name under which a browser is known before it is logged in."""
    return _named(request, VISIT)


def keep_session(request: Request, response: Response, token: str) -> None:
    """Give the browser a session; it ends with the browser at the latest."""
    response.set_cookie(
        session_cookie(request),
        token,
        httponly=True,
        secure=is_secure(request),
        samesite="strict",
    )
    response.delete_cookie(visit_cookie(request), secure=is_secure(request), httponly=True)


def keep_visit(request: Request, response: Response, token: str) -> None:
    """Remember the browser while it logs in. Lax: a login provider sends it back from its site."""
    response.set_cookie(
        visit_cookie(request),
        token,
        max_age=int(A_VISIT.total_seconds()),
        httponly=True,
        secure=is_secure(request),
        samesite="lax",
    )


def forget_session(request: Request, response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(session_cookie(request), secure=is_secure(request), httponly=True)

"""What may go wrong when the API is asked, as types; each says what to do."""

from collections.abc import Mapping, Sequence
from typing import Any


class ClientError(Exception):
    """The root of what the client raises."""


class Unreachable(ClientError):
    """Nothing answered at the address."""


class NotSigned(ClientError):
    """A webhook's message is not signed by whom it should be, or not now."""


class Problem(ClientError):
    """The API refused. `detail` says what to do, `errors` which fields are wrong.

    `query` says where a query cannot be read: `position`, `length`, `expected`, `suggestion`.
    """

    def __init__(self, status: int, title: str, detail: str, body: Mapping[str, Any]) -> None:
        super().__init__(detail or f"{status} {title}")
        self.status, self.title, self.detail = status, title, detail
        self.errors: Sequence[Mapping[str, str]] = body.get("errors") or ()
        self.query: Mapping[str, Any] | None = body.get("query")


class Wrong(Problem):
    """What was asked cannot be understood or done (400, 422)."""


class NotAllowed(Problem):
    """The token is wrong or over, or does not give this (401, 403)."""


class NotFound(Problem):
    """There is no such thing, or none that the token's user sees (404)."""


class Conflict(Problem):
    """Its state does not allow this, or somebody else was faster (409)."""


class Changed(Conflict):
    """It changed since the caller saw it (412); get it again and decide."""


class Busy(Problem):
    """Too much was asked for, also after waiting (429)."""


class Unavailable(Problem):
    """Untagged or a store of it is away (5xx)."""


_KINDS: Mapping[int, type[Problem]] = {
    400: Wrong,
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    412: Changed,
    422: Wrong,
    429: Busy,
}
_FAILURE = 500


def problem_of(status: int, body: Mapping[str, Any], *, otherwise: str) -> Problem:
    """The error for an answer; `otherwise` is said where it holds no problem+json."""
    kind = _KINDS.get(status, Unavailable if status >= _FAILURE else Problem)
    title = str(body.get("title", otherwise))
    return kind(status, title, str(body.get("detail", "")) or title, body)

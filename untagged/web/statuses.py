"""Which HTTP status says what kind of error it was."""

from http import HTTPStatus

from mentions.errors import (
    Conflict,
    NotAllowed,
    NotFound,
    SettingsError,
    StoreError,
    TryAgain,
    UntaggedError,
)
from untagged.web.doors import LoginNeeded

_STATUS: dict[type[UntaggedError], HTTPStatus] = {
    LoginNeeded: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    TryAgain: HTTPStatus.SERVICE_UNAVAILABLE,
    StoreError: HTTPStatus.INTERNAL_SERVER_ERROR,
    SettingsError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def status_of(error: Exception) -> HTTPStatus:
    """The status of one of our errors; what is refused for its content is a bad request."""
    for kind, status in _STATUS.items():
        if isinstance(error, kind):
            return status
    return HTTPStatus.BAD_REQUEST

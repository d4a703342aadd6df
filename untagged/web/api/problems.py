"""Errors of the API as problem+json: what happened, where, and what to do.

https://www.rfc-editor.org/rfc/rfc9457
"""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from mentions.errors import Outdated, QueryError, TryAgain, UntaggedError
from untagged.web.statuses import status_of

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 10
"""When to come back where the error does not know."""


class Place(BaseModel):
    """Where in the request something is wrong, and what."""

    at: str
    message: str


class QueryPlace(BaseModel):
    """Where in the query the error is: characters from `position` on, and what would do."""

    query: str
    position: int
    length: int
    expected: str
    suggestion: str


class Problem(BaseModel):
    """An error. `detail` says what to do; `errors` and `query` point at the places."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    errors: list[Place] | None = None
    query: QueryPlace | None = None


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that an operation may answer with, for its description."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in sorted({*statuses, *ALWAYS})
    }


ALWAYS = (400, 401, 403, 422, 429, 503)
"""Every operation may be asked wrongly, by nobody known, by who may not, too often, or while a
store is away."""


def answer_with_problems(app: FastAPI) -> None:
    """Make every error of the application a problem."""
    app.add_exception_handler(UntaggedError, _ours)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _of_the_framework)


def problem(
    request: Request,
    status: int,
    detail: str,
    *,
    errors: list[Place] | None = None,
    query: QueryPlace | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The answer for an error."""
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.url.path,
        errors=errors,
        query=query,
    )
    content = body.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, status, headers=headers, media_type=MEDIA_TYPE)


async def _ours(request: Request, error: Exception) -> Response:
    is_refused = isinstance(error, Outdated) and "if-match" in request.headers
    status = HTTPStatus.PRECONDITION_FAILED if is_refused else status_of(error)
    place = None
    if isinstance(error, QueryError):
        names = ("query", "position", "length", "expected", "suggestion")
        place = QueryPlace(**{name: getattr(error, name) for name in names})
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    if isinstance(error, TryAgain):
        headers = {"Retry-After": str(int(error.after_seconds or RETRY_SECONDS))}
    return problem(request, status, str(error), query=place, headers=headers)


async def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # what it is registered for
    places = [
        Place(
            at=".".join(str(part) for part in one["loc"]),
            message=one["msg"].removeprefix("Value error, "),
        )
        for one in error.errors()
    ]
    said = "; ".join(f"{place.at}: {place.message}" for place in places)
    return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, said, errors=places)


async def _of_the_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # what it is registered for
    headers = dict(error.headers) if error.headers else None
    return problem(request, error.status_code, str(error.detail), headers=headers)

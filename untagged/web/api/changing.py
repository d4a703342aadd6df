"""How a case is changed through the API: at the version that was seen, if one is named."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from cases import desk
from cases.ledger import refuse_outdated
from mentions.numbers import MAX_NUMBER
from untagged.web.api.answering import Operation, answered, version_in
from untagged.web.api.problems import documented
from untagged.web.api.shapes import CaseFileShape
from untagged.web.doors import needs
from untagged.web.page import agent_of, clock_now, pipeline_of

Number = Annotated[int, Path(ge=1, le=MAX_NUMBER)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Show = Callable[[Request, int], Response]


def change(
    router: APIRouter, path: str, summary: str, *, model: type[BaseModel] = CaseFileShape
) -> Callable[[Operation], Operation]:
    """The decorator of an operation that changes a case and answers in the shape of `model`."""
    return router.post(
        path,
        dependencies=[needs("work")],
        summary=summary,
        response_model=model,
        responses=documented(404, 409, 412),
    )


def case_file(request: Request, number: int) -> Response:
    """All of a case."""
    with pipeline_of(request).read() as connection:
        file = desk.show_case(connection, number)
    return answered(request, file.to_json(), version=file.case.version)


def changed(
    request: Request,
    number: int,
    if_match: str | None,
    do: Callable[..., Any],
    *,
    show: Show = case_file,
    **said: Any,
) -> Response:
    """Do it in a transaction, given the version that If-Match names; then `show` the case."""
    version = version_in(if_match)
    who = {"now": clock_now(), "actor": agent_of(request)}
    with pipeline_of(request).begin() as connection:
        do(connection, number, version=version, **{**who, **said})
    return show(request, number)


def hold(connection: Any, number: int, version: int | None) -> None:
    """Lock the case at that version, for what takes none itself. Raises NotFound, Outdated."""
    refuse_outdated(desk.read_case(connection, number, for_change=True), version)

"""How a case is changed through the API: at the version that was seen, if one is named."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Path, Request, Response
from pydantic import Field

from cases import desk
from cases.ledger import refuse_outdated
from mentions.numbers import MAX_NUMBER
from untagged.web.api.answering import answered, version_in
from untagged.web.api.problems import documented
from untagged.web.page import agent_of, clock_now, pipeline_of

Number = Annotated[int, Path(ge=1, le=MAX_NUMBER)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
CHANGES = documented(404, 409, 412)
Show = Callable[[Request, int], Response]


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

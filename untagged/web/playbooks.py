"""The playbook of a case on its page: what to do, ticked off."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from cases import desk
from untagged.web.doors import needs
from untagged.web.page import agent_of, clock_now, pipeline_of

router = APIRouter()


@router.post("/cases/{number}/steps/{step}", dependencies=[needs("work")])
def tick(
    request: Request,
    number: int,
    step: int,
    done: Annotated[bool, Form()],
    seen: Annotated[str, Form()] = "",
) -> Response:
    """Say that a step is done, or not yet."""
    with pipeline_of(request).begin() as connection:
        desk.tick(
            connection,
            number,
            step,
            is_done=done,
            seen=seen,
            now=clock_now(),
            actor=agent_of(request),
        )
    return RedirectResponse(f"/cases/{number}#playbook", status_code=303)

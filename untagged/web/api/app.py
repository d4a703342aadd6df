"""The API: the cockpit's things as JSON under `/api/v1`, described at `/api/v1/openapi.json`."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute

from untagged.pipeline import Pipeline
from untagged.web.api import (
    alerts,
    cases,
    corrections,
    digests,
    incidents,
    listening,
    mentions,
    requests,
    teamwork,
    webhooks,
)
from untagged.web.api.pace import Pace
from untagged.web.api.problems import Problem, answer_with_problems

PREFIX = "/api/v1"
ABOUT = """Listings answer `{"items": [...], "next": cursor}`; ask with `cursor` for the next page.
Answers carry an ETag: send it as `If-None-Match` to be told whether anything changed, and as
`If-Match` with a change to be refused (412) if somebody else was faster. Errors are problem+json
(RFC 9457) whose `detail` says what to do. Times are ISO 8601 in UTC."""


def create_api(pipeline: Pipeline) -> FastAPI:
    """The API over an open pipeline, to be mounted at PREFIX."""
    api = FastAPI(
        title="Untagged",
        version="1",
        description=ABOUT,
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    api.state.pipeline = pipeline
    api.middleware("http")(Pace(_caller, pipeline.settings.cockpit.requests_per_minute))
    answer_with_problems(api)
    for room in (
        *(mentions, corrections, listening, alerts, incidents, cases, teamwork),
        *(digests, requests, webhooks),
    ):
        api.include_router(room.router)
    api.openapi = lambda: _described(api)  # type: ignore[method-assign]  # as FastAPI's documentation has it
    return api


def _operation_id(route: APIRoute) -> str:
    return f"{route.tags[0]}_{route.name.strip('_')}"


def _caller(request: Request) -> str:
    return request.client.host if request.client else ""


def _described(api: FastAPI) -> dict[str, Any]:
    """The description, with the shape of our errors in place of the framework's."""
    if api.openapi_schema is None:
        described = FastAPI.openapi(api)
        shapes = described["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            shapes.pop(unused, None)
        made = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        shapes.update(made.pop("$defs"))
        shapes["Problem"] = made
        described["servers"] = [{"url": PREFIX}]
        api.openapi_schema = described
    return api.openapi_schema

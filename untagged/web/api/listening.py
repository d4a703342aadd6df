"""`/brands`, `/sources`, `/spikes`: what is listened for, where, and what stood out."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from mentions.errors import NotFound, UntaggedError
from mentions.series import Spike
from untagged.web.api.answering import TAGGED, Moment, answered, page_of, window
from untagged.web.api.problems import documented
from untagged.web.api.shapes import page_shape
from untagged.web.doors import needs
from untagged.web.page import clock_now, pipeline_of
from untagged.web.visitor import scope_of

router = APIRouter(tags=["listening"])
LONGEST_LOOK = timedelta(days=92)


class BrandShape(BaseModel):
    """What is listened for."""

    name: str
    query: str
    handles: list[str]
    sectors: list[str]


class SourceShape(BaseModel):
    """How a source is doing; `why` says it in a sentence."""

    source: str
    spider: str
    state: str
    why: str
    last_run_at: datetime | None
    last_success_at: datetime | None
    last_post_at: datetime | None
    newest_post_at: datetime | None
    lag_seconds: int | None
    posts_last_day: int
    usual_per_day: float | None
    failed_share: float | None
    next_run_at: datetime | None
    silent_since: datetime | None
    hubs: list[str]
    quota_left: int | None
    quota_of: int | None
    backfill: dict[str, Any] | None


class SpikeShape(BaseModel):
    """A stretch that a series' own history does not explain; `ended_at` is null while it lasts."""

    brand: str
    signal: str
    started_at: datetime
    ended_at: datetime | None
    observed: float
    expected: float
    score: float
    reason: str


@router.get(
    "/brands",
    dependencies=[needs("look")],
    summary="Brands that are listened for",
    response_model=page_shape("BrandPage", BrandShape),
    responses={**TAGGED, **documented()},
)
def brands(request: Request) -> Response:
    """As the settings have them."""
    known = [
        {
            "name": brand.name,
            "query": brand.query,
            "handles": list(brand.handles),
            "sectors": list(brand.sectors),
        }
        for brand in pipeline_of(request).settings.brands
        if scope_of(request).has_brand(brand.name)
    ]
    return answered(request, page_of(known, None))


@router.get(
    "/sources",
    dependencies=[needs("look")],
    summary="Sources and how they are doing",
    response_model=page_shape("SourcePage", SourceShape),
    responses={**TAGGED, **documented()},
)
def sources(request: Request) -> Response:
    """What `untagged sources` says."""
    now = clock_now()
    heard = [one.to_json(now) for one in pipeline_of(request).sources(now=now)]
    return answered(request, page_of(heard, None))


@router.get(
    "/spikes",
    dependencies=[needs("look")],
    summary="What stood out",
    response_model=page_shape("SpikePage", SpikeShape),
    responses={**TAGGED, **documented(404)},
)
def spikes(
    request: Request,
    *,
    brand: Annotated[str | None, Query(max_length=200)] = None,
    since: Annotated[Moment | None, Query()] = None,
    until: Annotated[Moment | None, Query()] = None,
) -> Response:
    """Of every brand and signal that the rules watch; the last week by default."""
    start, end = window(since, until)
    if end - start > LONGEST_LOOK:
        raise UntaggedError("spikes are looked for in at most 92 days; ask for less")
    scope = scope_of(request)
    if brand is not None and scope.brands is not None and brand not in scope.brands:
        names = ", ".join(sorted(scope.brands))
        raise NotFound(f"there is no brand {brand!r}; the settings have {names}")
    found = pipeline_of(request).spikes(brand=brand, since=start, until=end)
    seen = [_spike(one) for one in found if scope.has_brand(one.brand)]
    return answered(request, page_of(seen, None))


def _spike(spike: Spike) -> dict[str, Any]:
    plain = ("brand", "signal", "observed", "expected", "score", "reason")
    return {
        **{name: getattr(spike, name) for name in plain},
        "started_at": spike.started_at.isoformat(),
        "ended_at": spike.ended_at.isoformat() if spike.ended_at else None,
    }

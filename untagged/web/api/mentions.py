"""`/mentions` and `/series`: the posts themselves, and how many there are over time."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

from mentions.errors import NotFound, UntaggedError
from mentions.query.parser import parse_query
from mentions.query.tree import Query as Parsed
from mentions.store import FACET_FIELDS, SPLIT_FIELDS, SortBy
from untagged.web.api.answering import MAX_LIMIT, TAGGED, Moment, Span, answered, page_of, window
from untagged.web.api.problems import documented
from untagged.web.api.shapes import MentionShape, page_shape
from untagged.web.doors import needs
from untagged.web.page import clock_now
from untagged.web.seen_store import seen_store

router = APIRouter(tags=["mentions"])
MAX_BUCKETS = 10_000
MAX_QUERY_CHARACTERS = 10_000

Facet = Literal[FACET_FIELDS]  # type: ignore[valid-type]  # the store's own list
Split = Literal[SPLIT_FIELDS]  # type: ignore[valid-type]  # the store's own list
Asked = Annotated[
    str,
    Query(
        max_length=MAX_QUERY_CHARACTERS,
        description="In the query language of docs/query-language.md; * is everything.",
    ),
]
Since = Annotated[Moment | None, Query(description="From then on, such as now-7d.")]
Until = Annotated[Moment | None, Query(description="Until then, excluded.")]


class Count(BaseModel):
    """How many of the matches have a value."""

    value: str
    mentions: int


class Series(BaseModel):
    """Counts per bucket from `start` on; `split` has them for each value asked for."""

    start: datetime
    bucket_seconds: float
    mentions: list[int]
    authors: list[int]
    split: dict[str, list[int]]


MentionPage = page_shape("MentionPage", MentionShape, total=int, facets=dict[str, list[Count]])


@router.get(
    "/mentions",
    dependencies=[needs("look")],
    summary="Search mentions",
    response_model=MentionPage,
    responses={**TAGGED, **documented()},
)
def search(
    request: Request,
    *,
    q: Asked = "*",
    since: Since = None,
    until: Until = None,
    sort: SortBy = "published",
    facet: Annotated[list[Facet], Query(max_length=len(FACET_FIELDS))] = [],  # noqa: B006  # FastAPI copies it
    limit: Annotated[int, Query(ge=0, le=MAX_LIMIT)] = 50,
    cursor: Annotated[str | None, Query(max_length=1_000)] = None,
) -> Response:
    """The newest first, or as `sort` says; `total` is exact. `limit` 0 asks for counts alone."""
    query = _parsed(q)
    try:
        page = seen_store(request).search(
            query,
            since=since,
            until=until,
            sort=sort,
            limit=limit,
            cursor=cursor,
            facets=tuple(dict.fromkeys(facet)),
        )
    except ValueError as error:
        raise UntaggedError(f"{error}; begin again without a cursor") from error
    facets = {
        name: [{"value": value, "mentions": number} for value, number in counts]
        for name, counts in page.facets.items()
    }
    items = [mention.to_json() for mention in page.mentions]
    return answered(request, page_of(items, page.cursor, total=page.total, facets=facets))


@router.get(
    "/mentions/{mention_id:path}",
    dependencies=[needs("look")],
    summary="One mention",
    response_model=MentionShape,
    responses={**TAGGED, **documented(404)},
)
def mention(
    request: Request, mention_id: Annotated[str, Path(min_length=1, max_length=2_000)]
) -> Response:
    """What was collected and what was read in it, each with its reason."""
    found = seen_store(request).get(mention_id)
    if found is None:
        raise NotFound(f"there is no mention {mention_id}; it may have been deleted")
    return answered(request, found.to_json())


@router.get(
    "/series",
    dependencies=[needs("look")],
    summary="Count mentions over time",
    response_model=Series,
    responses={**TAGGED, **documented()},
)
def series(
    request: Request,
    *,
    q: Asked = "*",
    since: Since = None,
    until: Until = None,
    bucket: Annotated[Span, Query()] = timedelta(hours=1),
    by: Annotated[Split | None, Query(description="Count each value by itself as well.")] = None,
) -> Response:
    """Mentions and distinct authors per bucket, empty buckets as zero; the last week by default."""
    query, store = _parsed(q), seen_store(request)
    start, end = window(since, until)
    _refuse_many(start, end, bucket)
    counts = store.series(query, since=start, until=end, bucket=bucket)
    split: dict[str, Any] = {}
    if by is not None:
        split = store.split_series(query, by=by, since=start, until=end, bucket=bucket)
    return answered(
        request,
        {
            "start": counts.start.isoformat(),
            "bucket_seconds": counts.bucket.total_seconds(),
            "mentions": list(counts.posts),
            "authors": list(counts.authors),
            "split": {value: list(numbers) for value, numbers in split.items()},
        },
    )


def _parsed(q: str) -> Parsed:
    return parse_query(q.strip() or "*", now=clock_now())


def _refuse_many(since: datetime, until: datetime, bucket: timedelta) -> None:
    buckets = (until - since) / bucket
    if buckets > MAX_BUCKETS:
        raise UntaggedError(
            f"{buckets:,.0f} buckets are more than {MAX_BUCKETS:,}; ask for larger or fewer ones"
        )

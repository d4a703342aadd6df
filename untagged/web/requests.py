"""Requests: what people ask for, report and leave for, entry by entry, and what becomes of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from alerts.digests.entries import book
from alerts.digests.entries.entry import KINDS, STATUSES, KnownEntry, read_status
from alerts.digests.entries.judging import MOST_MOVED
from mentions.errors import UntaggedError
from untagged.digests import deciding
from untagged.digests.likeness import likeness_in_use
from untagged.digests.showing import PAGE, show_entry
from untagged.web.doors import needs
from untagged.web.page import agent_of, clock_now, link, pipeline_of, render
from untagged.web.seen import refuse_unseen_entry
from untagged.web.visitor import scope_of

router = APIRouter()
LIVING = tuple(one for one in STATUSES if one != "not_a_request")
"""What a list shows unless it is asked for something else."""
AT_ONCE = 200
"""Entries on a page, those that most people asked for."""
OFFERED = 30
"""Entries to merge with or to move a post to; any other is typed."""
EntryId = Annotated[str, Path(max_length=40)]


@router.get("/requests", dependencies=[needs("look")])
def listed(request: Request, kind: str = KINDS[0], status: str = "", brand: str = "") -> Response:
    """Entries of one kind, those that most people asked for first."""
    if kind not in KINDS:
        raise UntaggedError(f"{kind[:40]!r} is no kind of entry; there are {', '.join(KINDS)}")
    scope = scope_of(request)
    wanted = None if scope.brands is None else set(scope.brands)
    if brand:
        wanted = {brand} if scope.has_brand(brand) else set()
    with pipeline_of(request).read() as connection:
        found = book.list_entries(
            connection,
            kinds=[kind],
            statuses=[read_status(status)] if status else LIVING,
            brands=wanted,
            limit=AT_ONCE + 1,
        )
    context = {
        "found": found[:AT_ONCE],
        "more": len(found) > AT_ONCE,
        "kind": kind,
        "kinds": KINDS,
        "status": status,
        "statuses": STATUSES,
        "brand": brand,
    }
    return render(request, "requests.html", context)


@router.get("/requests/{entry}", dependencies=[needs("look")])
def show(
    request: Request, entry: EntryId, skip: Annotated[int, Query(ge=0, le=1_000_000)] = 0
) -> Response:
    """Who asked, in which words and where; what became of it."""
    pipeline = pipeline_of(request)
    file = show_entry(pipeline, entry, skip=skip)
    one = file.entry
    with pipeline.read() as connection:
        others = book.list_entries(
            connection, kinds=[one.kind], brands=[one.brand], statuses=LIVING, limit=OFFERED + 1
        )
    context = {
        "file": file,
        "entry": one,
        "asked": entry,
        "others": [other.entry for other in others if other.entry.id != one.id][:OFFERED],
        "statuses": STATUSES,
        "skip": skip,
        "newer": link(f"/requests/{one.id}", skip=skip - PAGE) if skip >= PAGE else "",
        "older": link(f"/requests/{one.id}", skip=skip + PAGE) if file.more else "",
    }
    return render(request, "request.html", context)


@router.post("/requests/{entry}", dependencies=[needs("correct")])
def decide(
    request: Request,
    entry: EntryId,
    *,
    do: Annotated[str, Form()],
    to: Annotated[str, Form(max_length=40)] = "",
    note: Annotated[str, Form()] = "",
    version: Annotated[int | None, Form()] = None,
    post: Annotated[list[str], Form(max_length=MOST_MOVED)] = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """Its status, another entry that is the same, posts that belong elsewhere."""
    pipeline = pipeline_of(request)
    by: dict[str, Any] = {"who": agent_of(request), "now": clock_now()}
    if do in ("merge", "move") and to.strip().casefold() != deciding.NEW:
        with pipeline.read() as connection:
            refuse_unseen_entry(connection, to, scope_of(request))
    match do:
        case "mark":
            status = read_status(to)
            one = deciding.mark(pipeline, entry, status, note=note, version=version, **by)
        case "merge":
            one = deciding.merge(pipeline, entry, to, **by)
        case "move":
            one = _moved(request, entry, post, to, by)
        case _:
            raise UntaggedError(f"{do!r} is nothing that one can do with an entry")
    return RedirectResponse(f"/requests/{one.id}", status_code=303)


def _moved(
    request: Request, entry: str, posts: list[str], to: str, by: dict[str, Any]
) -> KnownEntry:
    if not posts:
        raise UntaggedError("No post is ticked, so nothing was moved. Go back and tick some.")
    return deciding.move(pipeline_of(request), entry, posts, to, likeness_in_use(), **by)

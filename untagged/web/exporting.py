"""What a search found as a file that the browser saves."""

from collections.abc import Iterator
from itertools import islice
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from mentions.errors import UntaggedError
from mentions.query.parser import parse_query
from untagged.exporting import csv_text, json_lines
from untagged.web.asked import AskedOf
from untagged.web.doors import needs
from untagged.web.page import clock_now
from untagged.web.seen_store import seen_store

router = APIRouter()
MOST_ROWS = 100_000
"""What a spreadsheet still opens with ease; `untagged export` writes any number."""
MEDIA = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


@router.get("/search/export", dependencies=[needs("export")])
def export(
    request: Request,
    asked: AskedOf,
    *,
    form: Literal["csv", "jsonl"] = "csv",
    bom: bool = False,
) -> StreamingResponse:
    """The matches, oldest first, at most MOST_ROWS. `bom` is for spreadsheets that ask for one."""
    now = clock_now()
    query = parse_query(asked.text, now=now)
    if asked.wrong:
        raise UntaggedError(asked.wrong)
    found = islice(seen_store(request).iterate(query, **asked.window), MOST_ROWS)
    pieces: Iterator[str] = csv_text(found, bom=bom) if form == "csv" else json_lines(found)
    name = f"untagged-{now:%Y-%m-%d}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(pieces, media_type=MEDIA[form], headers=headers)

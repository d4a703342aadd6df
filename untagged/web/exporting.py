"""What a search found as a file that the browser saves."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response, StreamingResponse
from starlette.background import BackgroundTask

from mentions.errors import TryAgain, UntaggedError
from mentions.mention import Mention
from mentions.query.parser import parse_query
from untagged.exporting import Format, csv_text, json_lines, write_file
from untagged.web.asked import AskedOf
from untagged.web.doors import needs
from untagged.web.page import clock_now
from untagged.web.seen_store import seen_store

router = APIRouter()
MOST_ROWS = 100_000
"""What a spreadsheet still opens with ease; `untagged export` writes any number."""
MEDIA: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "hyper": "application/octet-stream",
}
PATIENCE_SECONDS = 20.0
"""How long one waits for another's file; who waits takes up a thread that pages need, too."""
_one_at_a_time = Lock()
"""Held while a whole file is made: Hyper takes a process of its own, Arrow some 60 MB."""


@router.get("/search/export", dependencies=[needs("export")])
def export(
    request: Request,
    asked: AskedOf,
    *,
    form: Format = "csv",
    bom: bool = False,
) -> Response:
    """The matches, oldest first, at most MOST_ROWS. `bom` is for spreadsheets that ask for one."""
    now = clock_now()
    query = parse_query(asked.text, now=now)
    if asked.wrong:
        raise UntaggedError(asked.wrong)
    found = islice(seen_store(request).iterate(query, **asked.window), MOST_ROWS)
    name = f"untagged-{now:%Y-%m-%d}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    if form in ("parquet", "hyper"):
        return _whole(found, form, headers)
    pieces: Iterator[str] = csv_text(found, bom=bom) if form == "csv" else json_lines(found)
    return StreamingResponse(pieces, media_type=MEDIA[form], headers=headers)


def _whole(found: Iterable[Mention], form: Format, headers: dict[str, str]) -> Response:
    """A file that can only be sent once it is written; it is removed when it was sent.

    Raises TryAgain where another is still being made.
    """
    if not _one_at_a_time.acquire(timeout=PATIENCE_SECONDS):
        raise TryAgain(
            "another file is being made for somebody; try again in a minute, or take csv or jsonl, "
            "which do not wait",
            after_seconds=60,
        )
    try:
        return _sent(found, form, headers)
    finally:
        _one_at_a_time.release()


def _sent(found: Iterable[Mention], form: Format, headers: dict[str, str]) -> Response:
    folder = TemporaryDirectory(prefix="untagged-export-")
    file = Path(folder.name) / f"mentions.{form}"
    try:
        write_file(found, file, form)
    except BaseException:
        folder.cleanup()
        raise
    done = BackgroundTask(folder.cleanup)
    return FileResponse(file, media_type=MEDIA[form], headers=headers, background=done)

"""`untagged export`: what a query finds as a file."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from mentions.errors import QueryError, UntaggedError
from mentions.mention import Mention
from mentions.query.parser import parse_query
from untagged.cli.opened import moment, opened
from untagged.cli.output import tell, utc_now
from untagged.cli.progress import Shown
from untagged.cli.searching import Since, Until
from untagged.exporting import Format, write_file

STEP = 5_000
"""Mentions between two signs of progress: a second's worth."""


def register(app: typer.Typer) -> None:
    """Put the command on the root."""
    app.command()(export)


def export(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="Such as '\"lost bag\" AND sentiment:negative'.")],
    *,
    out: Annotated[Path, typer.Option(help="The file; it is there whole or not at all.")],
    format_: Annotated[Format, typer.Option("--format", help="What it is.")] = "csv",
    since: Since = None,
    until: Until = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many, the oldest.")] = None,
    bom: Annotated[bool, typer.Option("--bom", help="csv: as Excel knows UTF-8 by.")] = False,
) -> None:
    """Write every match to a file, oldest first."""
    now = utc_now()
    begin = moment(since, option="--since", now=now)
    end = moment(until, option="--until", now=now)
    if bom and format_ != "csv":
        raise typer.BadParameter("goes with csv alone", param_hint="--bom")
    try:
        parsed = parse_query(query, now=now)
    except QueryError as error:
        raise UntaggedError(f"{error}\n{error.pointed()}") from error
    with opened(context) as pipeline:
        store = pipeline.store
        total = store.count(parsed, since=begin, until=end)
        counted = _Counted(
            islice(store.iterate(parsed, since=begin, until=end), limit), min(total, limit or total)
        )
        try:
            write_file(counted, out, format_, bom=bom)
        except OSError as error:
            said = f"{out} cannot be written ({error.strerror or error}); choose another place"
            raise UntaggedError(said) from error
    tell(f"{out}: {counted.count:,} mentions")


class _Counted:
    """The mentions, and how many went by, which is shown."""

    def __init__(self, mentions: Iterator[Mention], total: int) -> None:
        self._mentions = mentions
        self._total = total
        self.count = 0

    def __iter__(self) -> Iterator[Mention]:
        with Shown() as shown:
            for mention in self._mentions:
                self.count += 1
                if self.count % STEP == 0:
                    shown.show("exporting", self.count, self._total)
                yield mention

"""How answers are printed: JSON lines for programs, tables for people, complaints apart."""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
Actor = Annotated[str, typer.Option("--as", envvar="USER", help="Who does it, for the audit.")]
WIDE = 120
"""Columns of a terminal that show six of ours, a text among them, side by side."""
FEW_COLUMNS = 4
_OF_ONE = re.compile(r"\A1 ([a-z ]+s)\Z")
WIDEST, LAST, GAPS = 28, 30, 3
"""Of a column before the last, what the last one needs at least, and what stands around each."""

Now = Annotated[
    str | None, typer.Option("--now", help="Act as if it were this time (ISO, UTC without zone).")
]


def utc_now() -> datetime:
    """The one place where the command line reads the clock."""
    return datetime.now(UTC)


def complain(message: str) -> None:
    """To standard error, for people; post text in it stays text."""
    Console(stderr=True, soft_wrap=True).print(Text(f"untagged: {message}", style="red"))


def tell(message: str) -> None:
    """Progress and results in words, to standard error, so that output stays clean."""
    Console(stderr=True, soft_wrap=True).print(Text(message))


def print_json(record: Mapping[str, Any]) -> None:
    """One object on one line, ASCII only: any text survives any terminal and pipe."""
    sys.stdout.write(json.dumps(record, separators=(",", ":"), default=str) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str) -> None:
    """A table for people, the last column the widest. Cells are text, never markup.

    Where the terminal is narrow, all between the first and the last column share one. A title that
    counts, "1 exports", is told as people say it.
    """
    title = _OF_ONE.sub(lambda found: f"1 {_singular(found[1])}", title)
    console = Console()
    said = [[_said(cell) for cell in row] for row in rows]
    if console.width < WIDE and not _fits([columns, *said], console.width):
        columns, *said = [_narrowed(row) for row in (columns, *said)]
    table = Table(title=title, title_justify="left", header_style="bold", expand=True, box=SIMPLE)
    for column in columns[:-1]:
        table.add_column(column, overflow="fold", max_width=WIDEST)
    table.add_column(columns[-1], overflow="fold", ratio=1, min_width=LAST)
    for cells in said:
        table.add_row(*map(Text, cells))
    console.print(table)


def _singular(many: str) -> str:
    return f"{many[: -len('ies')]}y" if many.endswith("ies") else many.removesuffix("s")


def _fits(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether the columns stand beside one another, and the last has the room that it needs."""
    if len(rows[0]) > FEW_COLUMNS:
        return False
    *before, _ = zip(*rows, strict=True)
    needed = sum(min(WIDEST, max(map(len, column))) for column in before)
    return len(before) == 1 or needed + GAPS * len(rows[0]) + LAST <= width


def _narrowed(cells: Sequence[str]) -> list[str]:
    first, *between, last = cells
    return [first, " · ".join(cell for cell in between if cell), last]


def _said(cell: object) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, float):
        return f"{cell:.1f}"
    return str(cell)

"""`untagged exports`: what files of mentions hold, and the ones that come by themselves."""

from typing import Annotated

import typer

from untagged.cli.opened import moment, now_or, opened
from untagged.cli.output import AsJson, Now, complain, print_json, print_table, tell
from untagged.cli.searching import Since, Until
from untagged.export_columns import COLUMNS, SCHEMA

app = typer.Typer(no_args_is_help=True, help="Files of mentions: their schema, and schedules.")


@app.command()
def schema(as_json: AsJson = False) -> None:
    """Every column of CSV, Parquet and Hyper with its type and meaning."""
    columns = [(one.name, one.type, one.meaning) for one in COLUMNS]
    if as_json:
        names = ("column", "type", "meaning")
        said = [dict(zip(names, one, strict=True)) for one in columns]
        print_json({"schema": SCHEMA, "columns": said})
        return
    print_table(("column", "type", "meaning"), columns, title=SCHEMA)


@app.command(name="list")
def list_exports(context: typer.Context, as_json: AsJson = False) -> None:
    """The exports of the settings, and how each is doing; exit 1 where one fails."""
    with opened(context) as pipeline:
        found = pipeline.exports.doing()
    if as_json:
        for one in found:
            print_json(one.to_json())
    else:
        rows = [
            (
                *(one.plan.name, one.plan.format, one.plan.every, one.parts, one.rows),
                f"{one.last_at:%Y-%m-%d %H:%M}" if one.last_at else "never",
                f"{one.failing.path}: {one.failing.error}" if one.failing else "",
            )
            for one in found
        ]
        columns = ("name", "format", "every", "files", "mentions", "last (UTC)", "failing")
        print_table(columns, rows, title=f"{len(rows)} exports")
    if any(one.failing for one in found):
        raise typer.Exit(1)


@app.command()
def run(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="One export; else all that are due.")] = None,
    *,
    since: Since = None,
    until: Until = None,
    now: Now = None,
) -> None:
    """Bring out what is due, or write the closed files of one export once more, such as after an
    erasure: `untagged exports run lake --since 7d`."""
    at = now_or(now)
    begin = moment(since, option="--since", now=at)
    end = moment(until, option="--until", now=at) or at
    if begin is not None and name is None:
        raise typer.BadParameter("goes with the name of one export", param_hint="--since")
    with opened(context) as pipeline:
        exports = pipeline.exports
        if name is None or begin is None:
            done = exports.due(now=at, name=name)
        else:
            done = list(exports.again(name, since=begin, until=end, now=at))
    if not done:
        tell("nothing is due" if begin is None else "no file is closed in that time")
    for part in done:
        if part.error:
            complain(f"{part.path}: {part.error}")
        else:
            what = "written" if part.written_at == at else "unchanged"
            tell(f"{part.path}: {part.rows:,} mentions, {what}")
    if any(part.error for part in done):
        raise typer.Exit(1)

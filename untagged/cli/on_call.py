"""`untagged on-call`: who is told by each schedule, now or then."""

from typing import Annotated

import typer

from alerts import calendars
from untagged.cli.opened import moment, opened
from untagged.cli.output import AsJson, print_json, print_table, utc_now
from untagged.duty import duty


def register(app: typer.Typer) -> None:
    """Put this command on the root."""
    app.command(name="on-call")(on_call)


def on_call(
    context: typer.Context,
    *,
    at: Annotated[str | None, typer.Option(help="At this time (ISO, UTC without zone).")] = None,
    as_json: AsJson = False,
) -> None:
    """Who is on call by each schedule, until when, and through which channels."""
    now = utc_now()
    then = moment(at, option="--at", now=now) or now
    with opened(context) as pipeline:
        settings = pipeline.settings
        calendars.refresh(pipeline.begin, settings.on_call, now=now)
        with pipeline.read() as connection:
            found = [duty(connection, settings, one, then) for one in settings.on_call]
    if as_json:
        for each in found:
            print_json(each.to_json())
        return
    rows = [
        (
            each.schedule,
            ", ".join(each.agents) or "nobody",
            each.until,
            ", ".join(each.channels) or "no channel",
            each.problem,
        )
        for each in found
    ]
    columns = ("schedule", "on call", "until (UTC)", "told through", "problem")
    print_table(columns, rows, title=f"on call at {then:%Y-%m-%d %H:%M} UTC")

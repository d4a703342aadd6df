"""`untagged on-call` and `untagged escalations`: who is told now or then, and who comes next."""

from typing import Annotated

import typer

from alerts import calendars
from alerts.escalation import Run, list_runs
from untagged.cli.opened import moment, opened
from untagged.cli.output import AsJson, print_json, print_table, utc_now
from untagged.duty import duty


def register(app: typer.Typer) -> None:
    """Put these commands on the root."""
    app.command(name="on-call")(on_call)
    app.command()(escalations)


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


def escalations(
    context: typer.Context,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Ended ones, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Chains at work for alerts that nobody acknowledged, and what they did."""
    with opened(context) as pipeline, pipeline.read() as connection:
        found = list_runs(connection, only_running=not everything, limit=limit)
    if as_json:
        for run in found:
            print_json(run.to_json())
        return
    rows = [(run.alert_id, run.chain, _place(run), run.due_at, _done(run)) for run in found]
    columns = ("alert", "chain", "stands at", "next (UTC)", "what it did")
    print_table(columns, rows, title=f"{len(rows)} escalations")


def _place(run: Run) -> str:
    return run.ended_by or f"round {run.round + 1}, step {run.step + 1}"


def _done(run: Run) -> str:
    return "; ".join(f"{entry['at'][11:16]} {entry['what']}" for entry in run.log) or run.reason

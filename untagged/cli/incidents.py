"""`untagged incidents …`: the crises, working them, and the report afterwards."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from alerts import incident_life as life
from alerts.incident_listing import list_incidents, show_incident
from alerts.incident_log import WORDS
from alerts.tables import INCIDENT_OPEN
from cases import desk
from mentions.numbers import MAX_NUMBER
from untagged.cli.opened import moment, now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell
from untagged.incidents.report import MOST_CASES, incident_report
from untagged.incidents.report_text import markdown, report_json, status_text

app = typer.Typer(help="The crises, each under one owner.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(max=MAX_NUMBER, help="The incident's number.")]


class Format(StrEnum):
    """What a report is written as."""

    MD = "md"
    HTML = "html"
    JSON = "json"


@app.command(name="list")
def list_(
    context: typer.Context,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    brand: Annotated[str | None, typer.Option()] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Incidents, newest first; those that are over only with --all."""
    statuses = () if everything else INCIDENT_OPEN
    with opened(context) as pipeline, pipeline.read() as connection:
        found = list_incidents(connection, statuses=statuses, brand=brand, limit=limit)
    if as_json:
        for incident in found:
            print_json(incident.to_json())
        return
    rows = [
        (one.id, one.began_at, one.status, one.severity, one.brand, one.owner or "–", one.title)
        for one in found
    ]
    columns = ("incident", "since (UTC)", "status", "severity", "brand", "owner", "what")
    print_table(columns, rows, title=f"{len(rows)} incidents")


@app.command()
def show(
    context: typer.Context, incident: Number, *, now: Now = None, as_json: AsJson = False
) -> None:
    """One incident: its status in words, its alerts, cases and log."""
    at = now_or(now)
    with opened(context) as pipeline, pipeline.read() as connection:
        file = show_incident(connection, incident)
        cases = desk.list_cases(connection, ids=file.case_ids, limit=MOST_CASES)
    if as_json:
        print_json(file.to_json())
        return
    typer.echo(status_text(file, now=at))
    fired = [(a.id, a.started_at, a.status, a.kind, a.reason) for a in file.alerts]
    print_table(("alert", "since (UTC)", "status", "kind", "reason"), fired, title="alerts")
    worked = [(c.id, c.status, c.agent or "–", str(desk.clock(c, at)), c.excerpt) for c in cases]
    print_table(("case", "status", "agent", "clock", "what was said"), worked, title="cases")
    log = [(one.at, one.who, f"{WORDS[one.what]} {one.text}".strip()) for one in file.log]
    print_table(("at (UTC)", "by", "what"), log, title="log")


@app.command()
def status(context: typer.Context, incident: Number, *, now: Now = None) -> None:
    """What colleagues may know, in a few lines to paste."""
    with opened(context) as pipeline, pipeline.read() as connection:
        file = show_incident(connection, incident)
    typer.echo(status_text(file, now=now_or(now)), nl=False)


@app.command()
def ack(context: typer.Context, incident: Number, *, actor: Actor = "cli", now: Now = None) -> None:
    """Take it on: you are its owner, and its alerts are not repeated any more."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        life.acknowledge(connection, incident, who=actor, now=now_or(now))
    tell(f"incident {incident} is acknowledged by {actor}")


@app.command()
def note(
    context: typer.Context,
    incident: Number,
    text: Annotated[str, typer.Argument(help="For the log.")],
    *,
    shared: Annotated[bool, typer.Option("--shared", help="On the status page, too.")] = False,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Write in the log."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        life.note(connection, incident, text, who=actor, now=now_or(now), is_shared=shared)
    tell(f"incident {incident}: noted")


@app.command()
def state(
    context: typer.Context,
    incident: Number,
    text: Annotated[str, typer.Argument(help="What anybody may say in public.")],
    *,
    next_update: Annotated[
        str | None, typer.Option(help="When colleagues hear more, such as now+1h.")
    ] = None,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Say what we say in public; earlier wordings stay in the log."""
    at = now_or(now)
    ahead = moment(next_update, option="--next-update", now=at)
    with opened(context) as pipeline, pipeline.begin() as connection:
        life.state(connection, incident, text, who=actor, now=at)
        if ahead is not None:
            life.promise_update(connection, incident, ahead, who=actor, now=at)
    tell(f"incident {incident}: the statement is changed")


@app.command()
def assign(
    context: typer.Context,
    incident: Number,
    owner: Annotated[str, typer.Argument(help="An agent, or anybody's name.")],
    *,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Hand it over."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        life.assign(connection, incident, owner, who=actor, now=now_or(now))
    tell(f"incident {incident} is with {owner}")


@app.command()
def severity(
    context: typer.Context,
    incident: Number,
    level: Annotated[int, typer.Argument(min=1, max=4, help="1 is worst, 4 is mild.")],
    *,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Say how bad it is; from then on no alert changes it."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        life.set_severity(connection, incident, level, who=actor, now=now_or(now))
    tell(f"incident {incident} has severity {level}")


@app.command()
def resolve(
    context: typer.Context,
    incident: Number,
    *,
    false_alarm: Annotated[
        bool, typer.Option("--false-alarm", help="There was nothing; counts against the rule.")
    ] = False,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """It is over; its alerts are closed until their causes begin anew."""
    at = now_or(now)
    with opened(context) as pipeline, pipeline.begin() as connection:
        if false_alarm:
            life.judge(connection, incident, is_false_alarm=True, who=actor, now=at)
        else:
            life.resolve(connection, incident, who=actor, now=at)
    tell(f"incident {incident} {'was a false alarm' if false_alarm else 'is resolved'}")


@app.command()
def reopen(
    context: typer.Context, incident: Number, *, actor: Actor = "cli", now: Now = None
) -> None:
    """It goes on after all."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        life.reopen_by_hand(connection, incident, who=actor, now=now_or(now))
    tell(f"incident {incident} is open again")


@app.command()
def merge(
    context: typer.Context,
    incident: Number,
    into: Annotated[int, typer.Argument(max=MAX_NUMBER, help="The incident that goes on.")],
    *,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Make two incidents one; both logs are kept."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        life.merge(connection, incident, into=into, who=actor, now=now_or(now))
    tell(f"incident {incident} was merged into incident {into}")


@app.command()
def report(
    context: typer.Context,
    incident: Number,
    *,
    form: Annotated[Format, typer.Option("--format", help="What it is written as.")] = Format.MD,
    as_json: AsJson = False,
    now: Now = None,
) -> None:
    """The after-report, to standard output: what happened, how fast we were, who was told."""
    at = now_or(now)
    with opened(context) as pipeline:
        made = incident_report(incident, store=pipeline.store, read=pipeline.read, now=at)
    if as_json or form is Format.JSON:
        print_json(report_json(made))
    elif form is Format.MD:
        sys.stdout.write(markdown(made))
    else:
        # The drawing library takes a second to load; nobody else waits for it.
        from untagged.web.incident_document import report_document  # noqa: PLC0415  # see above

        sys.stdout.write(report_document(made))

"""`untagged alerts …`: what fired, taking it on, keeping it quiet for a while."""

from typing import Annotated

import typer

from alerts import book
from alerts.rules import KINDS
from alerts.silences import silence as keep_quiet
from alerts.tables import OPEN
from mentions.times import parse_duration
from untagged.cli.opened import now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell

app = typer.Typer(help="What the rules found.", no_args_is_help=True)


@app.command(name="list")
def list_(
    context: typer.Context,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Resolved ones, too.")] = False,
    kind: Annotated[list[str] | None, typer.Option(help=f"Of these: {', '.join(KINDS)}.")] = None,
    brand: Annotated[str | None, typer.Option()] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Alerts, newest first; those that are over only with --all."""
    with opened(context) as pipeline, pipeline.read() as connection:
        found = book.list_alerts(
            connection,
            statuses=() if everything else OPEN,
            kinds=kind or (),
            brand=brand,
            limit=limit,
        )
    if as_json:
        for alert in found:
            print_json(alert.to_json())
        return
    rows = [(a.id, a.started_at, a.status, a.severity, a.brand, a.rule, a.reason) for a in found]
    columns = ("alert", "since (UTC)", "status", "severity", "brand", "rule", "reason")
    print_table(columns, rows, title=f"{len(rows)} alerts")


@app.command()
def ack(
    context: typer.Context,
    alert: Annotated[int, typer.Argument(help="The alert's number.")],
    *,
    note: Annotated[str, typer.Option(help="For colleagues.")] = "",
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Take an alert on: it is not repeated any more."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        book.acknowledge(connection, alert, who=actor, note=note, now=now_or(now))
    tell(f"alert {alert} is acknowledged by {actor}")


@app.command()
def silence(
    context: typer.Context,
    matcher: Annotated[list[str], typer.Argument(help="Such as brand=Acme rule='negative spike'.")],
    *,
    span: Annotated[str, typer.Option("--for", help="Such as 2h or 1d.")] = "2h",
    comment: Annotated[str, typer.Option(help="Why, for colleagues.")] = "",
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Record what matches, but tell nobody, for a while."""
    pairs = [one.partition("=") for one in matcher]
    if any(not separator for _, separator, _ in pairs):
        raise typer.BadParameter("write matchers as name=value, such as brand=Acme")
    try:
        length = parse_duration(span)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--for") from error
    at = now_or(now)
    with opened(context) as pipeline, pipeline.begin() as connection:
        number = keep_quiet(
            connection,
            matchers={name.strip(): value.strip() for name, _, value in pairs},
            starts_at=at,
            ends_at=at + length,
            author=actor,
            comment=comment,
            now=at,
        )
    tell(f"silence {number} holds until {at + length:%Y-%m-%d %H:%M} UTC")

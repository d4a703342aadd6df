"""`untagged rules …`: what should raise an alert, how often it did, and how often rightly."""

from datetime import timedelta
from typing import Annotated

import typer

from alerts.labels import labels as kept_labels
from alerts.labels import precision, put_label
from untagged.cli.opened import moment, now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell
from untagged.rule_record import rule_records

app = typer.Typer(help="What should raise an alert.", no_args_is_help=True)


@app.command(name="list")
def list_(
    context: typer.Context,
    *,
    days: Annotated[int, typer.Option(min=1, max=400, help="Alerts of so many days.")] = 28,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Every rule of the settings, the alerts it raised, and what people said of them."""
    at = now_or(now)
    with opened(context) as pipeline, pipeline.read() as connection:
        found = rule_records(connection, pipeline.settings.rules, since=at - timedelta(days=days))
    if as_json:
        for one in found:
            print_json(one.to_json())
        return
    rows = [(one.rule.name, one.rule.kind, one.alerts, str(one.precision)) for one in found]
    print_table(("rule", "kind", f"alerts in {days} d", "labels"), rows, title=f"{len(rows)} rules")


@app.command()
def label(
    context: typer.Context,
    rule: Annotated[str, typer.Argument(help="The rule's name.")],
    key: Annotated[str, typer.Argument(help="The alert's key, as `replay --json` prints it.")],
    *,
    at: Annotated[str, typer.Option(help="When it fired.")],
    is_right: Annotated[bool, typer.Option("--right/--wrong", help="Was it?")],
    note: Annotated[str, typer.Option(help="For colleagues.")] = "",
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Say whether an alert was right; a backtest counts it for the rule's precision."""
    when, said_at = moment(at, option="--at", now=now_or(now)), now_or(now)
    if when is None:
        raise typer.BadParameter("say when it fired", param_hint="--at")
    with opened(context) as pipeline, pipeline.begin() as connection:
        put_label(
            connection,
            rule=rule,
            key=key,
            at=when,
            is_right=is_right,
            who=actor,
            note=note,
            now=said_at,
        )
        said = precision(kept_labels(connection, rule=rule))
    tell(f"{rule}: {said}")

"""The root command: which settings, which exit status, and every command's place."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from mentions.errors import UntaggedError
from untagged.cli import (
    alerts,
    cases,
    correcting,
    customers,
    digesting,
    erasing,
    evaluating,
    exporting,
    exports,
    forecasting,
    gathering,
    help_desks,
    incidents,
    knowing,
    linting,
    on_call,
    operating,
    outbox,
    performance,
    playbooks,
    replies,
    requests,
    responding,
    routing,
    rules,
    searching,
    storing,
    teaching,
    teamwork,
    tokens,
    users,
    views,
    webhooks,
)
from untagged.cli.output import complain

app = typer.Typer(
    name="untagged",
    help="Hears what people say about a brand when they do not tag it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for room in (
    operating,
    gathering,
    erasing,
    responding,
    searching,
    linting,
    exporting,
    digesting,
    evaluating,
    teaching,
    on_call,
):
    room.register(app)
performance.register(cases.app)
replies.register(cases.app)
knowing.register(cases.app)
teamwork.register(cases.app)
playbooks.register(cases.app)
app.add_typer(cases.app, name="cases")
app.add_typer(forecasting.app, name="forecast")
app.add_typer(help_desks.app, name="help-desks")
app.add_typer(customers.app, name="customers")
app.add_typer(alerts.app, name="alerts")
app.add_typer(rules.app, name="rules")
app.add_typer(routing.app, name="routing")
app.add_typer(incidents.app, name="incidents")
app.add_typer(requests.app, name="requests")
app.add_typer(outbox.app, name="outbox")
app.add_typer(outbox.channels, name="channels")
app.add_typer(storing.app, name="store")
tokens.register(users.app)
app.add_typer(users.app, name="users")
app.add_typer(correcting.app, name="corrections")
app.add_typer(exports.app, name="exports")
app.add_typer(views.app, name="views")
app.add_typer(webhooks.app, name="webhooks")


@app.callback()
def settings_from(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(help="The settings; else $UNTAGGED_CONFIG, else ./untagged.yaml."),
    ] = None,
) -> None:
    """Hears what people say about a brand when they do not tag it."""
    context.obj = config


def main() -> None:
    """Run a command. Exit 0 done, 1 failed with a message, 2 wrong usage."""
    try:
        app()
    except UntaggedError as error:
        complain(str(error))
        sys.exit(1)
    except BrokenPipeError:
        # `untagged search … | head` closed the pipe; Python would complain once more on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        complain("interrupted; nothing is lost, run it again to go on")
        sys.exit(130)

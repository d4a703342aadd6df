"""`untagged help-desks …`: giving cases to teams that work elsewhere."""

import os
from typing import Annotated

import typer

from cases.help_desks.http import understanding
from cases.help_desks.opening import open_desks
from cases.help_desks.settings import unset_variables
from cases.tickets import Ticket
from mentions.errors import DeliveryDelayed, DeliveryRefused, UntaggedError
from mentions.numbers import MAX_NUMBER
from untagged import handing_over
from untagged.cli.opened import now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell, utc_now
from untagged.settings import load_settings

app = typer.Typer(help="Where cases are handed over to.", no_args_is_help=True)
COLUMNS = ("help desk", "ticket", "there", "address, or what is to be mended")


@app.command(name="hand-over")
def hand_over(
    context: typer.Context,
    case: Annotated[int, typer.Argument(max=MAX_NUMBER, help="The case's number.")],
    desk: Annotated[str, typer.Argument(help="The help desk's name in the settings.")],
    *,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Give a case to a help desk, once; it goes out with the next `respond`."""
    at = now_or(now)
    with opened(context) as pipeline, pipeline.begin() as connection:
        ticket = handing_over.hand_over(
            connection, pipeline.settings, case, desk, now=at, actor=actor
        )
    there = f" as {ticket.number}: {ticket.url}" if ticket.number else ""
    tell(f"case {case} is with {desk}{there}" if ticket.made_at else f"case {case} goes to {desk}")


@app.command(name="list")
def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """The help desks of the settings, and which variables are still to be set."""
    desks = load_settings(context.obj).settings.help_desks
    rows = [
        (desk.name, desk.kind, desk.address, ", ".join(unset_variables(desk, os.environ)))
        for desk in desks
    ]
    columns = ("help desk", "kind", "address", "variables to set")
    if as_json:
        for row in rows:
            print_json(dict(zip(("name", "kind", "address", "missing"), row, strict=True)))
        return
    print_table(columns, rows, title=f"{len(rows)} help desks")


@app.command(name="test")
def test_(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The help desk's name in the settings.")],
) -> None:
    """Try the credentials of a help desk, writing nothing there."""
    settings = load_settings(context.obj).settings
    desk = open_desks([handing_over.find_desk(settings, name)])[name]
    try:
        with understanding(name):
            said = desk.check(now=utc_now())
    except (DeliveryDelayed, DeliveryRefused) as error:
        raise UntaggedError(f"help desk {name} cannot be used yet: {error}") from error
    tell(f"help desk {name}: {said}")


def rows_of(tickets: list[Ticket]) -> list[tuple[object, ...]]:
    """What `cases show` says of a case's tickets."""
    return [
        (one.desk, one.number or "not made yet", one.said or one.status, one.problem or one.url)
        for one in tickets
    ]

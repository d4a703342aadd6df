"""`untagged users token …`: tokens with which programs use the API."""

from typing import Annotated

import typer

from mentions.numbers import MAX_NUMBER
from mentions.times import parse_duration
from untagged.accounts import book, tokens
from untagged.accounts.book import By
from untagged.accounts.roles import MEANING, Permission
from untagged.cli.opened import opened
from untagged.cli.output import Actor, AsJson, print_json, print_table, tell, utc_now

Name = Annotated[str, typer.Argument(metavar="NAME", help="The user whose role and scope it has.")]


def register(app: typer.Typer) -> None:
    """Put these commands beside the others about users."""
    app.command()(token)
    app.command(name="tokens")(list_)
    app.command()(revoke)


def token(
    context: typer.Context,
    name: Name,
    *,
    label: Annotated[str, typer.Option("--for", help="What it is for.")],
    may: Annotated[
        list[str] | None, typer.Option("--may", help="What it gives; looking alone if none.")
    ] = None,
    lasts: Annotated[str, typer.Option("--lasts", help="Such as 90d.")] = "90d",
    actor: Actor = "cli",
) -> None:
    """A new token of the API, printed once."""
    now, given = utc_now(), _known(may or ["look"])
    try:
        ends_at = now + parse_duration(lasts)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(str(error), param_hint="--lasts") from error
    with opened(context) as pipeline, pipeline.begin() as connection:
        user = book.named_user(connection, name)
        made = tokens.make_token(
            connection, user, label=label, may=given, ends_at=ends_at, by=By(actor, now)
        )
    tell(f"a token of {user.name} until {ends_at:%Y-%m-%d} for {', '.join(given)}, shown once:")
    typer.echo(made)


def list_(context: typer.Context, name: Name, *, as_json: AsJson = False) -> None:
    """The tokens of a user, the newest first."""
    with opened(context) as pipeline, pipeline.read() as connection:
        found = tokens.tokens_of(connection, book.named_user(connection, name).id)
    if as_json:
        for one in found:
            times = {"made_at": one.made_at, "ends_at": one.ends_at, "used_at": one.used_at}
            print_json({"token": one.id, "for": one.label, "may": sorted(one.may), **times})
        return
    rows = [
        (one.id, one.ends_at, one.used_at, one.label, ", ".join(sorted(one.may))) for one in found
    ]
    columns = ("token", "ends (UTC)", "last used", "for", "may")
    print_table(columns, rows, title=f"{len(rows)} tokens")


def revoke(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="TOKEN", max=MAX_NUMBER)],
    *,
    actor: Actor = "cli",
) -> None:
    """Take a token back, from now."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        tokens.revoke(connection, number, by=By(actor, utc_now()))
    tell(f"token {number} lets nobody in any more")


def _known(said: list[str]) -> list[Permission]:
    unknown = [one for one in said if one not in MEANING]
    if unknown:
        known = ", ".join(MEANING)
        raise typer.BadParameter(f"{unknown[0]!r} is none of {known}", param_hint="--may")
    return [one for one in MEANING if one in said]

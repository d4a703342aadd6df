"""`untagged erase`: forget an author who asks for it."""

from typing import Annotated

import typer

from untagged import erasing
from untagged.cli.opened import now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell
from untagged.erasing_words import ACCOUNT, accounts, places, refuse_several


def register(app: typer.Typer) -> None:
    """Put the command in its place."""
    app.command()(erase)


def erase(
    context: typer.Context,
    *,
    author: Annotated[str, typer.Option(help="Their handle or id; no display name.")],
    platform: Annotated[str, typer.Option(help="Only there, such as x or mastodon.")] = "",
    source: Annotated[str, typer.Option(help="Only what this source brought.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it; it cannot be undone.")] = False,
    actor: Actor = "cli",
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Erase an author from index, journal, cases, alerts and messages; without --yes only look."""
    wanted = erasing.Wanted(author.strip(), platform, source)
    with opened(context) as pipeline:
        there = erasing.found(pipeline, wanted)
        if yes:
            refuse_several(there)
            erasing.erase(pipeline, there, now=now_or(now), actor=actor)
    if as_json:
        print_json({"author": author, "erased": yes, **there.to_json()})
        return
    print_table(ACCOUNT, accounts(there), title="who that is")
    print_table(("place", "what is there"), places(there), title="where")
    if not there.is_anything:
        tell(
            f"nothing by {author!r} is here; name their handle or id, not what they are called, "
            "and the --source of posts that are older than keep_days"
        )
        return
    tell("erased" if yes else "nothing was changed; --yes erases it, and cannot be undone")

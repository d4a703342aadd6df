"""`untagged erase`: forget an author who asks for it."""

from typing import Annotated

import typer

from mentions.errors import Conflict
from untagged import erasing
from untagged.cli.opened import now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell


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
        platforms = sorted({str(one["platform"]) for one in there.accounts})
        if yes and len(platforms) > 1:
            raise Conflict(
                f"{author!r} is on {', '.join(platforms)}, perhaps not the same person; "
                "add --platform, one at a time"
            )
        if yes:
            erasing.erase(pipeline, there, now=now_or(now), actor=actor)
    if as_json:
        print_json({"author": author, "erased": yes, **there.to_json()})
        return
    shown = ("platform", "source", "id", "handle", "name", "posts")
    accounts = [[one[name] for name in shown] for one in there.accounts]
    print_table(shown, accounts, title="who that is")
    print_table(("place", "what is there"), _places(there), title="where")
    if not (there.posts or there.lines or there.older):
        tell(
            f"nothing by {author!r} is here; name their handle or id, not what they are called, "
            "and the --source of posts that are older than keep_days"
        )
        return
    tell("erased" if yes else "nothing was changed; --yes erases it, and cannot be undone")


def _places(there: erasing.Found) -> list[tuple[str, str]]:
    cases = ", ".join(f"#{number}" for number in there.cases)
    notes = ", ".join(f"#{number}" for number in there.notes)
    tickets = [f"{one.number or one.key} at {one.desk}" for one in there.tickets]
    return [
        ("index", f"{there.stored} mentions"),
        ("journal", f"{there.lines} lines in {len(there.batches)} batches"),
        ("posts that only cases know any more", str(len(there.older))),
        ("cases", f"{cases or 'none'}: their words and names, replies to them"),
        *((place.replace("_", " "), str(number)) for place, number in there.quotes.items()),
        (
            "notes of colleagues, which stay",
            f"{notes or 'none'}; look whether they name the author",
        ),
        (
            "help desks, which keep what they were told",
            f"{', '.join(tickets) or 'none'}; delete their words there",
        ),
        *(
            (f"{place} to look at, which stay", ", ".join(map(str, found)) or "none")
            for place, found in there.others.items()
        ),
    ]

"""`untagged requests …`: what people ask for, report and leave for, and what becomes of it."""

from typing import Annotated

import typer

from alerts.digests.entries import book
from alerts.digests.entries.entry import KINDS, STATUSES, read_id, read_status
from mentions.errors import UntaggedError
from untagged.cli.opened import now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell
from untagged.digests import deciding
from untagged.digests.likeness import likeness_in_use
from untagged.digests.showing import show_entry

app = typer.Typer(
    help="What people ask for, report and leave for: the entries of digests, by id.",
    no_args_is_help=True,
)
Entry = Annotated[str, typer.Argument(metavar="ID", help="Such as FR-12, BUG-7 or CHURN-3.")]
_SAID = ", ".join(one.replace("_", "-") for one in STATUSES)


@app.command(name="list")
def list_(
    context: typer.Context,
    *,
    kind: Annotated[str | None, typer.Option(help=f"One of {', '.join(KINDS)}.")] = None,
    brand: Annotated[str | None, typer.Option(help="A brand of the settings.")] = None,
    status: Annotated[list[str] | None, typer.Option(help=f"Of {_SAID}.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Entries, those that most people asked for first. A digest puts new posts into them."""
    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"{kind!r}: known are {', '.join(KINDS)}", param_hint="--kind")
    try:
        statuses = [read_status(one) for one in status or ()]
    except UntaggedError as error:
        raise typer.BadParameter(str(error), param_hint="--status") from error
    with opened(context) as pipeline, pipeline.read() as connection:
        found = book.list_entries(
            connection,
            kinds=[kind] if kind else (),
            statuses=statuses,
            brands=None if brand is None else [brand],
            limit=limit,
        )
    if as_json:
        for one in found:
            print_json(one.to_json())
        return
    rows = [
        (
            one.entry.id,
            one.entry.said_status,
            one.authors,
            one.posts,
            one.last,
            one.entry.said_title,
        )
        for one in found
    ]
    columns = ("id", "status", "people", "posts", "last (UTC)", "in their words")
    print_table(columns, rows, title=f"{len(rows)} entries")
    if not rows:
        tell("none yet; `untagged digest feature-requests` puts what people ask for into entries")


@app.command()
def show(context: typer.Context, entry: Entry, *, as_json: AsJson = False) -> None:
    """Who asked, in which words and where; what became of it, and who said so."""
    with opened(context) as pipeline:
        file = show_entry(pipeline, entry)
    if as_json:
        print_json(file.to_json())
        return
    one = file.entry
    if one.id != read_id(entry):
        tell(f"{read_id(entry)} was merged into {one.id}")
    rows = [
        (mention.published, mention.author.handle or mention.author.name, mention.id, mention.text)
        for _, mention in file.posts
    ]
    people = f"{file.tally.authors} people in {file.tally.posts} posts" if file.tally else "nobody"
    title = f"{one.id} · {one.brand} · {one.said_status} · {people}\n{one.said_title}"
    print_table(("at (UTC)", "author", "mention", "says"), rows, title=title)
    if file.more:
        tell(f"the {len(rows)} newest; the page /requests/{one.id} of the cockpit shows all")
    for line in file.trail:
        told = ", ".join(f"{name} {value}" for name, value in line.detail.items())
        note = f": {line.note}" if line.note else ""
        tell(f"{line.at:%Y-%m-%d %H:%M} UTC {line.who} {line.what} ({told}){note}")


@app.command()
def mark(
    context: typer.Context,
    entry: Entry,
    status: Annotated[str, typer.Argument(help=f"One of {_SAID}.")],
    *,
    note: Annotated[str | None, typer.Option(help="Why, or when; digests show it.")] = None,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Say what becomes of an entry. What is not a request never comes back."""
    wanted = read_status(status)
    with opened(context) as pipeline:
        one = deciding.mark(pipeline, entry, wanted, who=actor, now=now_or(now), note=note)
    since = f" since {one.status_at:%Y-%m-%d %H:%M} UTC" if one.status_at else ""
    tell(f"{one.id} is {one.said_status}{since}: {one.said_title}")


@app.command()
def merge(
    context: typer.Context,
    entry: Entry,
    other: Annotated[str, typer.Argument(help="The one whose posts go into it.")],
    *,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Say that two entries are one. The other's id leads to it from then on."""
    with opened(context) as pipeline:
        one = deciding.merge(pipeline, entry, other, who=actor, now=now_or(now))
    tell(f"{one.id} has the posts of {read_id(other)} now: {one.said_title}")


@app.command()
def move(
    context: typer.Context,
    mention: Annotated[str, typer.Argument(help="The post's id; `requests show` tells it.")],
    to: Annotated[str, typer.Argument(metavar="ID|new", help="Where it belongs.")],
    *,
    source: Annotated[
        str | None, typer.Option("--from", help="Where it is, if it is in entries of two kinds.")
    ] = None,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Say that a post does not belong where it is. Later posts like it go the same way."""
    with opened(context) as pipeline:
        left = source or deciding.entry_of(pipeline, mention, to)
        one = deciding.move(
            pipeline, left, [mention], to, likeness_in_use(), who=actor, now=now_or(now)
        )
    tell(f"{mention} is in {one.id} now: {one.said_title}")

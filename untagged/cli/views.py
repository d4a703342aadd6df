"""`untagged views`: the searches that people keep on the search page."""

from typing import Annotated

import typer

from mentions.errors import UntaggedError
from mentions.query.parser import parse_query
from mentions.store import MAX_PAGE
from untagged import views
from untagged.asked import SORTS, asked_for
from untagged.cli.opened import opened
from untagged.cli.output import Actor, AsJson, print_json, print_table, utc_now
from untagged.cli.searching import print_mentions

app = typer.Typer(help="Saved searches.", no_args_is_help=True)
SHOWN = 20


@app.command(name="list")
def list_views(context: typer.Context, *, actor: Actor = "cli", as_json: AsJson = False) -> None:
    """Your views and the shared ones of others."""
    with opened(context) as pipeline, pipeline.read() as connection:
        found = [one.view for one in views.listed(connection, actor)]
    rows = []
    for view in found:
        asked = asked_for(
            view.query, period=view.period, since=view.since, until=view.until, now=utc_now()
        )
        rows.append((view.name, view.owner, view.is_shared, asked.within, view.sort, asked.text))
    columns = ("name", "owner", "shared", "period", "sort", "query")
    if as_json:
        for row in rows:
            print_json(dict(zip(columns, row, strict=True)))
    else:
        print_table(columns, rows, title=f"{len(rows)} views")


@app.command()
def run(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Yours, or a shared one.")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=MAX_PAGE, help="At most so many.")] = SHOWN,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """What a view finds now, in its order. It does not count as opened."""
    now = utc_now()
    with opened(context) as pipeline:
        with pipeline.read() as connection:
            view = views.named(connection, name, actor)
        asked = asked_for(
            view.query,
            period=view.period,
            since=view.since,
            until=view.until,
            sort=view.sort,
            now=now,
        )
        if asked.wrong:
            raise UntaggedError(f"the dates of view {name!r} are wrong: {asked.wrong}")
        query, store = parse_query(asked.text, now=now), pipeline.store
        page = store.search(query, **asked.window, sort=SORTS[asked.sort], limit=limit)
        stories = 0 if as_json else store.stories(query, **asked.window)
    print_mentions(page.mentions, total=page.total, stories=stories, as_json=as_json)

"""The command that looks a query over: lint."""

from dataclasses import asdict
from typing import Annotated

import typer

from mentions.errors import QueryError, UntaggedError
from mentions.mention import Mention
from mentions.query.parser import parse_query
from untagged.cli.opened import moment, opened
from untagged.cli.output import AsJson, print_json, print_table, utc_now
from untagged.lint import Linted
from untagged.lint import lint as look_over


def register(app: typer.Typer) -> None:
    """Put this command on the root."""
    app.command()(lint)


def lint(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="Such as 'nimbus air -cloud'.")],
    *,
    since: Annotated[str | None, typer.Option(help="From, such as now-7d; else all.")] = None,
    until: Annotated[str | None, typer.Option(help="Until, excluded.")] = None,
    sample: Annotated[int, typer.Option(min=0, max=100, help="So many of what it catches.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Say what a query would catch of the posts that are there, and what looks wrong about it."""
    now = utc_now()
    begin = moment(since, option="--since", now=now)
    end = moment(until, option="--until", now=now)
    try:
        parsed = parse_query(query, now=now)
    except QueryError as error:
        raise UntaggedError(f"{error}\n{error.pointed()}") from error
    with opened(context) as pipeline:
        found = look_over(parsed, pipeline.store, since=begin, until=end, sample=sample)
    if as_json:
        _print_as_json(query, found)
    else:
        _print(found)


def _print_as_json(query: str, found: Linted) -> None:
    print_json(
        {
            "query": query,
            "matched": found.matched,
            "posts": found.posts,
            "warnings": [asdict(warned) for warned in found.warnings],
            "sample": [mention.to_json() for mention in found.sample],
        }
    )


def _print(found: Linted) -> None:
    rows = [
        (warned.kind, f"{warned.message}{_try(warned.suggestion)}") for warned in found.warnings
    ]
    title = "nothing looks wrong" if not rows else f"{len(rows)} to look at"
    print_table(("warning", "what"), rows, title=title)
    print_table(
        ("published (UTC)", "author", "text"),
        [(m.published, m.author.handle or m.author.name, _shown(m)) for m in found.sample],
        title=f"catches {found.matched} of {found.posts} posts, {len(found.sample)} shown",
    )


def _try(suggestion: str) -> str:
    return f"; try {suggestion}" if suggestion else ""


def _shown(mention: Mention) -> str:
    return (mention.text or mention.title)[:160]

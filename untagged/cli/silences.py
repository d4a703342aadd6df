"""`untagged alerts silence …`: keeping alerts quiet for a while, and undoing it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import typer

from alerts import silences
from alerts.book import list_alerts
from alerts.matchers import Matcher, match_all, parse_matcher, said
from alerts.tables import OPEN
from mentions.errors import UntaggedError
from mentions.numbers import MAX_NUMBER
from mentions.times import parse_duration
from untagged.cli.opened import moment, now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell

Number = Annotated[
    int, typer.Argument(metavar="SILENCE", max=MAX_NUMBER, help="The silence's number.")
]
Span = Annotated[str, typer.Option("--for", help="Such as 2h or 1d.")]


def register(app: typer.Typer) -> None:
    """Put these commands beside the others about alerts."""
    app.command()(silence)
    app.command(name="silences")(list_)
    app.command()(extend)
    app.command()(unsilence)


def silence(
    context: typer.Context,
    matcher: Annotated[
        list[str],
        typer.Argument(help="""Such as brand=Acme, severity!=1, 'rule=~"neg.*"'; all must hold."""),
    ],
    *,
    span: Span = "2h",
    since: Annotated[str | None, typer.Option(help="Its start; now if left out.")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Only show what it matches.")] = False,
    comment: Annotated[str, typer.Option(help="Why, for colleagues.")] = "",
    actor: Actor = "cli",
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Record what matches, but tell nobody, for a while."""
    matchers = _matchers(matcher)
    at = now_or(now)
    starts = moment(since, option="--since", now=at) or at
    ends = _end(starts, span)
    with opened(context) as pipeline:
        with pipeline.read() as connection:
            still_open = list_alerts(connection, statuses=OPEN, limit=None)
        matching = [alert for alert in still_open if match_all(matchers, alert)]
        number = None
        if not preview:
            with pipeline.begin() as connection:
                number = silences.silence(
                    connection,
                    matchers=matchers,
                    starts_at=starts,
                    ends_at=ends,
                    author=actor,
                    comment=comment,
                    now=at,
                )
    if as_json:
        print_json(
            {
                "silence": number,
                "matchers": [str(one) for one in matchers],
                "starts_at": starts,
                "ends_at": ends,
                "matches": [alert.id for alert in matching],
            }
        )
        return
    rows = [(a.id, a.started_at, a.brand, a.rule, a.reason) for a in matching]
    columns = ("alert", "since (UTC)", "brand", "rule", "reason")
    print_table(columns, rows, title=f"matches {len(rows)} open alerts now")
    if number is not None:
        tell(
            f"silence {number} holds until {ends:%Y-%m-%d %H:%M} UTC; "
            f"to undo: untagged alerts unsilence {number}"
        )


def _matchers(given: Iterable[str]) -> list[Matcher]:
    try:
        return [parse_matcher(one) for one in given]
    except UntaggedError as error:
        raise typer.BadParameter(str(error), param_hint="MATCHER") from error


def _end(starts: datetime, span: str) -> datetime:
    try:
        return starts + parse_duration(span)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(str(error), param_hint="--for") from error


def list_(
    context: typer.Context,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Silences in force and to come, the one that ends first at the top."""
    at = now_or(now)
    with opened(context) as pipeline, pipeline.read() as connection:
        found = silences.list_silences(connection, now=None if everything else at, with_coming=True)
    if as_json:
        for one in found:
            print_json({**one.to_json(), "holds": one.holds(at)})
        return
    rows = [
        (one.id, _state(one, at), one.ends_at, one.author, one.comment, said(one.matchers))
        for one in found
    ]
    columns = ("silence", "state", "until (UTC)", "author", "comment", "matches")
    print_table(columns, rows, title=f"{len(rows)} silences")


def _state(one: silences.Silence, at: datetime) -> str:
    if one.holds(at):
        return "holds"
    return "comes" if at < one.starts_at < one.ends_at else "over"


def extend(context: typer.Context, silence: Number, *, span: Span = "2h", now: Now = None) -> None:
    """Let a silence hold for so long from now."""
    at = now_or(now)
    ends = _end(at, span)
    with opened(context) as pipeline, pipeline.begin() as connection:
        silences.extend(connection, silence, ends_at=ends, now=at)
    tell(f"silence {silence} holds until {ends:%Y-%m-%d %H:%M} UTC")


def unsilence(context: typer.Context, silence: Number, *, now: Now = None) -> None:
    """End a silence now; what still fires is told."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        silences.unsilence(connection, silence, now=now_or(now))
    tell(f"silence {silence} is over; what still fires is told with the next `untagged respond`")

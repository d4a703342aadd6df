"""`untagged cases performance`: how fast cases were answered."""

from typing import Annotated

import typer

from cases.performance import GROUPINGS, Performance, Spread, performance
from mentions.times import said_duration
from untagged.cli.opened import moment, now_or, opened
from untagged.cli.output import AsJson, Now, print_json, print_table


def register(app: typer.Typer) -> None:
    """Add the command to `untagged cases`."""
    app.command(name="performance")(performance_)


def performance_(
    context: typer.Context,
    *,
    since: Annotated[str, typer.Option(help="First moment, such as 2026-03-01 or 7d.")] = "7d",
    by: Annotated[str | None, typer.Option(help=f"One of {', '.join(GROUPINGS)}.")] = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """How many cases were answered within 15 minutes and as promised, and how long it took."""
    at = now_or(now)
    begin = moment(since, option="--since", now=at)
    grouping = next((one for one in GROUPINGS if one == by), None)
    if by is not None and grouping is None:
        known = ", ".join(GROUPINGS)
        raise typer.BadParameter(f"{by!r}: known are {known}", param_hint="--by")
    if begin is None or begin >= at:
        raise typer.BadParameter("must be before now", param_hint="--since")
    with opened(context) as pipeline, pipeline.read() as connection:
        found = performance(connection, since=begin, until=at, by=grouping)
    if as_json:
        for one in found:
            print_json(one.to_json())
        return
    columns = ("", "cases", "in 15 min", "as promised", "FRT", "NRT", "RT")
    print_table(columns, [_row(one) for one in found], title="median, slowest tenth from")


def _row(one: Performance) -> tuple[str, ...]:
    spreads = (_said(spread) for spread in (one.frt, one.nrt, one.rt))
    return (one.group, str(one.cases), _percent(one.quick), _percent(one.kept), *spreads)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _said(spread: Spread) -> str:
    if spread.median is None or spread.p90 is None:
        return "–"
    return f"{said_duration(spread.median)}, {said_duration(spread.p90)}"

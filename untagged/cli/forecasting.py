"""`untagged forecast`: next week by the hour, and how far to trust it."""

from typing import Annotated, Any

import typer

from cases.forecasting.backtest import LEAST
from cases.forecasting.forecast import Forecast, forecast
from cases.forecasting.history import DAY_HOURS
from cases.team import find_team
from mentions.errors import NotFound
from untagged.cli.opened import now_or, opened
from untagged.cli.output import AsJson, Now, complain, print_json, print_table, tell
from untagged.looking_ahead import Ahead, Day, history, look_ahead
from untagged.pipeline import Pipeline

app = typer.Typer(help="Next week's cases by the hour, and the people they need.")
OfTeam = Annotated[str | None, typer.Option("--team", help="Of one team, with its people.")]
OfBrand = Annotated[str | None, typer.Option("--brand", help="Of one brand.")]


@app.callback(invoke_without_command=True)
def ahead(
    context: typer.Context,
    *,
    team: OfTeam = None,
    brand: OfBrand = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Next week's cases by the hour with a range, and for a team the people that they need."""
    if context.invoked_subcommand is not None:
        return
    at = now_or(now)
    with opened(context) as pipeline, pipeline.read() as connection:
        _check(pipeline, team, brand)
        seen = look_ahead(pipeline, connection, now=at, team=team, brand=brand)
    if as_json:
        for hour in seen.hours():
            print_json({"team": team, "brand": brand, **hour})
        return
    tell(seen.forecast.why)
    if seen.forecast.hours:
        rows = [_row(seen, day) for day in seen.days()]
        print_table(_columns(seen), rows, title=f"By day, {seen.forecast.zone}")
    _tell_people(seen)


@app.command()
def backtest(
    context: typer.Context,
    *,
    team: OfTeam = None,
    brand: OfBrand = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """How the forecast would have done on your own cases, held against repeating last week."""
    at = now_or(now)
    with opened(context) as pipeline, pipeline.read() as connection:
        _check(pipeline, team, brand)
        known = history(pipeline, connection, now=at, team=team, brand=brand)
    told = forecast(known)
    if as_json:
        print_json(_record(told, team, brand, hours=len(known.counts)))
        return
    tell(told.why)
    if told.backtest is None:
        complain(f"a backtest needs {LEAST // DAY_HOURS} days of cases; ask again then")
        raise typer.Exit(1)
    test = told.backtest
    held = "–" if test.coverage is None else f"{test.coverage:.0%}"
    used = ("used", "") if told.falls_back else ("", "used")
    rows = [
        (str(test.repeats), f"{test.mase_repeating:.3f}", "", used[0]),
        ("ours", f"{test.mase:.3f}", held, used[1]),
    ]
    title = f"{test.horizon} hours ahead from {test.origins} days of {len(known.counts) // 24}"
    print_table(("forecast", "MASE", "in the 80 % range", ""), rows, title=title)


def _check(pipeline: Pipeline, team: str | None, brand: str | None) -> None:
    if team is not None:
        find_team(pipeline.settings.teams, team)
    names = [one.name for one in pipeline.settings.brands]
    if brand is not None and brand not in names:
        raise NotFound(f"there is no brand {brand!r}; the settings have {', '.join(names)}")


def _record(told: Forecast, team: str | None, brand: str | None, *, hours: int) -> dict[str, Any]:
    test = told.backtest.to_json() if told.backtest else {}
    return {
        "team": team,
        "brand": brand,
        "history_hours": hours,
        **test,
        "falls_back": told.falls_back,
        "why": told.why,
    }


def _columns(seen: Ahead) -> tuple[str, ...]:
    return ("day", "cases", *(("people needed",) if seen.staffing else ()), "busiest hour")


def _row(seen: Ahead, day: Day) -> tuple[str, ...]:
    short = f", {day.missing} h of work short" if day.missing else ""
    people = (f"{day.needed}{short}",) if seen.staffing else ()
    return (day.date, str(day.cases), *people, day.busiest)


def _tell_people(seen: Ahead) -> None:
    if seen.how:
        tell(seen.how)
    for gap in seen.gaps:
        tell(seen.said(gap))
    if seen.staffing is not None and not seen.gaps:
        tell("Those who are planned are enough in every hour.")

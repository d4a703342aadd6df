"""Next week, for the team's digest: cases by day, people needed and planned, gaps in words."""

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from alerts.digests.digest import Cell, Entry, Section, Table
from cases.staffing.needed import Gap
from untagged.digests.team_charts import ahead_chart
from untagged.looking_ahead import Ahead

IN_LEAD = 3
"""Gaps that a hurried reader is told, the largest."""
SHOWN = 20
_ONE_CASE = 0.5


def next_week(ahead: Ahead) -> Section:
    """The section of a team, or of all together."""
    title = f"Next week: {ahead.team}" if ahead.team else "Next week"
    if not ahead.forecast.hours:
        return Section(title, ahead.forecast.why)
    text = " ".join(part for part in (ahead.forecast.why, ahead.how) if part)
    gaps = ahead.gaps
    shown = [Entry(ahead.said(gap), id=f"gap-{gap.since.isoformat()}") for gap in gaps[:SHOWN]]
    if len(gaps) > SHOWN:
        shown.append(Entry(f"and {len(gaps) - SHOWN} more"))
    return Section(
        title,
        text,
        chart=ahead_chart(ahead, _in_words(ahead)),
        entries=tuple(shown),
        table=_by_day(ahead),
    )


def gaps_in_words(found: Sequence[Ahead]) -> Iterator[str]:
    """The largest gaps of all teams, each a sentence, and how many more there are."""
    every = [(ahead, gap) for ahead in found for gap in ahead.gaps]
    every.sort(key=lambda pair: (-_size(pair[1]), pair[1].since, pair[0].team or ""))
    largest = sorted(every[:IN_LEAD], key=lambda pair: (pair[1].since, pair[0].team or ""))
    for ahead, gap in largest:
        who = f"{ahead.team}: " if len(found) > 1 else ""
        yield f"{who}{ahead.said(gap)}."
    if len(every) > IN_LEAD:
        more = len(every) - IN_LEAD
        yield f"{more} smaller {'gap is' if more == 1 else 'gaps are'} under Next week."
    if not every and any(ahead.staffing for ahead in found):
        yield "Next week those who are planned are enough in every hour."


def ahead_records(ahead: Ahead) -> Iterator[dict[str, Any]]:
    """How far the forecast is to be trusted, a record for each hour, and one for each gap."""
    seen = ahead.forecast
    tried = seen.backtest.to_json() if seen.backtest else {}
    yield {"record": "backtest", "team": ahead.team, "why": seen.why, **tried}
    for hour in ahead.hours():
        yield {"record": "forecast", "team": ahead.team, **hour}
    for gap in ahead.gaps:
        yield {
            "record": "gap",
            "team": ahead.team,
            "since": gap.since.isoformat(),
            "until": gap.until.isoformat(),
            "needed": gap.needed,
            "planned": gap.planned,
        }


def _size(gap: Gap) -> float:
    return (gap.needed - gap.planned) * (gap.until - gap.since).total_seconds()


def _in_words(ahead: Ahead) -> str:
    most = max(ahead.forecast.hours, key=lambda hour: hour.expected)
    if ahead.forecast.expected < _ONE_CASE:
        return "No case is expected in the 7 days to come."
    at = most.at.astimezone(ZoneInfo(ahead.forecast.zone))
    return (
        f"{ahead.forecast.expected:,.0f} cases are expected in the 7 days to come, most "
        f"in the hour from {at:%A %H:%M}: {most.expected:.1f} ({most.low} to {most.high})."
    )


def _by_day(ahead: Ahead) -> Table:
    people = ("People needed at once", "Hours of work short", "As promised as planned")
    columns = ("Day", "Cases", "Busiest hour", *(people if ahead.staffing else ()))
    rows: list[tuple[Cell, ...]] = []
    for day in ahead.days():
        row: tuple[Cell, ...] = (day.date, day.cases, day.busiest)
        if day.kept is not None:
            row = (*row, day.needed, day.missing, f"{day.kept:.0%}")
        rows.append(row)
    return Table(columns, tuple(rows))

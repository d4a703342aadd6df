"""Commands that look: search, spikes, score-series."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from mentions.errors import QueryError, SettingsError, UntaggedError
from mentions.mention import Mention
from mentions.query.parser import parse_query
from mentions.series import Spike
from mentions.store import FACET_FIELDS, MAX_PAGE, Page
from nlp.spike_scores import score_values
from untagged.cli.opened import moment, opened
from untagged.cli.output import AsJson, print_json, print_table, tell, utc_now
from untagged.explaining import explain
from untagged.pipeline import Pipeline

Since = Annotated[str | None, typer.Option(help="From, such as 2026-02-21 or now-7d.")]
Until = Annotated[str | None, typer.Option(help="Until, excluded.")]


def register(app: typer.Typer) -> None:
    """Put these commands on the root."""
    app.command()(search)
    app.command()(spikes)
    app.command(name="score-series")(score_series)


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="Such as '\"lost bag\" AND sentiment:negative'.")],
    *,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many; --json: all.")] = None,
    facet: Annotated[list[str] | None, typer.Option(help="Counts per value of a field.")] = None,
    as_json: AsJson = False,
) -> None:
    """Find mentions, newest first. With --json every match is printed, unless --limit is given."""
    unknown = sorted(set(facet or ()) - set(FACET_FIELDS))
    if unknown:
        raise typer.BadParameter(f"{unknown[0]}: known are {', '.join(FACET_FIELDS)}")
    now = utc_now()
    begin = moment(since, option="--since", now=now)
    end = moment(until, option="--until", now=now)
    try:
        parsed = parse_query(query, now=now)
    except QueryError as error:
        raise UntaggedError(f"{error}\n{error.pointed()}") from error
    wanted = limit if limit is not None or as_json else 20
    with opened(context) as pipeline:
        cursor, shown = None, 0
        stories = 0 if as_json else pipeline.store.stories(parsed, since=begin, until=end)
        while True:
            page = pipeline.store.search(
                parsed,
                since=begin,
                until=end,
                limit=min(MAX_PAGE, wanted - shown if wanted else MAX_PAGE),
                cursor=cursor,
                facets=() if cursor else tuple(facet or ()),
            )
            if cursor is None and facet:
                _print_facets(page, as_json=as_json)
            print_mentions(page.mentions, total=page.total, stories=stories, as_json=as_json)
            shown, cursor = shown + len(page.mentions), page.cursor
            if cursor is None or (wanted and shown >= wanted):
                return


def _print_facets(page: Page, *, as_json: bool) -> None:
    for name, counts in page.facets.items():
        if as_json:
            print_json({"facet": name, "counts": dict(counts)})
        else:
            print_table((name, "mentions"), counts, title=f"by {name}")


def print_mentions(mentions: Sequence[Mention], *, total: int, stories: int, as_json: bool) -> None:
    """A page of what was found: JSON lines, or a table for people."""
    if as_json:
        for mention in mentions:
            print_json(mention.to_json())
        return
    rows = [
        (
            m.published,
            ", ".join(brand.name for brand in m.brands),
            m.author.handle or m.author.name,
            m.sentiment.label if m.sentiment else None,
            ", ".join(intent.label for intent in m.intents),
            (m.text or m.title)[:160],
        )
        for m in mentions
    ]
    columns = ("published (UTC)", "brand", "author", "sentiment", "intent", "text")
    print_table(columns, rows, title=f"{total} mentions, {stories} stories, {len(rows)} shown")


def spikes(
    context: typer.Context,
    *,
    brand: Annotated[str | None, typer.Option(help="Only this brand.")] = None,
    since: Since = None,
    until: Until = None,
    explained: Annotated[bool, typer.Option("--explain", help="Say what changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stretches of each brand's series that its own history does not explain."""
    now = utc_now()
    end = moment(until, option="--until", now=now) or now
    begin = moment(since, option="--since", now=now) or end - timedelta(days=7)
    with opened(context) as pipeline:
        found = pipeline.spikes(brand=brand, since=begin, until=end)
        changed = [_changed(pipeline, spike, end) for spike in found] if explained else []
    if as_json:
        for number, spike in enumerate(found):
            more = {"explanation": changed[number]} if explained else {}
            print_json({**_spike_json(spike), **more})
        return
    rows = [(s.started_at, s.ended_at, s.brand, s.signal, s.reason) for s in found]
    if explained:
        rows = [
            (*row[:-1], f"{row[-1]}. {change['said']}")
            for row, change in zip(rows, changed, strict=True)
        ]
    print_table(("from", "until", "brand", "signal", "why"), rows, title=f"{len(rows)} spikes")


def _spike_json(spike: Spike) -> dict[str, Any]:
    return {
        "brand": spike.brand,
        "signal": spike.signal,
        "started_at": spike.started_at.isoformat(),
        "ended_at": spike.ended_at.isoformat() if spike.ended_at else None,
        "observed": spike.observed,
        "expected": spike.expected,
        "score": spike.score,
        "reason": spike.reason,
        "stories": spike.stories,
        "amplification": spike.amplification and round(spike.amplification, 2),
    }


def _changed(pipeline: Pipeline, spike: Spike, end: datetime) -> dict[str, Any]:
    """What changed in a spike, with `said` in words."""
    found = explain(
        pipeline.store,
        next(brand for brand in pipeline.settings.brands if brand.name == spike.brand),
        spike.signal,
        began=spike.started_at,
        until=spike.ended_at or end,
        observed=spike.observed,
    ).explanation
    return {**found.to_json(), "said": found.said()}


def score_series(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option(help="Where to write, with anomaly_score (0 to 1).")],
) -> None:
    """Score a `timestamp,value` CSV as a stream: no value is judged by what came after it."""
    with file.open(newline="", encoding="utf-8-sig") as opened_file:
        reader = csv.DictReader(opened_file)
        if not {"timestamp", "value"} <= set(reader.fieldnames or ()):
            raise SettingsError(f"{file}, line 1: expected the columns timestamp and value")
        rows = [_point(row, file, reader.line_num) for row in reader]
    scores = score_values([value for _, _, value in rows], [at for _, at, _ in rows])
    with out.open("w", newline="", encoding="utf-8") as written:
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow(("timestamp", "value", "anomaly_score"))
        writer.writerows(
            (text, f"{value:g}", f"{score:.6f}")
            for (text, _, value), score in zip(rows, scores, strict=True)
        )
    tell(f"{out}: {len(rows)} points scored")


def _point(row: dict[str, str], file: Path, line: int) -> tuple[str, datetime, float]:
    try:
        at = datetime.fromisoformat(row["timestamp"])
        return row["timestamp"], at if at.tzinfo else at.replace(tzinfo=UTC), float(row["value"])
    except (TypeError, ValueError) as error:
        raise SettingsError(
            f"{file}, line {line}: expected a time and a number, such as 2026-02-21 18:00:00,42"
        ) from error

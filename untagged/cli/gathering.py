"""Commands that bring posts in: town, collect, sources, import, enrich, process."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Annotated, Any, BinaryIO

import typer

from mentions.mention import Added
from mentions.times import said_duration
from spiders.columns import read_columns
from untagged.backfilling import Backfilled
from untagged.cli.opened import moment, now_or, opened
from untagged.cli.output import AsJson, Now, complain, print_json, print_table, tell, utc_now
from untagged.listening import Listened
from untagged.wiring import open_reader


def register(app: typer.Typer) -> None:
    """Put these commands on the root."""
    app.command()(town)
    app.command()(collect)
    app.command()(backfill)
    app.command()(sources)
    app.command(name="import")(import_file)
    app.command()(enrich)
    app.command()(process)


def town(
    *,
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=400, help="Past that is there at once.")] = 14,
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8765,
    truth: Annotated[Path | None, typer.Option(help="What the town knows of each post.")] = None,
    pace: Annotated[float, typer.Option(min=0, help="1 is real time, 60 a minute a second.")] = 1,
    anchor: Annotated[
        str | None, typer.Option(help="When an earlier run began: go on with its story.")
    ] = None,
    schedule: Annotated[
        str, typer.Option(help="Which crises: ordinary, or all-shapes (sixty days of every kind).")
    ] = "ordinary",
    control: Annotated[bool, typer.Option(help="Let tests move its clock and post.")] = False,
) -> None:
    """The demo sites alone, on this machine; Ctrl-C ends them."""
    # The town's web server takes half a second to load, which no other command should wait for.
    from untagged.town.server import serve  # noqa: PLC0415  # see above

    serve(
        now=utc_now(),
        seed=seed,
        days=days,
        port=port,
        truth=truth,
        pace=pace,
        anchor=moment(anchor, option="--anchor"),
        schedule=schedule,
        control=control,
    )


def collect(
    context: typer.Context,
    source: Annotated[list[str] | None, typer.Argument(help="Sources; all if none.")] = None,
    *,
    due: Annotated[bool, typer.Option("--due", help="Only sources whose time has come.")] = False,
    as_json: AsJson = False,
) -> None:
    """One collecting pass: what is new at each source, into the journal."""
    with opened(context) as pipeline:
        runs = pipeline.collect(source or (), now=utc_now(), due_only=due)
    if as_json:
        for run in runs:
            print_json({"source": run.source, "ok": run.ok, "posts": run.posts, "error": run.error})
    else:
        rows = [(run.source, "ok" if run.ok else "failed", run.posts, run.error) for run in runs]
        print_table(("source", "", "posts", "why"), rows, title=f"{len(rows)} sources")
    if any(not run.ok for run in runs):
        raise typer.Exit(1)


def backfill(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Whose past to read.")],
    *,
    since: Annotated[str, typer.Option(help="From when on: a date, a time, or 30d.")],
    until: Annotated[
        str | None, typer.Option(help="Until when; else until the last live pass, or now.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Begin anew, also what is done.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read a window of a source's past, on the side of the live run; it raises no alert.

    Interrupted, the same command goes on where it was.
    """
    asked = f"--since {since}" + (f" --until {until}" if until else "")
    begins, ends = moment(since, option="--since"), moment(until, option="--until")
    if begins is None:
        raise typer.BadParameter("say since when", param_hint="--since")
    with opened(context) as pipeline:
        while True:
            done = pipeline.backfill(
                source, asked=asked, since=begins, until=ends, now=utc_now(), again=again
            )
            again = False
            tell(f"{source}: {done.backfill.said}")
            if done.backfill.done_at is not None or not (done.has_moved or done.rest_until):
                break
            if done.rest_until is not None:
                tell(f"{source}: its server wants to be asked again at {done.rest_until:%H:%M}Z")
                sleep(max((done.rest_until - utc_now()).total_seconds(), 0))
    _tell_end(done)
    if as_json:
        print_json({"source": source, **done.backfill.to_json()})
    if done.backfill.done_at is None:
        raise typer.Exit(1)


def _tell_end(done: Backfilled) -> None:
    if done.backfill.done_at is None:
        why = (done.run.error if done.run else "") or "the last pass read nothing new"
        complain(f"it gets no further: {why}. The same command goes on where it was")
        return
    for why in done.backfill.short:
        tell(f"not to be had: {why}")
    if done.run is None:
        tell("nothing is left to do; --again begins anew")
    else:
        tell("`untagged process` indexes what waits in the journal")


def sources(context: typer.Context, *, now: Now = None, as_json: AsJson = False) -> None:
    """How each source is doing: failing, gone quiet, or fine. Exits 1 if any is not."""
    moment_now = now_or(now)
    with opened(context) as pipeline:
        found = pipeline.sources(now=moment_now)
    if as_json:
        for one in found:
            print_json(one.to_json(moment_now))
    else:
        rows = [
            (
                one.source.name,
                one.state,
                f"lag {said_duration(lag)}" if (lag := one.lag(moment_now)) else "",
                f"{one.pace.posts_last_day} posts in 24 h" if one.pace else "",
                _said_quota(one),
                f"next run {one.next_run_at:%H:%M}" if one.next_run_at else "",
                "; ".join(filter(None, (one.why, one.unfinished))),
            )
            for one in found
        ]
        columns = ("source", "state", "newest post", "posts", "quota", "next run (UTC)", "why")
        print_table(columns, rows, title=f"{len(rows)} sources")
    if any(one.is_troubled for one in found):
        raise typer.Exit(1)


def _said_quota(one: Listened) -> str:
    quota = one.health.quota if one.health else None
    if quota is None:
        return ""
    return f"{quota.left} requests left" + (f" of {quota.of}" if quota.of else "")


def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    *,
    columns: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Which column is what (YAML).")
    ] = None,
    source: Annotated[str, typer.Option(help="The source that its mentions get.")] = "import",
    backfill: Annotated[bool, typer.Option(help="Old posts: searchable, but no alerts.")] = False,
) -> None:
    """A CSV, JSON-lines or Parquet file as a batch. The same file again changes nothing."""
    added: Added = "backfill" if backfill else "live"
    with opened(context) as pipeline:
        done = pipeline.import_file(
            file,
            columns=read_columns(columns) if columns else None,
            source=source,
            now=utc_now(),
            added=added,
        )
    tell(f"{file}: {done.posts} posts wait in the journal; `untagged process` indexes them")
    if done.rejects:
        tell(f"{done.rejects} rows could not be read; `untagged process` puts them in quarantine")


def enrich(context: typer.Context) -> None:
    """Read mentions: JSON lines from standard input to standard output, with what was read.

    `{"text": "…"}` alone is enough. A line that is no JSON object comes back as
    `{"rejected": reason, "line": number}`, so that every line has its answer.
    """
    reader = open_reader(context.obj)
    rejected = 0
    for record in _records(sys.stdin.buffer):
        rejected += "rejected" in record
        print_json(record if "rejected" in record else reader.read_text(record))
    if rejected:
        complain(f"{rejected} lines could not be read; see their 'rejected' field")


def _records(lines: BinaryIO) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            record = {"rejected": f"no JSON: {error}", "line": number}
        if not isinstance(record, dict):
            record = {"rejected": 'no JSON object; write {"text": "…"}', "line": number}
        yield record


def process(context: typer.Context, as_json: AsJson = False) -> None:
    """Read and index every waiting batch."""
    with opened(context) as pipeline:
        done = pipeline.process(now=utc_now())
    if as_json:
        print_json(done.to_json())
        return
    tell(
        f"{done.batches} batches: {done.indexed} mentions indexed, {done.unmatched} posts named no "
        f"brand, {done.deleted} deleted, {done.quarantined} in quarantine"
        + (f", {done.reread} read again with newer models" if done.reread else "")
    )

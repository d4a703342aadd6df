"""Commands that act: respond, run, replay."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from alerts.labels import labels
from mentions.errors import TryAgain, UntaggedError
from mentions.mention import Mention
from mentions.times import parse_duration
from untagged.backtest import backtests
from untagged.cli.opened import moment, now_or, opened
from untagged.cli.output import AsJson, Now, complain, print_json, print_table, tell, utc_now
from untagged.cli.progress import Shown
from untagged.events import Event
from untagged.pipeline import Pipeline
from untagged.settings import read_rules
from untagged.yaml_file import YamlFile

DAY = timedelta(days=1)


def register(app: typer.Typer) -> None:
    """Put these commands on the root."""
    app.command()(respond)
    app.command()(run)
    app.command()(replay)


def respond(context: typer.Context, now: Now = None, as_json: AsJson = False) -> None:
    """Detect, apply the rules, open and assign cases, and send what is due."""
    with opened(context) as pipeline:
        done = pipeline.respond(now=now_or(now))
    _show(done.events, as_json=as_json)
    if not as_json:
        tell(f"{done.sent} notifications sent, {done.delayed} wait, {done.dead} cannot be sent")


def run(
    context: typer.Context,
    *,
    once: Annotated[bool, typer.Option("--once", help="One cycle, then end.")] = False,
    every: Annotated[str, typer.Option(help="Time between cycles, such as 60s.")] = "60s",
) -> None:
    """Collect, process, respond: one cycle after the other, without Airflow."""
    try:
        pause = parse_duration(every).total_seconds()
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(str(error), param_hint="--every") from error
    with opened(context) as pipeline:
        while True:
            started = time.monotonic()
            failed = _cycle(pipeline)
            if once:
                if failed:
                    raise typer.Exit(1)
                return
            time.sleep(max(0.0, pause - (time.monotonic() - started)))


def _cycle(pipeline: Pipeline) -> bool:
    """One cycle. What may pass by itself is told and tried again in the next one."""
    try:
        runs = pipeline.collect((), now=utc_now(), due_only=True)
        done = pipeline.process(now=utc_now())
        acted = pipeline.respond(now=utc_now())
        taken_out = pipeline.export_due(now=utc_now())
        digests_failed = _send_digests(pipeline)
    except TryAgain as error:
        complain(f"{error}; the next cycle tries again")
        return True
    for one in runs:
        if not one.ok:
            complain(f"source {one.source}: {one.error}")
    for part in taken_out:
        if part.error:
            complain(f"export {part.path}: {part.error}")
    alerts = sum(event.event == "alert" for event in acted.events)
    tell(
        f"{utc_now():%H:%M:%S} collected {sum(one.posts for one in runs)} posts, indexed "
        f"{done.indexed}, {alerts} alerts, {len(acted.events) - alerts} cases, {acted.sent} sent"
    )
    failed = [not one.ok for one in runs] + [part.error != "" for part in taken_out]
    return digests_failed or any(failed)


def _send_digests(pipeline: Pipeline) -> bool:
    """The digests that are due; whether one could not be made. The rest of the cycle stands."""
    try:
        sent = pipeline.digests_due(now=utc_now())
    except UntaggedError as error:
        complain(f"a digest is not made: {error}; the next cycle tries again")
        return True
    if sent.told:
        tell(f"{sent.made} digests made, {sent.told} sent")
    return False


def replay(
    context: typer.Context,
    *,
    since: Annotated[str, typer.Option(help="First moment, such as 2015-02-18 or 90d.")],
    until: Annotated[str, typer.Option(help="Last moment, excluded.")] = "now",
    step: Annotated[str, typer.Option(help="Time between two looks.")] = "5m",
    rule: Annotated[
        Path | None, typer.Option(help="A YAML file with a rule to try, instead of the settings'.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Respond as if live over what is indexed, writing nothing: what would have fired, and when."""
    now = utc_now()
    start = moment(since, option="--since", now=now)
    end = moment(until, option="--until", now=now)
    try:
        pace = parse_duration(step)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(str(error), param_hint="--step") from error
    if start is None or end is None or end <= start or not pace:
        raise typer.BadParameter("--until must come after --since, and --step be over zero")
    with opened(context) as pipeline:
        rules = pipeline.settings.rules
        if rule is not None:
            rules = read_rules(YamlFile(rule), pipeline.settings)
        with Shown() as shown:

            def looked(at: datetime) -> None:
                shown.show("days looked at", (at - start) // DAY, -((start - end) // DAY))

            events = pipeline.replay(since=start, until=end, step=pace, rules=rules, looked=looked)
            if as_json:
                for event in events:
                    print_json(event.to_json())
                return
            found = list(events)
        with pipeline.read() as connection:
            said = labels(connection)
        _show(found, as_json=False)
        if rule is not None:
            _show_posts(pipeline, found)
        for one in backtests([each.name for each in rules], found, said, span=end - start):
            tell(str(one))


def _show_posts(pipeline: Pipeline, events: Sequence[Event]) -> None:
    """A few posts of each alert, so that one can say whether it was right."""
    rows = [
        (event.at, mention.published, mention.author.handle or mention.author.name, _text(mention))
        for event in events
        if event.event == "alert"
        for post in event.posts
        if (mention := pipeline.store.get(post)) is not None
    ]
    print_table(("alert (UTC)", "published", "author", "text"), rows, title=f"{len(rows)} posts")


def _text(mention: Mention) -> str:
    return (mention.text or mention.title)[:160]


def _show(events: Sequence[Event], *, as_json: bool) -> None:
    if as_json:
        for event in events:
            print_json(event.to_json())
        return
    rows = [(e.at, e.event, e.kind, e.brand, e.severity, e.reason) for e in events]
    print_table(
        ("at (UTC)", "event", "kind", "brand", "severity", "reason"),
        rows,
        title=f"{len(events)} events",
    )

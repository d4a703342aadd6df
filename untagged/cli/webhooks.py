"""`untagged webhooks …`: who hears of events, how each try went, and telling them once more."""

from typing import Annotated

import typer

from alerts.events import endpoints
from alerts.events.endpoints import Endpoint
from alerts.events.tries import OUTCOMES, Try, latest_tries
from mentions.errors import UntaggedError
from untagged.cli.opened import moment, now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell, utc_now
from untagged.endpoint_state import EndpointState, endpoint_states, replay, webhook_of

app = typer.Typer(help="Webhooks that hear of events.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The webhook's name in the settings.")]


@app.command(name="list")
def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """The webhooks of the settings, what waits for each, and whether it takes what it is told."""
    with opened(context) as pipeline, pipeline.read() as connection:
        found = endpoint_states(connection, pipeline.settings, now=utc_now())
    if as_json:
        for one in found:
            print_json(one.to_json())
        return
    rows = [_row(one) for one in found]
    columns = ("webhook", "hears of", "waiting", "sent", "refused", "how it is doing")
    print_table(columns, rows, title=f"{len(rows)} webhooks")


@app.command()
def log(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Of one webhook alone.")] = None,
    *,
    outcome: Annotated[str | None, typer.Option(help="sent, delayed or refused.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Each try to tell a webhook, the newest first: when, what, what it answered, how long."""
    if outcome not in (None, *OUTCOMES):
        raise typer.BadParameter(f"write one of {', '.join(OUTCOMES)}", param_hint="--outcome")
    with opened(context) as pipeline, pipeline.read() as connection:
        if name is not None:
            webhook_of(pipeline.settings, name)
        found = latest_tries(connection, endpoint=name or "", outcome=outcome or "", limit=limit)
    if as_json:
        for one in found:
            print_json(one.to_json())
        return
    rows = [
        (
            one.at,
            one.endpoint,
            _told(one),
            one.outcome,
            one.status,
            f"{one.milliseconds} ms",
            one.said,
        )
        for one in found
    ]
    columns = ("at (UTC)", "webhook", "events", "outcome", "status", "took", "what it said")
    print_table(columns, rows, title=f"{len(rows)} tries")


@app.command(name="test")
def send_test(context: typer.Context, name: Name, *, actor: Actor = "cli") -> None:
    """Send a webhook a test event now, and say what came back."""
    # Loaded here: httpx and CloudEvents are needed by nothing else that starts.
    from alerts.events.telling import try_endpoint  # noqa: PLC0415 - see above

    with opened(context) as pipeline:
        webhook = webhook_of(pipeline.settings, name)
        source = pipeline.settings.cockpit.url
        answer = try_endpoint(pipeline.begin, webhook, source=source, who=actor, now=utc_now())
    if answer.outcome != "sent":
        raise UntaggedError(f"webhook {name} did not take the test event: {answer.said}")
    tell(f"webhook {name} answered {answer.status} in {answer.milliseconds} ms; look there")


@app.command(name="replay")
def replay_(
    context: typer.Context,
    name: Name,
    *,
    since: Annotated[str | None, typer.Option(help="Events from then on, such as 24h.")] = None,
    event: Annotated[str, typer.Option(help="Of this type alone, such as case.*.")] = "",
    event_id: Annotated[str, typer.Option("--id", help="The one with this id.")] = "",
    now: Now = None,
) -> None:
    """Tell a webhook once more what it was told, with the same ids; with the next `respond`."""
    if since is None and not event_id:
        raise typer.BadParameter("give --since or --id")
    at = now_or(now)
    with opened(context) as pipeline, pipeline.begin() as connection:
        number = replay(
            connection,
            pipeline.settings,
            name,
            now=at,
            since=moment(since, option="--since", now=at),
            event=event,
            event_id=event_id,
        )
    tell(f"{number} event{'s' * (number != 1)} will be told again, marked as replays")


@app.command()
def pause(context: typer.Context, name: Name, *, actor: Actor = "cli", now: Now = None) -> None:
    """Tell a webhook nothing for now; what happens meanwhile waits for it."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        webhook_of(pipeline.settings, name)
        endpoints.pause(connection, name, because=f"paused by {actor}", now=now_or(now))
    tell(f"webhook {name} is paused; its events are kept")


@app.command()
def resume(context: typer.Context, name: Name, *, now: Now = None) -> None:
    """Tell a paused or failing webhook again, first what waits, with the next `respond`."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        webhook_of(pipeline.settings, name)
        endpoints.resume(connection, name, now=now_or(now))
    tell(f"webhook {name} is told again")


def _row(one: EndpointState) -> tuple[object, ...]:
    counts = (one.counts["waiting"], one.counts["sent"], one.counts["refused"])
    return (one.webhook.name, ", ".join(one.webhook.events), *counts, _doing(one.endpoint))


def _doing(one: Endpoint) -> str:
    missed = f"; {one.missed:,} mentions were not kept for it" if one.missed else ""
    if one.paused_at:
        return f"paused since {one.paused_at:%Y-%m-%d %H:%M}: {one.paused_because}{missed}"
    if one.fails:
        return f"failed {one.fails} times, next try {one.next_try_at:%Y-%m-%d %H:%M}{missed}"
    return f"fine{missed}"


def _told(one: Try) -> str:
    replay_of = "replay of " if one.is_replay else ""
    if len(one.events) == 1:
        return f"{replay_of}{one.types} {one.events[0]}"
    return f"{replay_of}{len(one.events)} × {one.types}"

"""`untagged outbox …` and `untagged channels …`: what was told, what could not be, and why."""

from dataclasses import asdict
from typing import Annotated

import typer

from alerts import outbox
from alerts.channels import Channel, open_channels
from alerts.messages import render
from alerts.outbox import Letter
from alerts.samples import trial_payload
from mentions.errors import DeliveryDelayed, DeliveryRefused, NotFound, UntaggedError
from mentions.numbers import MAX_NUMBER
from untagged.cli.opened import now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell, utc_now
from untagged.settings import Settings, load_settings

app = typer.Typer(help="Notifications: waiting, sent, or dead.", no_args_is_help=True)
channels = typer.Typer(help="Where notifications go.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(max=MAX_NUMBER, help="The notification's number.")]


@app.command(name="list")
def list_(
    context: typer.Context,
    *,
    state: Annotated[str | None, typer.Option(help="waiting, sent or dead.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Notifications, newest first."""
    if state not in (None, *outbox.STATES):
        raise typer.BadParameter(f"write one of {', '.join(outbox.STATES)}", param_hint="--state")
    with opened(context) as pipeline, pipeline.read() as connection:
        found = outbox.letters(connection, state=state, limit=limit)
    if as_json:
        for letter in found:
            print_json(asdict(letter))
        return
    rows = [(one.id, one.created_at, one.state, one.channel, one.kind, _said(one)) for one in found]
    columns = ("number", "since (UTC)", "state", "channel", "kind", "what became of it")
    print_table(columns, rows, title=f"{len(rows)} notifications")


@app.command()
def show(context: typer.Context, number: Number, *, as_json: AsJson = False) -> None:
    """One notification, as it reads."""
    with opened(context) as pipeline, pipeline.read() as connection:
        letter = outbox.letter_of(connection, number)
        folders = pipeline.settings.template_folders
    try:
        message = render(letter.kind, letter.payload, folders=folders, pictured=False)
        title, text = message.title, message.text
    except DeliveryRefused as error:
        title, text = "", str(error)
    if as_json:
        print_json({**asdict(letter), "title": title, "text": text})
        return
    rows = [
        ("state", letter.state),
        ("channel", letter.channel),
        ("kind", letter.kind),
        ("written (UTC)", letter.created_at),
        ("sent (UTC)", letter.sent_at),
        ("tries", letter.tries),
        ("last error", letter.error or None),
        ("key", letter.idempotency_key),
        ("title", title),
        ("text", text),
    ]
    print_table(("", "notification"), rows, title=f"notification {number}")


@app.command()
def resend(
    context: typer.Context,
    number: Annotated[
        int | None, typer.Argument(max=MAX_NUMBER, help="The notification's number.")
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All dead ones.")] = False,
    now: Now = None,
) -> None:
    """Give a dead notification a new start; it goes out with the next `respond`."""
    if (number is None) is not everything:
        raise typer.BadParameter("give a number, or --all")
    with opened(context) as pipeline, pipeline.begin() as connection:
        if number is None:
            count = outbox.resend_all(connection, now=now_or(now))
        else:
            outbox.resend(connection, number, now=now_or(now))
            count = 1
    tell(f"{count} notification{'s' * (count != 1)} will be sent again")


@app.command()
def drop(context: typer.Context, number: Number) -> None:
    """Delete a dead notification that nobody needs any more."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        outbox.drop(connection, number)
    tell(f"notification {number} is gone")


def _said(letter: Letter) -> str:
    if letter.state == "sent":
        return f"sent {letter.sent_at:%Y-%m-%d %H:%M}"
    if letter.state == "dead":
        return letter.error
    error = f": {letter.error}" if letter.error else ""
    return f"tried {letter.tries} times, next {letter.next_try_at:%Y-%m-%d %H:%M}{error}"


@channels.command(name="list")
def list_channels(context: typer.Context, *, as_json: AsJson = False) -> None:
    """The channels of the settings, without their addresses, which may hold secrets."""
    found = load_settings(context.obj).settings.channels
    if as_json:
        for channel in found:
            print_json({"name": channel.name, "way": _way(channel)})
        return
    rows = [(channel.name, _way(channel)) for channel in found]
    print_table(("channel", "goes by"), rows, title=f"{len(rows)} channels")


@channels.command(name="test")
def try_channel(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The channel's name in the settings.")],
    *,
    actor: Actor = "cli",
) -> None:
    """Send a test message now, and say what came back."""
    settings = load_settings(context.obj).settings
    sender = open_channels(
        [_channel(settings, name)],
        source=settings.cockpit.url,
        folders=settings.template_folders,
    )[name]
    now = utc_now()
    letter = Letter(
        id=0,
        idempotency_key=f"test:{name}:{now.timestamp():.6f}",
        channel=name,
        kind="test",
        payload=trial_payload(name, who=actor, now=now, link=settings.cockpit.url),
        created_at=now,
        next_try_at=now,
        tries=1,
        state="waiting",
        sent_at=None,
        error="",
    )
    try:
        said = sender.send(letter, now=now)
    except (DeliveryDelayed, DeliveryRefused) as error:
        raise UntaggedError(f"channel {name} did not take the test message: {error}") from error
    tell(f"channel {name}: {said}; look whether it arrived")


def _channel(settings: Settings, name: str) -> Channel:
    for channel in settings.channels:
        if channel.name == name:
            return channel
    listed = ", ".join(channel.name for channel in settings.channels) or "none"
    raise NotFound(f"there is no channel {name!r}; the settings have {listed}")


def _way(channel: Channel) -> str:
    return "signed webhook" if channel.webhook else channel.url.partition("://")[0]

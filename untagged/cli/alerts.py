"""`untagged alerts …`: what fired, taking it on, handing it over, closing it."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import typer

from alerts import book, groups, life
from alerts.book import Alert
from alerts.history import history_of
from alerts.rules import KINDS
from alerts.silences import Silence, list_silences
from alerts.tables import OPEN
from mentions.mention import Mention
from mentions.numbers import MAX_NUMBER
from mentions.store import MentionStore
from untagged.cli.opened import now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell
from untagged.cli.silences import register

app = typer.Typer(help="What the rules found.", no_args_is_help=True)
SHOWN_POSTS = 10

Number = Annotated[int, typer.Argument(metavar="ALERT", max=MAX_NUMBER, help="The alert's number.")]
Note = Annotated[str, typer.Option(help="For colleagues; kept in the alert's history.")]


@app.command(name="list")
def list_(
    context: typer.Context,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Resolved ones, too.")] = False,
    kind: Annotated[list[str] | None, typer.Option(help=f"Of these: {', '.join(KINDS)}.")] = None,
    brand: Annotated[str | None, typer.Option()] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Alerts, newest first; those that are over only with --all."""
    if unknown := set(kind or ()) - set(KINDS):
        said = f"{', '.join(sorted(unknown))} is none; write of {', '.join(KINDS)}"
        raise typer.BadParameter(said, param_hint="--kind")
    with opened(context) as pipeline, pipeline.read() as connection:
        found = book.list_alerts(
            connection,
            statuses=() if everything else OPEN,
            kinds=kind or (),
            brand=brand,
            limit=limit,
        )
    if as_json:
        for alert in found:
            print_json(alert.to_json())
        return
    rows = [
        (a.id, a.started_at, status_of(a), a.severity, a.owner or "–", a.brand, a.rule, a.reason)
        for a in found
    ]
    columns = ("alert", "since (UTC)", "status", "severity", "with", "brand", "rule", "reason")
    print_table(columns, rows, title=f"{len(rows)} alerts")


def status_of(alert: Alert) -> str:
    """The status, and what keeps the alert from being told."""
    if not alert.is_open or not alert.is_muted:
        return alert.status
    by = f"silence {alert.silence_id}" if alert.is_silenced else f"alert {alert.inhibited_by}"
    return f"{alert.status}, muted by {by}"


@app.command()
def show(
    context: typer.Context, alert: Number, *, now: Now = None, as_json: AsJson = False
) -> None:
    """One alert: why, its posts, its history, where it was told, which silences match."""
    at = now_or(now)
    with opened(context) as pipeline:
        with pipeline.read() as connection:
            one = book.get_alert(connection, alert)
            history = history_of(connection, alert)
            letters = groups.letters_of(connection, alert)
            silences = list_silences(connection, now=at, with_coming=True)
        posts = _posts(pipeline.store, one)
    matching = [silence for silence in silences if silence.matches(one)]
    told = [
        {
            "id": letter.id,
            "channel": letter.channel,
            "state": letter.state,
            "created_at": letter.created_at,
            "sent_at": letter.sent_at,
            "error": letter.error,
        }
        for letter in letters
    ]
    if as_json:
        print_json(
            {
                **one.to_json(),
                "history": [line.to_json() for line in history],
                "letters": told,
                "posts": [post.to_json() for post in posts],
                "silences": [silence.to_json() for silence in matching],
            }
        )
        return
    _print_facts(one, matching)
    print_table(
        ("published (UTC)", "author", "platform", "post"),
        [(p.published, p.author.name or p.author.handle, p.platform, p.text[:200]) for p in posts],
        title=f"{len(posts)} of {len(one.mention_ids)} posts",
    )
    lines = [(line.at, line.who, line.what, line.note) for line in history]
    print_table(("at (UTC)", "who", "did", "note"), lines, title="history")
    rows = [(t["id"], t["channel"], t["created_at"], t["state"], t["error"]) for t in told]
    print_table(("letter", "channel", "written (UTC)", "state", "error"), rows, title="told")


def _posts(store: MentionStore, alert: Alert) -> list[Mention]:
    """The newest posts that the alert points at, as far as they are still there."""
    newest = alert.mention_ids[: -SHOWN_POSTS - 1 : -1]
    return [post for post in map(store.get, newest) if post is not None]


def _print_facts(alert: Alert, silences: list[Silence]) -> None:
    facts = [
        ("status", status_of(alert)),
        ("severity", alert.severity),
        ("with", alert.owner or "nobody yet"),
        ("acknowledged by", alert.acknowledged_by or "–"),
        ("note", alert.note or "–"),
        ("brand", alert.brand or "–"),
        ("rule", f"{alert.rule} ({alert.kind}, {alert.signal})"),
        ("began (UTC)", alert.began_at),
        ("since (UTC)", alert.started_at),
        ("last fired (UTC)", alert.last_at),
        ("observed, expected", f"{alert.observed:.1f}, {alert.expected:.1f}"),
        ("silences", ", ".join(f"{one.id} ({one.author})" for one in silences) or "–"),
    ]
    print_table(("", alert.reason), facts, title=f"alert {alert.id}")


@app.command()
def ack(
    context: typer.Context, alert: Number, *, note: Note = "", actor: Actor = "cli", now: Now = None
) -> None:
    """Take an alert on: it is yours, and not repeated any more."""
    _do(context, life.acknowledge, alert, note=note, who=actor, now=now_or(now))
    tell(f"alert {alert} is acknowledged by {actor}")


@app.command()
def unack(
    context: typer.Context, alert: Number, *, note: Note = "", actor: Actor = "cli", now: Now = None
) -> None:
    """Give an alert back: it is nobody's, and told again when that is due."""
    _do(context, life.unacknowledge, alert, note=note, who=actor, now=now_or(now))
    tell(f"alert {alert} is acknowledged by nobody any more")


@app.command()
def assign(
    context: typer.Context,
    alert: Number,
    to: Annotated[str, typer.Argument(help="Who gets it.")],
    *,
    note: Note = "",
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Give an open alert to somebody."""
    _do(context, life.assign, alert, to=to, note=note, who=actor, now=now_or(now))
    tell(f"alert {alert} is with {to}")


@app.command()
def resolve(
    context: typer.Context, alert: Number, *, note: Note = "", actor: Actor = "cli", now: Now = None
) -> None:
    """Close an alert; it stays closed until its cause begins anew."""
    _do(context, life.resolve, alert, note=note, who=actor, now=now_or(now))
    tell(f"alert {alert} is resolved; to undo: untagged alerts reopen {alert}")


@app.command()
def reopen(
    context: typer.Context, alert: Number, *, note: Note = "", actor: Actor = "cli", now: Now = None
) -> None:
    """Undo a resolving."""
    _do(context, life.reopen, alert, note=note, who=actor, now=now_or(now))
    tell(f"alert {alert} fires again")


def _do(
    context: typer.Context,
    step: Callable[..., None],
    alert: int,
    *,
    now: datetime,
    **said: Any,
) -> None:
    with opened(context) as pipeline, pipeline.begin() as connection:
        step(connection, alert, now=now, **said)


register(app)

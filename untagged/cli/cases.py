"""`untagged cases …`: the queue, and working it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from cases import desk
from cases.case import LIVING, PRIORITIES, STATUSES, Case
from cases.tickets import tickets_of
from mentions.times import parse_moment
from untagged.beside import beside
from untagged.cli import help_desks
from untagged.cli.customers import print_beside
from untagged.cli.opened import moment, now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell
from untagged.pipeline import Pipeline
from untagged.replying import mention_of

app = typer.Typer(help="The cases that somebody must answer.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="The case's number.")]


@app.command(name="list")
def list_(
    context: typer.Context,
    *,
    status: Annotated[str | None, typer.Option(help="living, all, or one status.")] = "living",
    team: Annotated[str | None, typer.Option()] = None,
    agent: Annotated[str | None, typer.Option(help="'' is nobody.")] = None,
    brand: Annotated[str | None, typer.Option()] = None,
    priority: Annotated[str | None, typer.Option()] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only missed promises.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Cases, the one that is due first at the top."""
    at = now_or(now)
    one_of(status, (*STATUSES, "living", "all"), "--status")
    one_of(priority, PRIORITIES, "--priority")
    wanted: Any = {"living": LIVING, "all": None}.get(status or "all", status)
    with opened(context) as pipeline, pipeline.read() as connection:
        found = desk.list_cases(
            connection,
            status=wanted,
            team=team,
            agent=agent,
            brand=brand,
            priority=priority,  # type: ignore[arg-type]  # checked above
            overdue_at=at if overdue else None,
            limit=limit,
        )
    if as_json:
        for case in found:
            print_json({**case.to_json(), "clock": desk.clock(case, at).to_json()})
        return
    rows = [
        (
            c.id,
            c.status,
            c.priority,
            c.team,
            c.agent or "–",
            desk.clock(c, at),
            c.brand,
            c.excerpt[:90],
        )
        for c in found
    ]
    columns = ("case", "status", "priority", "team", "agent", "clock", "brand", "what was said")
    print_table(columns, rows, title=f"{len(rows)} cases")


@app.command()
def show(context: typer.Context, case: Number, *, now: Now = None, as_json: AsJson = False) -> None:
    """One case with its posts, notes and audit trail, and what is known of its author."""
    at = now_or(now)
    with opened(context) as pipeline:
        with pipeline.read() as connection:
            file = desk.show_case(connection, case)
            tickets = tickets_of(connection, case)
        known = beside(pipeline, file, mention_of(pipeline, file.case), now=at)
    if as_json:
        clock, handed = desk.clock(file.case, at).to_json(), [one.to_json() for one in tickets]
        print_json({**file.to_json(), "clock": clock, "tickets": handed, **known.to_json()})
        return
    one = file.case
    facts = [
        ("status", one.status),
        ("priority", one.priority),
        ("brand", one.brand),
        ("team, agent", f"{one.team}, {one.agent or 'nobody yet'}"),
        ("routed by", one.route_reason),
        ("assigned by", one.assign_reason),
        ("clock", desk.clock(one, at)),
        *([("needs no reply", one.no_reply)] if one.no_reply else []),
        *([("playbook", one.playbook)] if one.playbook else []),
        ("published", one.published_at),
        ("collected", one.collected_at),
        ("address", one.url),
    ]
    print_table(("", one.title or one.excerpt), facts, title=f"case {one.id}")
    posts = [(p.published_at, p.author, p.excerpt) for p in file.posts]
    print_table(("published (UTC)", "author", "post"), posts, title="conversation")
    if file.notes:
        rows = [(n.at, n.author, n.text) for n in file.notes]
        print_table(("at (UTC)", "by", "note"), rows, title="notes")
    if tickets:
        print_table(help_desks.COLUMNS, help_desks.rows_of(tickets), title="handed over")
    trail = [(a.at, a.actor, a.action) for a in file.audit]
    print_table(("at (UTC)", "by", "did"), trail, title="audit")
    print_beside(known)


@app.command()
def assign(
    context: typer.Context,
    case: Number,
    agent: Annotated[str | None, typer.Argument(help="The next in turn if left out.")] = None,
    *,
    team: Annotated[str | None, typer.Option(help="Another team.")] = None,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Give a case to an agent, or to a team's next in turn."""
    with _working(context) as (pipeline, connection):
        teams = pipeline.settings.teams
        at = now_or(now)
        changed = desk.assign(
            connection, case, agent=agent, team=team, teams=teams, now=at, actor=actor
        )
    _told(changed, f"is with {changed.agent or 'nobody'} of {changed.team}")


@app.command()
def reply(
    context: typer.Context,
    case: Number,
    *,
    at: Annotated[str | None, typer.Option(help="When it was answered; now if left out.")] = None,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Say that the author was answered; the response clock stops."""
    current = now_or(now)
    answered = moment(at, option="--at", now=current) or current
    with _working(context) as (_, connection):
        changed = desk.record_reply(connection, case, at=answered, now=current, actor=actor)
    _told(changed, "was answered")


@app.command()
def resolve(
    context: typer.Context,
    case: Number,
    *,
    answer: Annotated[str, typer.Option(help="The address of what settled it.")] = "",
    title: Annotated[str, typer.Option(help="What the answer is called.")] = "",
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """The case is done; its clocks stop. An answer is suggested for like questions."""
    at = now_or(now)
    with _working(context) as (_, connection):
        if answer:
            changed = desk.resolve_with(connection, case, answer, title=title, now=at, actor=actor)
        else:
            changed = desk.resolve(connection, case, now=at, actor=actor)
    _told(changed, "is resolved")


@app.command()
def snooze(
    context: typer.Context,
    case: Number,
    span: Annotated[str, typer.Argument(metavar="FOR", help="Such as 2h or 1d.")],
    *,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Put a case aside for a while; it comes back by itself."""
    at = now_or(now)
    try:
        until = parse_moment(f"now+{span}", now=at)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="FOR") from error
    with _working(context) as (_, connection):
        changed = desk.snooze(connection, case, until=until, now=at, actor=actor)
    _told(changed, f"sleeps until {until:%Y-%m-%d %H:%M} UTC")


@app.command(name="needs-reply")
def needs_reply(
    context: typer.Context,
    case: Number,
    *,
    no: Annotated[bool, typer.Option("--no", help="Nobody has to answer.")] = False,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Say that the author waits for an answer after all, or (--no) that nobody has to."""
    decide = desk.needs_no_reply if no else desk.needs_reply
    with _working(context) as (_, connection):
        changed = decide(connection, case, now=now_or(now), actor=actor)
    _told(changed, f"needs no reply: {changed.no_reply}" if changed.no_reply else "needs a reply")


@app.command(name="merge")
def merge_(
    context: typer.Context,
    case: Number,
    into: Annotated[int, typer.Argument(help="The case that goes on.")],
    *,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Make two cases one; both histories are kept."""
    with _working(context) as (_, connection):
        changed = desk.merge(connection, case, into=into, now=now_or(now), actor=actor)
    tell(f"case {case} was merged into case {changed.id}")


@contextmanager
def _working(context: typer.Context) -> Iterator[tuple[Pipeline, Any]]:
    with opened(context) as pipeline, pipeline.begin() as connection:
        yield pipeline, connection


def _told(case: Case, what: str) -> None:
    tell(f"case {case.id} {what}")


def one_of(value: str | None, known: tuple[str, ...], option: str) -> None:
    """Refuse a value that is none of those known, as wrong usage."""
    if value is not None and value not in known:
        raise typer.BadParameter(f"{value!r}: known are {', '.join(known)}", param_hint=option)

"""`untagged cases claim, tag, watch, bulk, …`: working cases with colleagues, one and many."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from cases import desk
from cases.addressees import mistyped_in
from cases.case import LIVING, PRIORITIES, STATUSES, Case
from untagged.bulk import MOST, Done, in_bulk
from untagged.cli.cases import Number, one_of
from untagged.cli.opened import now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell
from untagged.deeds import NAMES, deed
from untagged.escalating import agents_of

DO = f"{', '.join(NAMES)}."


def register(app: typer.Typer) -> None:
    """Put these commands beside the others about cases."""
    app.command()(note)
    app.command()(claim)
    app.command(name="next")(next_)
    app.command()(release)
    app.command()(pend)
    app.command()(reopen)
    app.command()(tag)
    app.command()(prioritise)
    app.command()(watch)
    app.command()(mentioned)
    app.command()(bulk)


def note(
    context: typer.Context,
    case: Number,
    text: Annotated[str, typer.Argument(help="Private; never public. @NAME tells a colleague.")],
    *,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Write a note for colleagues."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        teams = pipeline.settings.teams
        written = desk.note(connection, case, text, now=now_or(now), actor=actor, teams=teams)
        named = desk.named_by(connection, [written.id]).get(written.id, [])
        known = agents_of(pipeline.settings)
    tell(f"case {case}: noted{', and ' + ', '.join(sorted(named)) + ' told' if named else ''}")
    for word, meant in mistyped_in(written.text, known).items():
        tell(
            f"there is no agent @{word}, so nobody was told; did you mean @{meant}? "
            f"There are {', '.join(known)}"
        )


def claim(context: typer.Context, case: Number, *, actor: Actor = "cli", now: Now = None) -> None:
    """Take a case that nobody has."""
    _do(context, case, "claim", actor=actor, now=now, says=lambda changed: f"is {changed.agent}'s")


def next_(
    context: typer.Context,
    team: Annotated[str, typer.Argument(help="The team whose queue it is.")],
    *,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Take the team's most pressing case that nobody has. Exit 1 if there is none."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        teams = pipeline.settings.teams
        taken = desk.claim_next(connection, team, actor, teams=teams, now=now_or(now))
    if taken is None:
        tell(f"no open case of {team} waits for somebody")
        raise typer.Exit(1)
    typer.echo(taken.id)


def release(context: typer.Context, case: Number, *, actor: Actor = "cli", now: Now = None) -> None:
    """Nobody has the case any more; it waits for the next turn or claim."""
    _do(
        context,
        case,
        "release",
        actor=actor,
        now=now,
        says=lambda changed: f"waits in {changed.team}",
    )


def pend(context: typer.Context, case: Number, *, actor: Actor = "cli", now: Now = None) -> None:
    """The case waits for the author or somebody else; its clocks stand still."""
    _do(context, case, "pend", actor=actor, now=now, says=lambda _: "is pending")


def reopen(context: typer.Context, case: Number, *, actor: Actor = "cli", now: Now = None) -> None:
    """The case is open again; its clocks go on where they stood."""
    _do(context, case, "reopen", actor=actor, now=now, says=lambda _: "is open")


def tag(
    context: typer.Context,
    case: Number,
    tags: Annotated[list[str] | None, typer.Argument(help="Put on.")] = None,
    *,
    remove: Annotated[list[str] | None, typer.Option(help="Take off; may be repeated.")] = None,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Put tags on a case, and take others off."""
    if not tags and not remove:
        raise typer.BadParameter("name a tag to put on, or --remove one", param_hint="TAGS")
    with opened(context) as pipeline, pipeline.begin() as connection:
        changed = desk.tag(
            connection, case, add=tags or (), remove=remove or (), now=now_or(now), actor=actor
        )
    tell(f"case {case} has {', '.join(changed.tags) or 'no tags'}")


def prioritise(
    context: typer.Context,
    case: Number,
    priority: Annotated[str, typer.Argument(help=f"{', '.join(PRIORITIES)}.")],
    *,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Say how much a case presses; its open promises get the times of that."""
    _do(
        context,
        case,
        "prioritise",
        actor=actor,
        now=now,
        to=priority,
        says=lambda one: f"is {one.priority}",
    )


def watch(
    context: typer.Context,
    case: Number,
    *,
    no: Annotated[bool, typer.Option("--no", help="Hear of it no more.")] = False,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Hear of a case by the channels of your own; says who watches it then."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        if no:
            desk.unwatch(connection, case, actor)
        else:
            desk.watch(connection, case, actor, teams=pipeline.settings.teams, now=now_or(now))
        watchers = desk.watchers_of(connection, case)
    tell(f"case {case} is watched by {', '.join(watchers) or 'nobody'}")


def mentioned(
    context: typer.Context,
    *,
    seen: Annotated[bool, typer.Option("--seen", help="From now on you have seen them.")] = False,
    actor: Actor = "cli",
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Notes that name you and that you have not seen."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        found = desk.unseen(connection, actor)
        if seen:
            desk.see(connection, [one.id for one in found], actor, now=now_or(now))
    if as_json:
        for one in found:
            print_json({"case": one.case_id, "at": one.at, "author": one.author, "text": one.text})
        return
    rows = [(one.case_id, one.at, one.author, one.text) for one in found]
    print_table(("case", "at (UTC)", "by", "note"), rows, title=f"{len(rows)} notes name {actor}")


def bulk(
    context: typer.Context,
    do: Annotated[str, typer.Argument(help=DO)],
    to: Annotated[str, typer.Argument(help="TEAM/AGENT, 2h, tags with commas, a priority.")] = "",
    *,
    status: Annotated[str, typer.Option(help="living, all, or one status.")] = "living",
    team: Annotated[str | None, typer.Option()] = None,
    agent: Annotated[str | None, typer.Option(help="'' is nobody.")] = None,
    brand: Annotated[str | None, typer.Option()] = None,
    priority: Annotated[str | None, typer.Option()] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only missed promises.")] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, max=MOST, help="Only so many, those due first.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which cases.")] = False,
    actor: Actor = "cli",
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Do one thing with every case that the options choose; `merge` is into the oldest of them.

    Says which were changed, and why others were not. Exit 1 if there were such.
    """
    one_of(status, (*STATUSES, "living", "all"), "--status")
    one_of(priority, PRIORITIES, "--priority")
    at = now_or(now)
    wanted: Any = {"living": LIVING, "all": None}.get(status, status)
    options: Any = {"team": team, "agent": agent, "brand": brand, "priority": priority}
    with opened(context) as pipeline:
        with pipeline.read() as connection:
            overdue_at = at if overdue else None
            most = limit or MOST + 1
            found = desk.list_cases(
                connection, status=wanted, overdue_at=overdue_at, limit=most, **options
            )
        if len(found) > MOST:
            raise typer.BadParameter(
                f"more than {MOST} cases are chosen, and one call takes no more; narrow them down, "
                f"or take those due first with --limit {MOST}"
            )
        told: Any = {"teams": pipeline.settings.teams, "now": at, "actor": actor}
        if dry_run:
            _tell_chosen(found, do, to, as_json=as_json, **told)
            return
        seen = [(one.id, one.version) for one in found]
        done = in_bulk(pipeline.begin, seen, do, to, **told)
    _tell_done(done, as_json=as_json)
    raise typer.Exit(1 if done.refused else 0)


def _tell_chosen(found: Sequence[Case], do: str, to: str, *, as_json: bool, **told: Any) -> None:
    if do != "merge":
        deed(do, to, **told)  # says so if it cannot be done at all
    if as_json:
        for one in found:
            print_json({"case": one.id, "done": False, "why": "dry run"})
        return
    rows = [(one.id, one.status, one.priority, one.team, one.agent, one.excerpt) for one in found]
    columns = ("case", "status", "priority", "team", "agent", "what was said")
    print_table(columns, rows, title=f"{len(rows)} cases would be asked to {do} {to}".rstrip())


def _tell_done(done: Done, *, as_json: bool) -> None:
    if as_json:
        for number in done.changed:
            print_json({"case": number, "done": True, "why": ""})
        for number in done.same:
            print_json({"case": number, "done": False, "why": "was so already"})
        for number, why in done.refused:
            print_json({"case": number, "done": False, "why": why})
        return
    for number, why in done.refused:
        tell(f"case {number}: {why}")
    tell(str(done))


def _do(
    context: typer.Context,
    case: int,
    do: str,
    *,
    to: str = "",
    actor: str,
    now: str | None,
    says: Callable[[Case], str],
) -> None:
    with opened(context) as pipeline, pipeline.begin() as connection:
        act = deed(do, to, teams=pipeline.settings.teams, now=now_or(now), actor=actor)
        changed = act(connection, case, None)
    tell(f"case {case} {says(changed)}")

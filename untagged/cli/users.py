"""`untagged users …`: who may log in to the cockpit, as what, and what they see."""

from typing import Annotated

import typer

from untagged.accounts import book, sessions
from untagged.accounts.appointing import agent_meant, refuse_unknown
from untagged.accounts.book import By
from untagged.accounts.passwords import hashed, made, refuse_weak
from untagged.accounts.roles import Role
from untagged.accounts.trail import trail
from untagged.accounts.user import User, known_name
from untagged.cli.opened import opened
from untagged.cli.output import Actor, AsJson, print_json, print_table, tell, utc_now

app = typer.Typer(help="Who may log in to the cockpit.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="What they log in with.")]
Brands = Annotated[
    list[str] | None, typer.Option("--brand", help="A brand they see; all if there is none.")
]
Teams = Annotated[
    list[str] | None,
    typer.Option("--team", help="A team whose cases they see; what the role says if none."),
]
Agent = Annotated[
    str | None, typer.Option(help="Which agent of the settings they are, so that cases are theirs.")
]
Ask = Annotated[bool, typer.Option("--ask", help="Ask for the password instead of making one.")]


@app.command()
def add(
    context: typer.Context,
    name: Name,
    *,
    role: Annotated[Role, typer.Option(help="What they may do.")] = "agent",
    full_name: Annotated[str, typer.Option(help="As colleagues call them.")] = "",
    agent: Agent = None,
    brand: Brands = None,
    team: Teams = None,
    ask: Ask = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="A proxy or a provider says who they are.")
    ] = False,
    actor: Actor = "cli",
) -> None:
    """A new user, with a password that is printed once."""
    with opened(context) as pipeline:
        refuse_unknown(pipeline.settings, brands=brand or (), teams=team or ())
        password = None if no_password else _password(name, ask=ask)
        with pipeline.begin() as connection:
            user = book.add_user(
                connection,
                name,
                role=role,
                by=By(actor, utc_now()),
                password=password,
                must_change=password is not None and not ask,
                full_name=full_name,
                agent=agent_meant(pipeline.settings, name, agent),
                brands=brand or (),
                teams=team or (),
            )
    as_whom = f", who is agent {user.agent}" if user.agent else ""
    tell(f"user {user.name} is {user.role}{as_whom}")
    _show(None if ask else password)


@app.command(name="list")
def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """All users by name."""
    with opened(context) as pipeline, pipeline.read() as connection:
        found = book.list_users(connection)
    if as_json:
        for one in found:
            print_json(_said(one))
        return
    rows = [
        (
            one.name,
            "disabled" if one.is_disabled else one.role,
            one.agent,
            one.last_login_at,
            f"brands {', '.join(one.brands) or 'all'}; teams {', '.join(one.teams) or 'by role'}",
        )
        for one in found
    ]
    columns = ("name", "role", "agent", "last login (UTC)", "sees")
    print_table(columns, rows, title=f"{len(rows)} users")


@app.command()
def role(context: typer.Context, name: Name, role: Role, *, actor: Actor = "cli") -> None:
    """Give another role; it holds from the next page, for which they log in anew."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        user = book.named_user(connection, name)
        user = book.set_role(connection, user, role, by=By(actor, utc_now()))
    tell(f"user {user.name} is {user.role}")


@app.command()
def scope(
    context: typer.Context,
    name: Name,
    *,
    brand: Brands = None,
    team: Teams = None,
    agent: Agent = None,
    actor: Actor = "cli",
) -> None:
    """Say which brands and teams they see; what is not named any more is taken away."""
    by = By(actor, utc_now())
    with opened(context) as pipeline:
        refuse_unknown(pipeline.settings, brands=brand or (), teams=team or ())
        with pipeline.begin() as connection:
            user = book.named_user(connection, name)
            if agent is not None:
                user = book.set_agent(
                    connection, user, agent_meant(pipeline.settings, name, agent), by=by
                )
            user = book.set_scope(connection, user, brands=brand or (), teams=team or (), by=by)
    brands, teams = ", ".join(user.brands) or "all", ", ".join(user.teams) or "by role"
    tell(f"user {user.name} sees brands: {brands}; teams: {teams}")


@app.command()
def disable(context: typer.Context, name: Name, *, actor: Actor = "cli") -> None:
    """Log them out everywhere and let them in no more."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        user = book.named_user(connection, name)
        book.disable(connection, user, by=By(actor, utc_now()))
    tell(f"user {user.name} is disabled; undo: untagged users enable {user.name}")


@app.command()
def enable(context: typer.Context, name: Name, *, actor: Actor = "cli") -> None:
    """Let them in again."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        user = book.named_user(connection, name)
        book.enable(connection, user, by=By(actor, utc_now()))
    tell(f"user {user.name} may log in again")


@app.command()
def password(context: typer.Context, name: Name, *, ask: Ask = False, actor: Actor = "cli") -> None:
    """Another password, printed once; they are logged out everywhere."""
    with opened(context) as pipeline:
        with pipeline.read() as connection:
            user = book.named_user(connection, name)
        new = _password(user.name, ask=ask)
        secret, by = hashed(new), By(actor, utc_now())
        with pipeline.begin() as connection:
            book.set_password(connection, user, secret, must_change=not ask, by=by)
    tell(f"user {user.name} has a new password and is logged out everywhere")
    _show(None if ask else new)


@app.command(name="sessions")
def sessions_(
    context: typer.Context,
    name: Name,
    *,
    end: Annotated[bool, typer.Option("--end", help="Log them out everywhere.")] = False,
    actor: Actor = "cli",
    as_json: AsJson = False,
) -> None:
    """Where somebody is logged in."""
    now = utc_now()
    with opened(context) as pipeline, pipeline.begin() as connection:
        user = book.named_user(connection, name)
        lifetime = pipeline.settings.login.of_sessions
        found = sessions.sessions_of(connection, user.id, now=now, lifetime=lifetime)
        if end:
            book.log_out(connection, user, by=By(actor, now))
    if as_json:
        for one in found:
            times = {"began_at": one.began_at, "seen_at": one.seen_at, "ended": end}
            print_json({"session": one.id, "address": one.address, "browser": one.browser, **times})
        return
    rows = [(one.id, one.began_at, one.seen_at, one.address, one.browser) for one in found]
    title = f"{len(rows)} sessions of {user.name}{', ended now' if end else ''}"
    print_table(("session", "since (UTC)", "last used", "address", "browser"), rows, title=title)


@app.command()
def audit(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Only about this user.")] = "",
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: AsJson = False,
) -> None:
    """What changed about users, who came in and who was refused; newest first."""
    with opened(context) as pipeline, pipeline.read() as connection:
        user_id = book.named_user(connection, name).id if name else None
        lines = trail(connection, user_id=user_id, limit=limit)
    if as_json:
        for line in lines:
            about = {"user": line.user, "address": line.address, "detail": line.detail}
            print_json({"at": line.at, "actor": line.actor, "action": line.action, **about})
        return
    rows = [(one.at, one.actor, one.action, one.user, one.address) for one in lines]
    print_table(("at (UTC)", "by", "what", "user", "address"), rows, title=f"{len(rows)} lines")


def _password(name: str, *, ask: bool) -> str:
    if not ask:
        return made()
    said: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    refuse_weak(said, name=known_name(name))
    return said


def _show(password: str | None) -> None:
    """To standard output, once; the book keeps a hash."""
    if password is not None:
        tell("the password, which is shown once and has to be changed at the first login:")
        typer.echo(password)


def _said(user: User) -> dict[str, object]:
    names = ("name", "full_name", "role", "agent", "brands", "teams", "zone", "is_disabled")
    times = ("must_change", "created_at", "last_login_at")
    return {name: getattr(user, name) for name in (*names, *times)}

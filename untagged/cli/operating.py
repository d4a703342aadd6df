"""Commands for who runs it: init, up, serve, doctor, housekeeping."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from mentions.errors import SettingsError
from untagged.accounts.book import FIRST, count_users, first_admin
from untagged.checkup import examined
from untagged.child_process import refuse_taken
from untagged.cli.opened import now_or, opened
from untagged.cli.output import AsJson, Now, print_json, print_table, tell, utc_now
from untagged.pipeline import Pipeline
from untagged.settings import DEFAULT_CONFIG, find_config, load_settings
from untagged.together import Ports, run_together
from untagged.wiring import open_database, transactions

COCKPIT_PORT = "The cockpit's port, else cockpit.port of the settings."


def register(app: typer.Typer) -> None:
    """Put these commands on the root."""
    app.command()(init)
    app.command()(up)
    app.command()(serve)
    app.command()(doctor)
    app.command()(housekeeping)


def init(
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", file_okay=False)] = Path(),
) -> None:
    """Write a commented example untagged.yaml."""
    path = directory / DEFAULT_CONFIG
    if path.exists():
        raise SettingsError(f"{path} is there already; move it away to get a new one")
    write_example(path)
    tell(f"wrote {path}; `untagged up` starts everything, `untagged doctor` checks it")


def write_example(path: Path) -> None:
    """The example settings at `path`, folders made as needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(files("untagged").joinpath("example.yaml").read_text("utf-8"), "utf-8")


def up(
    context: typer.Context,
    *,
    airflow: Annotated[bool, typer.Option(help="Airflow runs the DAGs; else a plain loop.")] = True,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help=COCKPIT_PORT)] = None,
    town_port: Annotated[int, typer.Option(min=1, max=65535, help="The town's port.")] = 8765,
    airflow_port: Annotated[int, typer.Option(min=1, max=65535, help="Airflow's port.")] = 8080,
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 1,
) -> None:
    """Everything on this machine: the town, a first cycle, Airflow, the cockpit."""
    path = find_config(context.obj)
    if path is None:
        path = Path(DEFAULT_CONFIG).absolute()
        write_example(path)
        tell(f"wrote example settings to {path}")
    known = load_settings(path).settings.cockpit.port
    if port is not None and port != known:
        tell(
            f"links in messages lead to port {known}, where the settings have the cockpit; give "
            f"cockpit: {{port: {port}}} in {path} instead of --port, and they lead to this one"
        )
    run_together(
        path,
        ports=Ports(port or known, town_port, airflow_port),
        with_airflow=airflow,
        seed=seed,
        now=utc_now(),
        tell=tell,
        login=_first_login(path),
    )


def _first_login(config: Path) -> str:
    """How to log in, with the password of an admin who is made if there is nobody yet."""
    engine = open_database(load_settings(config).settings.database)
    try:
        with transactions(engine)() as connection:
            password = first_admin(connection, now=utc_now())
    finally:
        engine.dispose()
    if password is None:
        return f"as before (a new password: untagged users password {FIRST})"
    return f"user {FIRST}, password {password} (shown once)"


def serve(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help=COCKPIT_PORT)] = None,
) -> None:
    """The cockpit alone."""
    # Web server and pages take a second to load, which no other command should wait for.
    from untagged.web.app import create_app  # noqa: PLC0415  # see above
    from untagged.web.serving import serve_until_stopped  # noqa: PLC0415  # see above

    cockpit = load_settings(context.obj).settings.cockpit
    chosen = port or cockpit.port
    refuse_taken(chosen, what="the cockpit", option="--port")
    with opened(context) as pipeline:
        _refuse_open_house(pipeline)
        tell(f"cockpit: http://{cockpit.host}:{chosen}/ (Ctrl-C ends it)")
        serve_until_stopped(create_app(pipeline), host=cockpit.host, port=chosen)


def _refuse_open_house(pipeline: Pipeline) -> None:
    """Nobody but this machine reaches a cockpit that has no users."""
    cockpit = pipeline.settings.cockpit
    if cockpit.is_on_loopback:
        return
    with pipeline.read() as connection:
        if not count_users(connection):
            raise SettingsError(
                f"cockpit.host {cockpit.host} shows the cockpit to the network, and it has no "
                "users yet: untagged users add NAME --role admin"
            )
    tell(
        "this is plain HTTP: whoever is on the way reads passwords. Let a proxy with TLS stand "
        "before it, see docs/users.md"
    )


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Check settings, stores, sources and models, and say what to mend."""
    findings = list(examined(context.obj, now=utc_now()))
    if as_json:
        for finding in findings:
            print_json(finding.to_json())
    else:
        rows = [("ok" if f.is_ok else "MEND", f.what, f.said) for f in findings]
        print_table(("", "what", "found"), rows, title="check-up")
    if not all(finding.is_ok for finding in findings):
        raise typer.Exit(1)


def housekeeping(context: typer.Context, now: Now = None) -> None:
    """Forget what is older than the settings keep."""
    with opened(context) as pipeline:
        kept = pipeline.housekeeping(now=now_or(now))
    tell(
        f"forgot {kept.mentions} mentions, {kept.batches} batches, {kept.messages} sent messages "
        f"and {kept.records} old records"
    )

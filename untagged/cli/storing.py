"""`untagged store …`: looking after the mention store itself."""

from contextlib import ExitStack
from typing import Annotated

import typer

from mentions.migration import migrate as copy_store
from mentions.opening import open_store
from untagged.cli.output import AsJson, print_json, tell
from untagged.cli.progress import Shown

app = typer.Typer(help="The mention store itself.", no_args_is_help=True)


@app.callback()
def store() -> None:
    """The mention store itself."""


@app.command()
def migrate(
    source: Annotated[str, typer.Argument(metavar="FROM", help="sqlite:///var/mentions.db")],
    target: Annotated[str, typer.Argument(metavar="TO", help="http://host:9200")],
    *,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Copy all again, also what seems to be there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy one mention store into another; run it again after a stop, and it goes on."""
    if source == target:
        raise typer.BadParameter("FROM and TO are the same store", param_hint="TO")
    with ExitStack() as opened, Shown() as shown:
        there, here = opened.enter_context(open_store(target)), open_store(source)
        opened.enter_context(here)
        there.prepare()
        done = copy_store(here, there, progress=shown.show, from_start=from_start)
    if done.resumed_at is not None:
        tell(f"went on at {done.resumed_at:%Y-%m-%d}; all before was there")
    held = done.contents
    if as_json:
        print_json({"copied": done.copied, "mentions": held.count, "checksum": held.checksum})
        return
    tell(
        f"{done.copied:,} mentions copied; both stores hold the same {held.count:,} "
        f"(checksum {held.checksum}). Now name TO as `store` in untagged.yaml"
    )

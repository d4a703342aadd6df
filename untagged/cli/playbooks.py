"""`untagged cases steps, tick`: what a case's playbook asks for."""

from typing import Annotated

import typer

from cases import desk
from cases.playbook import playbook_of
from untagged.cli.cases import Number
from untagged.cli.opened import now_or, opened
from untagged.cli.output import Actor, AsJson, Now, print_json, print_table, tell


def register(app: typer.Typer) -> None:
    """Put these commands beside the others about cases."""
    app.command()(steps)
    app.command()(tick)


def steps(context: typer.Context, case: Number, as_json: AsJson = False) -> None:
    """The playbook of a case: what to do, and what was done by whom."""
    with opened(context) as pipeline, pipeline.read() as connection:
        one = desk.show_case(connection, case).case
        found = desk.steps_of(connection, one)
    if as_json:
        for step in found:
            print_json(step.to_json())
        return
    playbook = playbook_of(one)
    if playbook is None:
        tell(f"case {case} has no playbook; a routing rule names one as `playbook`")
        return
    rows = [(step.number, step.done_by, step.done_at, step.text) for step in found]
    print_table(("", "done by", "at (UTC)", "step"), rows, title=f"playbook {playbook.name}")


def tick(
    context: typer.Context,
    case: Number,
    step: Annotated[int, typer.Argument(help="The step's number.")],
    *,
    undo: Annotated[bool, typer.Option("--undo", help="It is not done after all.")] = False,
    actor: Actor = "cli",
    now: Now = None,
) -> None:
    """Say that a step of a case's playbook is done."""
    with opened(context) as pipeline, pipeline.begin() as connection:
        done = desk.tick(connection, case, step, is_done=not undo, now=now_or(now), actor=actor)
    tell(f"case {case}: {done.text}: {f'done by {done.done_by}' if done.done_by else 'not done'}")

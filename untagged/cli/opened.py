"""Opening the pipeline from a command, and reading the moments that people type."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import typer

from mentions.times import parse_moment
from untagged.cli.output import utc_now
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline


@contextmanager
def opened(context: typer.Context) -> Iterator[Pipeline]:
    """The pipeline that `--config` names."""
    with open_pipeline(context.obj) as pipeline:
        yield pipeline


def moment(text: str | None, *, option: str, now: datetime | None = None) -> datetime | None:
    """The moment that an option names, or None. A bad one is wrong usage."""
    if text is None:
        return None
    try:
        return parse_moment(text, now=now or utc_now())
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def now_or(text: str | None) -> datetime:
    """`--now`, else the clock."""
    return moment(text, option="--now") or utc_now()

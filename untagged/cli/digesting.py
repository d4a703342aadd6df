"""`untagged digest`: a periodic report, at once and in any format."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from alerts.digests.around import Around
from alerts.digests.digest import Digest, Kind
from alerts.digests.formats import Format, written
from mentions.errors import UntaggedError
from mentions.times import floored
from untagged.cli.opened import moment, now_or, opened
from untagged.cli.output import Now, tell
from untagged.digests.asked import Asked
from untagged.digests.due import cockpit_url
from untagged.digests.issuing import issue, kept_digest
from untagged.digests.kinds import gathered

MINUTE = timedelta(minutes=1)
"""What the clock says is cut to: nobody asks for seconds."""


def register(app: typer.Typer) -> None:
    """Put the command on the root."""
    app.command()(digest)


def digest(
    context: typer.Context,
    kind: Annotated[Kind, typer.Argument(help="What it tells of.")],
    *,
    since: Annotated[str, typer.Option(help="From, such as 2026-02-21 or 7d.")] = "7d",
    until: Annotated[str | None, typer.Option(help="Until, excluded; else now.")] = None,
    brand: Annotated[str | None, typer.Option(help="Of this brand alone.")] = None,
    team: Annotated[str | None, typer.Option(help="Of this team alone.")] = None,
    format_: Annotated[Format, typer.Option("--format", help="What is written.")] = "text",
    out: Annotated[
        Path | None, typer.Option(help="A file, there whole or not at all; else it is printed.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep it: the period gives the same digest ever after.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Make and keep it anew, in the place of a kept one.")
    ] = False,
    now: Now = None,
) -> None:
    """Make a digest of a period, and print it or write it to a file.

    A period that is kept, as the scheduled ones are, gives the same digest again.
    """
    asked = _asked(since, until, now_or(now), brand=brand, team=team)
    with opened(context) as pipeline:
        if keep or again:
            made = issue(pipeline, kind, asked, again=again).issued.digest
        else:
            kept = kept_digest(pipeline, kind, asked)
            made = kept.digest if kept else gathered(pipeline, kind, asked)
        around = Around(cockpit=cockpit_url(pipeline))
        said = written(made, format_, around, folders=pipeline.settings.template_folders)
    _put(said, out)
    if out is not None:
        tell(f"{out}: {_counted(made)}")


def _asked(
    since: str, until: str | None, now: datetime, *, brand: str | None, team: str | None
) -> Asked:
    end = moment(until, option="--until", now=now) or floored(now, MINUTE)
    # So that `--since 7d --until 2026-03-09` is the week before that day.
    begin = moment(since, option="--since", now=end)
    if begin is None or begin >= end:
        raise typer.BadParameter("must be before the end of the period", param_hint="--since")
    return Asked(begin, end, now.astimezone(UTC), brand, team)


def _put(said: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(said)
        return
    draft = out.with_name(f"{out.name}.part")
    try:
        draft.write_text(said, encoding="utf-8", newline="")
        draft.replace(out)
    except OSError as error:
        reason = error.strerror or error
        raise UntaggedError(f"{out} cannot be written ({reason}); choose another place") from error
    finally:
        draft.unlink(missing_ok=True)


def _counted(made: Digest) -> str:
    if made.is_empty:
        return made.lead[0] if made.lead else "nothing to tell of"
    return f"{made.title}, {len(made.records)} records"

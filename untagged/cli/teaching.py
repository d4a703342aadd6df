"""`untagged teach`: people's yes and no about brands, from which the reading learns."""

from pathlib import Path
from typing import Annotated

import typer

from mentions.answer import IS_RELEVANT, Answer
from mentions.errors import BadPost, SettingsError
from untagged.cli.labelled import rows_of
from untagged.cli.opened import opened
from untagged.cli.output import Actor, tell, utc_now
from untagged.teaching import teach, teach_mention


def register(app: typer.Typer) -> None:
    """Put the command on the root."""
    app.command(name="teach")(teach_answers)


def teach_answers(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False)] = None,
    *,
    mention: Annotated[str | None, typer.Option(help="An indexed mention, by its id.")] = None,
    brand: Annotated[str | None, typer.Option(help="With --mention: which brand.")] = None,
    label: Annotated[
        str | None, typer.Option(help="With --mention: relevant or irrelevant.")
    ] = None,
    actor: Actor = "cli",
) -> None:
    """Say which posts mean a brand: JSON lines {"text", "brand", "label"}, or one mention.

    label is relevant or irrelevant. What is read from the next start on learns from it; a mention
    is corrected at once, and stays so whatever is read later.
    """
    if (file is None) == (mention is None):
        raise typer.BadParameter("name a FILE or a --mention, one of the two")
    if mention is not None and (brand is None or label not in IS_RELEVANT):
        raise typer.BadParameter("needs --brand NAME and --label relevant (or irrelevant)")
    answers = read_answers(file) if file is not None else []
    with opened(context) as pipeline:
        brands, begin, now = pipeline.settings.brands, pipeline.begin, utc_now()
        if mention is None or brand is None or label is None:
            count = teach(answers, brands=brands, begin=begin, now=now)
            tell(f"{count} answers kept; the next start of `untagged` learns from them")
            return
        teach_mention(
            mention,
            brand,
            is_relevant=IS_RELEVANT[label],
            brands=brands,
            store=pipeline.store,
            begin=begin,
            now=now,
            who=actor,
        )
    tell(f"{mention} is {label} to {brand}, and stays so")


def read_answers(file: Path) -> list[Answer]:
    """The answers of a file. Raises SettingsError with the line that is wrong."""
    answers = []
    for number, row in rows_of(file):
        try:
            answers.append(Answer.from_json(row))
        except BadPost as error:
            raise SettingsError(f"{file}, line {number}: {error}") from error
    return answers

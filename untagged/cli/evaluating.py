"""`untagged evaluate`: how right the reading is, on your own labelled posts."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from mentions.brand import Brand
from mentions.errors import SettingsError
from nlp.build import build_reader
from nlp.evaluation import EvaluationKind, Report, Score, evaluate
from untagged.cli.output import AsJson, print_json, print_table, tell
from untagged.settings import load_settings

KINDS = get_args(EvaluationKind)


def register(app: typer.Typer) -> None:
    """Put the command on the root."""
    app.command(name="evaluate")(evaluate_files)


def evaluate_files(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS))],
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, metavar="FILE…")],
    *,
    as_json: AsJson = False,
) -> None:
    """Quality on labelled JSON lines (text and label; .gz, too), beside the commonest label.

    relevance also needs each row's brand; a brand that the settings do not know is listened for
    by its name.
    """
    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r}: known are {', '.join(KINDS)}", param_hint="KIND")
    rows = [row for file in files for row in _rows(file)]
    known = {brand.name: brand for brand in load_settings(context.obj).settings.brands}
    named = {str(row["brand"]) for row in rows if row.get("brand")} if kind == "relevance" else ()
    brands = known | {
        name: Brand(name=name, query=json.dumps(name)) for name in named if name not in known
    }
    try:
        report = evaluate(cast(EvaluationKind, kind), rows, build_reader(tuple(brands.values())))
    except ValueError as error:
        raise SettingsError(str(error)) from error
    if as_json:
        print_json(report.to_json())
    else:
        _print(report)


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
            except ValueError as error:
                raise SettingsError(f"{file}, line {number}: no JSON: {error}") from error
            if not isinstance(row, dict):
                raise SettingsError(f"{file}, line {number}: expected an object with text, label")
            yield row


def _print(report: Report) -> None:
    scores: list[tuple[str, Score]] = [("all", report.score)]
    scores.append((f"always {report.always}", report.baseline))
    if report.sure is not None and report.unsure is not None:
        scores.append((f"the {1 - report.unsure:.0%} it is sure of", report.sure))
    scores += report.by_lang.items()
    rows = [
        (said, one.n, f"{one.accuracy:.3f}", f"{one.macro_recall:.3f}", f"{one.macro_f1:.3f}")
        for said, one in scores
    ]
    print_table(("", "posts", "accuracy", "macro recall", "macro F1"), rows, title=report.kind)
    classes = [
        (label, one.n, f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}")
        for label, one in report.score.classes.items()
    ]
    print_table(("label", "posts", "precision", "recall", "F1"), classes, title="by label")
    if report.skipped:
        tell(f"{report.skipped} rows have no text or no label, and were left out")

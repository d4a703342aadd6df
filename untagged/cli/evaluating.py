"""`untagged evaluate`: how right the reading is, on your own labelled posts."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from mentions.brand import Brand
from mentions.errors import SettingsError
from nlp.build import build_reader
from nlp.evaluation import EvaluationKind, Report, Score, apart_from, evaluate
from untagged.cli.labelled import rows_of
from untagged.cli.output import AsJson, print_json, print_table, tell
from untagged.cli.teaching import read_answers
from untagged.settings import load_settings

CLUSTERS = "clusters"
KINDS = (*get_args(EvaluationKind), CLUSTERS)


def register(app: typer.Typer) -> None:
    """Put the command on the root."""
    app.command(name="evaluate")(evaluate_files)


def evaluate_files(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS))],
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, metavar="FILE…")],
    *,
    answers: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="relevance: what to learn from before."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Quality on labelled JSON lines (text and label; .gz, too), beside the commonest label.

    relevance also needs each row's brand; a brand that the settings do not know is listened for
    by its name. It learns from --answers (as `untagged teach` reads them) and from nothing else;
    rows with the same text are left out. clusters needs a cluster for a label: the same for all
    rows that ask for the same; beside it stand the same words and TF-IDF with agglomeration.
    """
    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r}: known are {', '.join(KINDS)}", param_hint="KIND")
    if answers is not None and kind != "relevance":
        raise typer.BadParameter("goes with relevance alone", param_hint="--answers")
    rows: list[Mapping[str, Any]] = [row for file in files for _, row in rows_of(file)]
    if kind == CLUSTERS:
        _evaluate_clusters(rows, as_json=as_json)
        return
    given = read_answers(answers) if answers is not None else []
    settings = load_settings(context.obj).settings
    brands: tuple[Brand, ...] = settings.brands
    if kind == "relevance":
        brands += _brands_of(rows, brands)
        count, rows = len(rows), apart_from(rows, given)
        if count > len(rows):
            tell(f"{count - len(rows)} rows are among the answers, and were left out")
    reader = build_reader(brands, given, **settings.reading.model_dump())
    try:
        report = evaluate(cast(EvaluationKind, kind), rows, reader)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    if as_json:
        print_json(report.to_json())
    else:
        _print(report)


def _evaluate_clusters(rows: Iterable[Mapping[str, Any]], *, as_json: bool) -> None:
    from nlp.cluster_evaluation import evaluate_clusters  # noqa: PLC0415  NumPy loads with it

    try:
        report = evaluate_clusters(rows)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    if as_json:
        print_json(report.to_json())
        return
    scores = [*report.scores, *report.by_lang.values()]
    print_table(
        ("", "clusters", "precision, recall", "B-cubed F1"),
        [
            (each.name, each.found, f"{each.precision:.3f}, {each.recall:.3f}", f"{each.f1:.3f}")
            for each in scores
        ],
        title=f"{report.n} texts in {report.clusters} clusters",
    )
    if report.skipped:
        tell(f"{report.skipped} rows have no text or no cluster, and were left out")


def _brands_of(rows: Iterable[Mapping[str, Any]], known: Iterable[Brand]) -> tuple[Brand, ...]:
    """Brands of rows that the settings do not have, to be found by their names alone."""
    names = {str(row["brand"]) for row in rows if row.get("brand")}
    if not names:
        raise SettingsError("relevance needs rows with a `brand`; see docs/reading.md")
    missing = sorted(names - {brand.name for brand in known})
    if missing:
        listed = ", ".join(missing[:10]) + (" …" if len(missing) > 10 else "")
        tell(
            f"{len(missing)} brands are not in the settings and are looked for by their names "
            f"alone, without query, context or handles: {listed}"
        )
    return tuple(Brand(name=name[:100], query=json.dumps(name)) for name in missing)


def _print(report: Report) -> None:
    scores: list[tuple[str, Score]] = [("all", report.score)]
    scores.append((f"always {report.always}", report.baseline))
    if report.sure is not None and report.unsure is not None:
        scores.append((f"the {1 - report.unsure:.0%} it is sure of", report.sure))
    scores += report.by_lang.items()
    scores += report.by_brand.items()
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
    if report.calibration_error is not None:
        tell(f"expected calibration error of its confidence: {report.calibration_error:.3f}")
    if report.mean_of_brands is not None:
        tell(f"macro F1 in the mean of {len(report.by_brand)} brands: {report.mean_of_brands:.3f}")
    if report.skipped:
        tell(f"{report.skipped} rows have no text or no label, and were left out")

"""`untagged corrections`: what people corrected, as labelled posts for `evaluate` and training."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cases import corrections
from cases.corrections import Correction
from mentions.mention import Mention
from mentions.merge import BRAND
from untagged.cli.opened import opened
from untagged.cli.output import AsJson, print_json, print_table, tell
from untagged.pipeline import Pipeline

app = typer.Typer(help="What people corrected.", no_args_is_help=True)
KINDS: Mapping[str, str] = {"sentiment": "sentiment", "intent": "intent", "relevance": BRAND}
"""What `untagged evaluate` judges -> the field that people corrected."""
FIELDS = ("sentiment", "intent", "severity", BRAND)


@app.command(name="list")
def list_corrections(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Every correction that holds: what was read, what a person said, who and when."""
    with opened(context) as pipeline, pipeline.read() as connection:
        found = corrections.all_standing(connection, FIELDS)
    if as_json:
        for one in found:
            said = {name: getattr(one, name) for name in ("field", "was", "value", "who")}
            print_json({"mention": one.mention_id, **said, "at": one.at.isoformat()})
        return
    rows = [(one.at, one.who, one.field, one.was, one.value, one.mention_id) for one in found]
    columns = ("at (UTC)", "who", "field", "was", "is", "mention")
    print_table(columns, rows, title=f"{len(rows)} corrections")


@app.command()
def export(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS))],
    *,
    out: Annotated[Path | None, typer.Option(help="A file; else standard output.")] = None,
) -> None:
    """Labelled JSON lines, as `untagged evaluate KIND FILE` reads them.

    Each has the text, the label that a person gave, and the one that was read.
    """
    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r}: known are {', '.join(KINDS)}", param_hint="KIND")
    with opened(context) as pipeline:
        lines = [json.dumps(row) + "\n" for row in _rows(pipeline, kind)]
    if out is None:
        sys.stdout.writelines(lines)
    else:
        out.write_text("".join(lines), encoding="utf-8")
    tell(f"{len(lines)} corrected posts" + (f" in {out}" if out else ""))


def _rows(pipeline: Pipeline, kind: str) -> Iterator[dict[str, Any]]:
    with pipeline.read() as connection:
        found = corrections.all_standing(connection, [KINDS[kind]])
    for one in found:
        mention = pipeline.store.get(one.mention_id)
        if mention is not None:
            yield _row(mention, one, kind)


def _row(mention: Mention, one: Correction, kind: str) -> dict[str, Any]:
    row = {"id": mention.id, "text": mention.text, "lang": mention.lang}
    if mention.title:
        row["title"] = mention.title
    if kind != "relevance":
        return {**row, "label": one.value, "read": one.was}
    labels = {"yes": "relevant", "no": "irrelevant"}
    brand = one.field.removeprefix(BRAND)
    return {**row, "brand": brand, "label": labels[one.value], "read": labels.get(one.was, "")}

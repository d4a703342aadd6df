"""The formats that a digest is written in, each by its name."""

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from alerts.digests.around import Around
from alerts.digests.csv_rows import csv_document
from alerts.digests.digest import Digest
from alerts.digests.html import html_document
from alerts.digests.markdown import markdown_document
from alerts.digests.record import json_document
from alerts.digests.text import text_document

Format = Literal["text", "html", "md", "json", "csv"]
MEDIA: MappingProxyType[Format, str] = MappingProxyType(
    {
        "text": "text/plain; charset=utf-8",
        "html": "text/html; charset=utf-8",
        "md": "text/markdown; charset=utf-8",
        "json": "application/json",
        "csv": "text/csv; charset=utf-8",
    }
)
ENDINGS: MappingProxyType[Format, str] = MappingProxyType(
    {"text": "txt", "html": "html", "md": "md", "json": "json", "csv": "csv"}
)


def written(
    digest: Digest,
    form: Format,
    around: Around | None = None,
    *,
    folders: Sequence[Path] = (),
    bom: bool = False,
) -> str:
    """The digest in a format. Templates in `folders` come before ours; `bom` is for CSV alone."""
    match form:
        case "html":
            return html_document(digest, around, folders=folders)
        case "md":
            return markdown_document(digest, around)
        case "json":
            return json_document(digest)
        case "csv":
            return csv_document(digest, bom=bom)
        case _:
            return text_document(digest, around)


def file_name(digest: Digest, form: Format) -> str:
    """What a file of it is called: kind and last day."""
    return f"{digest.kind}-{digest.until:%Y-%m-%d}.{ENDINGS[form]}"

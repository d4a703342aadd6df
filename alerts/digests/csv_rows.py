"""A digest's records as CSV (RFC 4180), one row each; no cell of it is run by a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from alerts.digests.digest import Digest
from alerts.digests.record import to_json
from mentions.spreadsheets import harmless

BOM = "\ufeff"
"""Without it, Excel takes UTF-8 for the encoding of the country it was bought in."""


def csv_document(digest: Digest, *, bom: bool = False) -> str:
    """A header and the records. A nested value is a column of its own, `author.name`.

    Several plain values stand behind one another with '; ' between, others as JSON.
    """
    rows = [dict(_flat(record)) for record in to_json(digest)["records"]]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    written = io.StringIO()
    lines = csv.writer(written)
    if columns:
        lines.writerow([harmless(name) for name in columns])
        lines.writerows([_said(row.get(name)) for name in columns] for row in rows)
    return (BOM if bom else "") + written.getvalue()


def _flat(record: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _said(value: Any) -> object:
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return harmless("; ".join(map(str, value)))
    return harmless(json.dumps(value, ensure_ascii=False))

"""Labelled posts from a file of JSON lines."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mentions.errors import SettingsError


def rows_of(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The number and the object of each line (.gz, too). Raises SettingsError for any other."""
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line.decode("utf-8-sig"))
            except (ValueError, RecursionError) as error:
                raise SettingsError(f"{file}, line {number}: no JSON: {error}") from error
            if not isinstance(row, dict):
                raise SettingsError(f"{file}, line {number}: expected an object with text, label")
            yield number, row

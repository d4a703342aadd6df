"""file: posts from somebody's CSV, JSON-lines or Parquet file."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from mentions.collected import Reject
from mentions.errors import SettingsError
from mentions.mention import Added, Mention
from spiders.columns import Columns, read_columns
from spiders.harvest import Harvest
from spiders.row_mention import row_mention
from spiders.rows import rows_of
from spiders.run import Cursor


class FileParams(BaseModel):
    """Which file, and its column map: the map itself or the path of a YAML file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    columns: Columns | Path | None = None

    def no_past(self) -> str:
        """Why a backfill is not possible, and what to do instead."""
        return f"a file has no past; `untagged import --backfill {self.path}` reads it as old posts"


def read_file(
    path: Path,
    columns: Columns | None,
    *,
    source: str,
    now: datetime,
    added: Added = "live",
) -> Iterator[Mention | Reject]:
    """Every row as a mention or a reject that names its place, in constant memory.

    Raises SettingsError at once, before any row, where the file or a column is not there.
    """
    rows = rows_of(path, columns)
    return (row_mention(row, columns, source=source, now=now, added=added) for row in rows)


def file_harvest(
    params: FileParams, cursor: Cursor, *, source: str, now: datetime
) -> Harvest | None:
    """The file of a source, or None where it is as it was. Raises SettingsError."""
    part = str(params.path)
    try:
        facts = params.path.stat()
    except OSError as error:
        raise SettingsError(f"{part}: cannot be read: {error.strerror}") from error
    state: dict[str, Any] = {"bytes": facts.st_size, "changed_at_ns": facts.st_mtime_ns}
    if cursor.get(part) == state:
        return None
    columns = read_columns(params.columns) if isinstance(params.columns, Path) else params.columns
    items = read_file(params.path, columns, source=source, now=now)
    return Harvest(part, items, lambda: state)

"""The columns as Arrow tables, and as Parquet. Arrow takes half a second to load: only here."""

import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.abc import MetaPathFinder
from pathlib import Path
from threading import get_ident
from typing import Any

from mentions.mention import Mention
from mentions.writing import chunks
from untagged.export_columns import COLUMNS, SCHEMA

BATCH = 1_000
"""Mentions that are held at once: as objects, each takes ten times what it takes as a row."""
ROW_GROUP = 5_000
"""Rows that Parquet compresses together; twice as many hold 9 MB more for a file as large."""
SCHEMA_KEY = "untagged_schema"


def write_parquet(mentions: Iterable[Mention], file: Path) -> None:
    """The columns, typed, lists as lists; the schema's version is in the file's metadata."""
    pa = _arrow()  # first, as it says how Arrow is to hold memory
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # noqa: PLC0415  # see above

    schema = arrow_schema()
    with pq.ParquetWriter(file, schema) as writer:
        for group in chunks(record_batches(mentions), ROW_GROUP // BATCH):
            writer.write_table(pa.Table.from_batches(group))
            # What was freed goes back to the machine: the pool would keep the largest of each.
            pa.default_memory_pool().release_unused()


def record_batches(mentions: Iterable[Mention]) -> Iterator[Any]:
    """Arrow record batches of BATCH mentions."""
    pa = _arrow()
    schema = arrow_schema()
    for chunk in chunks(mentions, BATCH):
        columns = {column.name: [column.read(one) for one in chunk] for column in COLUMNS}
        yield pa.record_batch(columns, schema=schema)


@cache
def arrow_schema() -> Any:
    """The Arrow schema of the columns, with the version in its metadata."""
    pa = _arrow()
    types = {
        "timestamp": pa.timestamp("us", tz="UTC"),
        "list": pa.list_(pa.string()),
    }
    fields = [(one.name, types.get(one.type) or pa.type_for_alias(one.type)) for one in COLUMNS]
    return pa.schema(fields, metadata={SCHEMA_KEY: SCHEMA})


@cache
def _arrow() -> Any:
    """pyarrow, which looks for pandas at its first array and is told that there is none.

    pandas costs 100 MB and no export needs it. Whoever asks pyarrow for a data frame later gets
    one: it then looks again.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # its own pool holds 20 MB more
    import pyarrow as pa  # noqa: PLC0415  # see above

    if "pandas" not in sys.modules:
        refusing = _NoPandas(get_ident())
        sys.meta_path.insert(0, refusing)
        try:
            pa.array([""])
        finally:
            sys.meta_path.remove(refusing)
    return pa


class _NoPandas(MetaPathFinder):
    """Refuses pandas to one thread; others import what they like meanwhile."""

    def __init__(self, thread: int) -> None:
        self._thread = thread

    def find_spec(self, fullname: str, *_more: object) -> None:
        """Nothing, as other finders know all else."""
        if fullname == "pandas" and get_ident() == self._thread:
            raise ModuleNotFoundError("not now")

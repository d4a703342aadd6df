"""Tableau's Hyper files, by Tableau's Hyper API: the columns of the CSV, typed, and a table that
says so.

Hyper runs as a process of its own beside ours and ends with each call. Rows go to it one by one:
pantab, which wants them as Arrow tables, held 80 MB more here.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from mentions.errors import UntaggedError
from mentions.mention import Mention
from untagged.export_columns import COLUMNS, SCHEMA, joined

TABLE, SCHEMA_TABLE = "mentions", "untagged_schema"
BATCH = 1_024
"""Rows that go to Hyper together."""
BLOCK = 128 * BATCH
"""Rows for one Hyper process, which are as many as it compresses together. One process for a
million posts came to hold 277 MB, one for each block 206. One that begins with half a block
decompresses it and leaves the old one in the file, which is twice as large then."""
PARAMETERS = {
    "log_config": "",  # else a log lies where we were called
    "hard_concurrent_query_thread_limit": "1",  # each more compresses a column besides
}
"""How Hyper runs. No setting of its lowers what it holds by much (docs/export.md); its memory_limit
ends what would take more."""


def write_hyper(mentions: Iterable[Mention], file: Path) -> None:
    """Write the mentions as the table `mentions` at constant memory; Hyper has no lists, so that
    several values stand in one text. Raises UntaggedError where Hyper is not, or cannot write.
    """
    api = _hyper_api()
    rows = ([joined(column.read(one)) for column in COLUMNS] for one in mentions)
    try:
        with _connected(api, file, api.CreateMode.CREATE) as connection:
            _insert_schema(api, connection)
            table = _created(api, connection, TABLE, [(one.name, one.type) for one in COLUMNS])
            is_full = _insert_block(api, connection, table, rows)
        while is_full:
            with _connected(api, file, api.CreateMode.NONE) as connection:
                is_full = _insert_block(api, connection, table, rows)
    except api.HyperException as error:
        raise UntaggedError(
            f"Hyper cannot write {file}: {error.main_message}; look whether its folder is there "
            "and the disk has room"
        ) from error


@contextmanager
def _connected(api: Any, file: Path, mode: Any) -> Iterator[Any]:
    """A connection to the file through a Hyper of its own."""
    telemetry = api.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU
    with (
        api.HyperProcess(telemetry, parameters=PARAMETERS) as hyper,
        api.Connection(hyper.endpoint, file, mode) as connection,
    ):
        yield connection


def _insert_block(api: Any, connection: Any, table: Any, rows: Iterator[list[Any]]) -> bool:
    """Insert the next BLOCK rows at most; whether there were so many."""
    for _ in range(BLOCK // BATCH):
        left = BATCH
        with api.Inserter(connection, table) as inserter:
            for row in islice(rows, BATCH):
                inserter.add_row(row)
                left -= 1
            inserter.execute()
        if left:
            return False
    return True


def _insert_schema(api: Any, connection: Any) -> None:
    names = ("schema", "position", "column", "type", "meaning")
    table = _created(
        api,
        connection,
        SCHEMA_TABLE,
        [(name, "int64" if name == "position" else "string") for name in names],
    )
    with api.Inserter(connection, table) as inserter:
        for position, one in enumerate(COLUMNS, start=1):
            inserter.add_row([SCHEMA, position, one.name, one.type, one.meaning])
        inserter.execute()


def _created(api: Any, connection: Any, name: str, columns: Iterable[tuple[str, str]]) -> Any:
    types = {
        "string": api.SqlType.text(),
        "list": api.SqlType.text(),
        "int64": api.SqlType.big_int(),
        "float64": api.SqlType.double(),
        "bool": api.SqlType.bool(),
        "timestamp": api.SqlType.timestamp_tz(),
    }
    table = api.TableDefinition(
        api.TableName("public", name),
        [api.TableDefinition.Column(column, types[kind]) for column, kind in columns],
    )
    connection.catalog.create_table(table)
    return table


def _hyper_api() -> Any:
    try:
        # Needs Tableau's Hyper, which not every machine has; its types are not shipped.
        import tableauhyperapi  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415
    except ImportError as error:
        raise UntaggedError(
            "this machine cannot write Hyper files: tableauhyperapi is not installed, and Tableau "
            "builds no Hyper for Linux on ARM. Export on another machine, or as parquet or csv"
        ) from error
    return tableauhyperapi

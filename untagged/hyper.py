"""Tableau's Hyper files, by Tableau's Hyper API: the columns of the CSV, typed, and a table that
says so.

Hyper runs as a process of its own beside ours and ends with each call. Rows go to it one by one:
pantab, which wants them as Arrow tables, held 80 MB more here for them.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from mentions.errors import UntaggedError
from mentions.mention import Mention
from untagged.export_columns import COLUMNS, SCHEMA, joined

TABLE, SCHEMA_TABLE = "mentions", "untagged_schema"
BATCH = 1_000
"""Rows that go to Hyper together."""
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
    try:
        with ExitStack() as running:
            hyper = running.enter_context(
                api.HyperProcess(
                    api.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=PARAMETERS
                )
            )
            connection = running.enter_context(
                api.Connection(hyper.endpoint, file, api.CreateMode.CREATE)
            )
            _insert_schema(api, connection)
            _insert_mentions(api, connection, mentions)
    except api.HyperException as error:
        raise UntaggedError(
            f"Hyper cannot write {file}: {error.main_message}; look whether its folder is there "
            "and the disk has room"
        ) from error


def _insert_mentions(api: Any, connection: Any, mentions: Iterable[Mention]) -> None:
    table = _created(api, connection, TABLE, [(one.name, one.type) for one in COLUMNS])
    rows = ([joined(column.read(one)) for column in COLUMNS] for one in mentions)
    while first := next(rows, None):
        with api.Inserter(connection, table) as inserter:
            inserter.add_row(first)
            inserter.add_rows(islice(rows, BATCH - 1))
            inserter.execute()


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
        # Needs Tableau's Hyper, which not every machine has.
        import tableauhyperapi  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415
    except ImportError as error:
        raise UntaggedError(
            "this machine cannot write Hyper files: tableauhyperapi is not installed, and Tableau "
            "builds no Hyper for Linux on ARM. Export on another machine, or as parquet or csv"
        ) from error
    return tableauhyperapi

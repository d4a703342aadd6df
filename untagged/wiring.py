"""Settings become objects. The one place that knows which store, database and journal there are."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import StaticPool

import alerts.digests.entries.tables  # beside those of the room
import alerts.digests.tables
import alerts.events.tables
import alerts.tables
import cases.corrections
import cases.desk  # the tables of its parts
import cases.relevance
import cases.tables
import spiders.state
import untagged.accounts.tables
from mentions.answer import Answer
from mentions.errors import SettingsError, StoreError, StoreUnavailable
from mentions.opening import open_store
from nlp.build import build_reader
from nlp.reader import Reader
from spiders.journal import Journal
from untagged import rereading, views
from untagged.exports import record
from untagged.pipeline import Pipeline
from untagged.settings import load_settings

METADATA = (
    spiders.state.metadata,
    alerts.tables.metadata,
    cases.tables.metadata,
    rereading.metadata,
    untagged.accounts.tables.metadata,
    views.metadata,
    record.metadata,
)
"""The rooms' tables; the migrations are held to them by a test."""
BUSY_SECONDS = 30
"""How long a writer waits for another one on SQLite."""
CACHE_KIB = 32_768
"""Of the file, a connection: near copies are looked up all over it."""
_MIGRATION_LOCK = 7_316_045_119
"""Any number that no other program takes for pg_advisory_xact_lock: two starts, one migration."""

READS = {"reads_only": True, "postgresql_readonly": True}
"""Execution options of transactions that only look: they wait for no writer, nor does one."""

Begin = Callable[[], AbstractContextManager[Connection]]


@contextmanager
def open_pipeline(config: Path | None = None) -> Iterator[Pipeline]:
    """Everything opened as the settings say, stores created and upgraded; closed at the end.

    Raises SettingsError for wrong settings and StoreUnavailable for a store that is away.
    """
    settings = load_settings(config).settings
    engine = open_database(settings.database)
    try:
        with open_store(settings.store) as store:
            store.prepare()
            yield Pipeline(
                settings=settings,
                store=store,
                begin=transactions(engine),
                read=transactions(engine.execution_options(**READS)),
                journal=Journal(settings.journal),
                reader=cache(
                    lambda: build_reader(
                        settings.brands, _answers(engine), **settings.reading.model_dump()
                    )
                ),
                scratch=scratch_database,
            )
    finally:
        engine.dispose()


def open_reader(config: Path | None = None) -> Reader:
    """The reading pipeline alone; without a settings file it knows no brand.

    It learns from what people taught, where there is a database that keeps it.
    """
    settings = load_settings(config).settings
    if not settings.brands or not _exists(settings.database):
        return build_reader(settings.brands, **settings.reading.model_dump())
    engine = open_database(settings.database)
    try:
        answers = _answers(engine)
        return build_reader(settings.brands, answers, **settings.reading.model_dump())
    finally:
        engine.dispose()


def _answers(engine: Engine) -> list[Answer]:
    with transactions(engine.execution_options(**READS))() as connection:
        return cases.relevance.kept(connection)


def _exists(url: str) -> bool:
    """Whether the database is there: reading a text makes no file."""
    path = url.removeprefix("sqlite:///")
    return path == url or Path(path).exists()


def open_database(url: str) -> Engine:
    """The operations database, upgraded to this version's tables."""
    try:
        parsed = make_url(url)
        if parsed.drivername == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError) as error:
        raise SettingsError(
            f"database: {error}; write sqlite:///var/untagged.db or postgresql+psycopg://…"
        ) from error
    except OSError as error:
        raise StoreUnavailable(f"the operations database cannot be made: {error}") from error
    if engine.dialect.name == "sqlite":
        _behave(engine)
    with translated("opening the operations database"), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
        migrate(connection)
    return engine


def migrate(connection: Connection) -> None:
    """Bring the tables to this version, within the connection's transaction."""
    settings = Config()
    settings.set_main_option("script_location", "untagged:migrations")
    settings.attributes["connection"] = connection
    try:
        command.upgrade(settings, "head")
    except CommandError as error:
        raise StoreError(
            f"the operations database was made by another version: {error}; install that version "
            "or restore a backup from before"
        ) from error


@contextmanager
def scratch_database() -> Iterator[Begin]:
    """An empty operations database in memory, gone at the end: what a replay writes into."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    for metadata in METADATA:
        metadata.create_all(engine)
    try:
        yield transactions(engine)
    finally:
        engine.dispose()


def transactions(engine: Engine) -> Begin:
    """`begin()` of a transaction whose driver errors are ours."""

    @contextmanager
    def begin() -> Iterator[Connection]:
        with translated("using the operations database"), engine.begin() as connection:
            yield connection

    return begin


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn the driver's errors into ours, keeping the cause."""
    try:
        yield
    except OperationalError as error:
        raise StoreUnavailable(f"{doing}: {error.orig}; try again when it is back") from error
    except DBAPIError as error:
        raise StoreError(f"{doing}: {error.orig}") from error


def _behave(engine: Engine) -> None:
    """Make SQLite keep what we promise: real transactions, readers beside a writer, foreign keys.

    The driver's own BEGIN comes too late to be atomic (SQLAlchemy's documentation, 'pysqlite:
    serializable isolation'); BEGIN IMMEDIATE makes a second writer wait instead of fail later.
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        only_looks = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if only_looks else "BEGIN IMMEDIATE")

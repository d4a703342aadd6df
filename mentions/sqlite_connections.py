"""Connections to one SQLite file for any number of threads and processes.

A connection serves one caller at a time and then waits for the next, so that a pool of web server
threads shares a few. Nothing is held between calls: no lock, no open read.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from mentions import sqlite_schema, sqlite_upgrade
from mentions.errors import StoreError, StoreUnavailable, UntaggedError

_MAY_PASS = {
    sqlite3.SQLITE_BUSY: "another process is writing to it for too long",
    sqlite3.SQLITE_LOCKED: "another connection of this process holds it",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk does not answer",
    sqlite3.SQLITE_PROTOCOL: "other processes changed its lock at the same time",
}
_RETRY_SECONDS = 0.02
_PAGE_BYTES = 8_192
"""A mention's doc is near a thousand bytes; on SQLite's usual 4,096 a tenth would lie idle."""
_CACHE_KIB = 32_768
"""Changed pages of a transaction; what is only read comes from the mapped file."""
_MAPPED_BYTES = 2**32
"""SQLite reads this much of the file without copying it; the system shares it between processes."""


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn SQLite's errors into ours, keeping the cause."""
    try:
        yield
    except sqlite3.Error as error:
        raise _ours(error, doing) from error


def _ours(error: sqlite3.Error, doing: str) -> UntaggedError:
    code = _code(error)
    if code in _MAY_PASS:
        return StoreUnavailable(f"{doing}: {_MAY_PASS[code]} ({error}); try again")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreError(f"{doing}: the file is damaged ({error}); restore it from a backup")
    if code == sqlite3.SQLITE_CANTOPEN:
        return StoreError(f"{doing}: the file cannot be opened; check the path and its permissions")
    return StoreError(f"{doing}: {error}")


def _code(error: sqlite3.Error) -> int:
    """The primary result code; the rest of the number is detail (sqlite.org/rescode.html)."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF


class Connections:
    """Hands out connections for one read or one write each.

    `patience_seconds` is how long a call waits for other processes before StoreUnavailable.
    """

    def __init__(self, path: Path, *, patience_seconds: float) -> None:
        self._path = path
        self._patience_seconds = patience_seconds
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._closed = False

    def create(self) -> None:
        """Create or upgrade the file. Raises StoreError for a newer or a foreign one."""
        with translated(f"cannot create {self._path}"):
            connection = self._open(mode="rwc")
            try:
                connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")  # heeded by a new file only
                # Changing the mode does not wait for others by itself, unlike everything else.
                self._patiently(connection, "PRAGMA journal_mode = WAL")
                self._patiently(connection, "BEGIN IMMEDIATE")
                sqlite_upgrade.create_or_upgrade(connection)
                connection.execute("COMMIT")
            finally:
                connection.close()

    @contextmanager
    def reading(self, doing: str) -> Iterator[sqlite3.Connection]:
        """One unchanging view of the file, whatever others write meanwhile."""
        with self._transaction(doing, "BEGIN") as connection:
            yield connection

    @contextmanager
    def passing_by(self, doing: str) -> Iterator[sqlite3.Connection]:
        """Like `reading`, and forgets at the end which pages it saw.

        Whoever reads the whole file in parts would come to hold all of it in memory as mapped
        pages (2 GB of a million mentions); letting go of them costs a part of 2,000 nothing.
        """
        with self._transaction(doing, "BEGIN", lets_go=True) as connection:
            yield connection

    @contextmanager
    def writing(self, doing: str) -> Iterator[sqlite3.Connection]:
        """One transaction that is kept at the end of the block, and undone by an exception."""
        with self._transaction(doing, "BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """Close what is idle now, and the rest as it comes back."""
        with self._lock:
            self._closed, idle = True, self._idle
            self._idle = []
        for connection in idle:
            connection.close()

    @contextmanager
    def _transaction(
        self, doing: str, begin: str, *, lets_go: bool = False
    ) -> Iterator[sqlite3.Connection]:
        with translated(f"{doing} ({self._path})"):
            connection = self._taken()
            try:
                self._patiently(connection, begin)
                yield connection
                connection.execute("COMMIT")
                if lets_go:
                    connection.execute("PRAGMA mmap_size = 0")
                    connection.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
            finally:
                self._give_back(connection)

    def _taken(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise StoreError(f"the store {self._path} is closed")
            if self._process != os.getpid():
                # A connection that crossed a fork corrupts the file (sqlite.org/howtocorrupt.html
                # 2.6); the parent's are left alone, closing them here would drop its locks.
                self._idle, self._process = [], os.getpid()
            if self._idle:
                return self._idle.pop()
        return self._opened()

    def _opened(self) -> sqlite3.Connection:
        if not self._path.exists():
            raise StoreError(f"there is no store at {self._path} yet; prepare it first")
        connection = self._open(mode="rw")
        try:
            self._check_version(connection)
        except BaseException:  # whatever it was, the file must not stay open
            connection.close()
            raise
        return connection

    def _check_version(self, connection: sqlite3.Connection) -> None:
        if sqlite_schema.version_of(connection) < sqlite_schema.VERSION:
            raise StoreError(f"the store {self._path} is not up to date; prepare it first")

    def _open(self, *, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(self._path.absolute()))}?mode={mode}",
            uri=True,
            timeout=self._patience_seconds,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            # FULL: a batch is marked as done elsewhere right after, so it must be on disk by then.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            connection.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
        except BaseException:  # whatever it was, the file must not stay open
            connection.close()
            raise
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        with self._lock:
            if not self._closed and self._process == os.getpid():
                self._idle.append(connection)
                return
        connection.close()

    def _patiently(self, connection: sqlite3.Connection, statement: str) -> None:
        """Execute, trying again where SQLite says busy without having waited itself."""
        deadline = time.monotonic() + self._patience_seconds
        while True:
            try:
                connection.execute(statement)
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                    raise
                time.sleep(_RETRY_SECONDS)
            else:
                return

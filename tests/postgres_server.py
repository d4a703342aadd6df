"""A real PostgreSQL for the tests, from Debian's binaries, and a fresh database for each test."""

import contextlib
import os
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from tests.server_process import (
    CannotStart,
    ServerProcess,
    free_port,
    temporary_folder,
    unprivileged,
)

START_SECONDS = 60
# A test's database need not survive a power cut; without this every test waits for the disk.
FAST = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


def binaries() -> Path:
    """The folder of the newest installed server, else CannotStart."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = sorted(installed, key=lambda found: int(re.sub(r"\D", "", found.parent.parent.name)))
    if newest:
        return newest[-1].parent
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    raise CannotStart("there is no PostgreSQL server: apt-get install postgresql")


class PostgresServer:
    """One server on a free loopback port, with a password like a real one."""

    def __init__(self, *, password: str | None = None) -> None:
        programs = binaries()
        self.folder = temporary_folder("postgres")
        data = self.folder / "data"
        password = password or secrets.token_hex(16)
        password_file = self.folder / "password"
        password_file.write_text(password)
        make = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "--no-sync"]
        plain = ["-E", "UTF8", "--locale=C.UTF-8"]
        login = ["-A", "scram-sha-256", "--pwfile", str(password_file)]
        made = subprocess.run(
            unprivileged([*make, *plain, *login]),
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )
        if made.returncode != 0:
            raise CannotStart(f"initdb failed: {made.stderr[-800:]}")
        port = free_port()
        self.url = URL.create(
            "postgresql+psycopg",
            "postgres",
            password,
            host="127.0.0.1",
            port=port,
            database="postgres",
        )
        where = ["-D", str(data), "-k", str(self.folder), "-h", "127.0.0.1", "-p", str(port)]
        self._process = ServerProcess(
            [str(programs / "postgres"), *where, *FAST],
            log=self.folder / "printed.log",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.is_running():
            with contextlib.suppress(psycopg.OperationalError), administration(self.url):
                return
            time.sleep(0.05)
        raise CannotStart(f"PostgreSQL did not start:\n{self._process.last_words()}")

    def stop(self) -> None:
        """End the server and remove its data."""
        self._process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def administration(url: URL) -> contextlib.closing[psycopg.Connection]:
    """A connection that may create and drop databases."""
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return contextlib.closing(psycopg.connect(plain, autocommit=True, connect_timeout=5))


@contextlib.contextmanager
def postgres() -> Iterator[URL]:
    """A server's address: the one that was named, else one of our own."""
    if named := os.environ.get("UNTAGGED_TEST_POSTGRES"):
        yield make_url(named)
        return
    server = PostgresServer()
    try:
        yield server.url
    finally:
        server.stop()


@contextlib.contextmanager
def fresh_database(server: URL, name: str) -> Iterator[URL]:
    """An empty database of that name, dropped afterwards even if somebody is still in it."""
    quoted = sql.Identifier(name)
    with administration(server) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(quoted))
    try:
        yield server.set(drivername="postgresql+psycopg", database=name)
    finally:
        with administration(server) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(quoted))

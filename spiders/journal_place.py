"""Where the journal's files lie: a directory on this machine, or an object store by fsspec."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Protocol

import fsspec  # type: ignore[import-untyped]  # ships no types

from mentions.errors import NotFound, StoreUnavailable

_DAY_DIGITS = 8
"""A batch lies in the folder of its day, '20260221': a month of batches each minute from fifty
sources is two million files, which no directory lists well."""
_DRAFT = ".draft-"


@dataclass
class Draft:
    """A file being written; `discard` after it was published changes nothing."""

    name: str
    path: Path
    file: IO[bytes]

    def discard(self) -> None:
        """Close and remove it."""
        # The disk may be full, which is why we are here; closing tries to write what is left.
        with contextlib.suppress(OSError):
            self.file.close()
        self.path.unlink(missing_ok=True)


class Place(Protocol):
    """What the journal needs of a place."""

    def draft(self, name: str) -> Draft:
        """A new file that no listing shows."""

    def publish(self, draft: Draft) -> None:
        """Make it durable, then visible under its name, whole."""

    def open(self, name: str) -> IO[bytes]:
        """Read a published file."""

    def names(self) -> Iterator[str]:
        """Every published file, in any order."""

    def remove(self, name: str) -> None:
        """Remove a published file that may be gone."""

    def sweep(self, before: datetime) -> int:
        """Remove drafts last written before the moment."""

    def translated(self, doing: str) -> contextlib.AbstractContextManager[None]:
        """Turn the place's errors into ours, keeping the cause."""


def open_place(url: str) -> Place:
    """The place of a path or a URL; nothing is created before the first draft."""
    if "://" not in url:
        return Folder(Path(url))
    filesystem, path = fsspec.core.url_to_fs(url)
    if "file" in _protocols(filesystem):
        return Folder(Path(path))
    return Bucket(filesystem, path, url)


def _protocols(filesystem: Any) -> tuple[str, ...]:
    said = filesystem.protocol
    return (said,) if isinstance(said, str) else tuple(said)


@contextlib.contextmanager
def _translated(doing: str, where: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if doing == "read" and isinstance(error, FileNotFoundError):
            raise NotFound(f"the journal at {where} has no such batch") from error
        said = error.strerror or str(error)
        raise StoreUnavailable(f"cannot {doing} the journal at {where}: {said}") from error


class Folder:
    """A directory. What it shows has reached the disk: file first, then its name."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def translated(self, doing: str) -> contextlib.AbstractContextManager[None]:
        """Turn operating system errors into ours."""
        return _translated(doing, str(self._root))

    def draft(self, name: str) -> Draft:
        """A hidden file in the folder where it will stay, so that a rename is enough."""
        folder = self._root / name[:_DAY_DIGITS]
        _create_durably(folder)
        path = folder / f"{_DRAFT}{name}-{secrets.token_hex(4)}"  # one left by a kill is in no way
        return Draft(name, path, path.open("xb"))

    def publish(self, draft: Draft) -> None:
        """Flush, fsync, rename, fsync the directory: in this order, or a power cut loses it."""
        draft.file.flush()
        os.fsync(draft.file.fileno())
        draft.file.close()
        draft.path.rename(draft.path.with_name(draft.name))
        _fsync_folder(draft.path.parent)

    def open(self, name: str) -> IO[bytes]:
        """Read a published file."""
        return (self._root / name[:_DAY_DIGITS] / name).open("rb")

    def names(self) -> Iterator[str]:
        """Every published file."""
        return (path.name for path in self._root.glob("[0-9]*/[0-9]*"))

    def remove(self, name: str) -> None:
        """Remove a file, and the folder of its day when it was the last."""
        path = self._root / name[:_DAY_DIGITS] / name
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()

    def sweep(self, before: datetime) -> int:
        """Remove drafts that nobody has written to since the moment."""
        swept = 0
        for path in self._root.glob(f"[0-9]*/{_DRAFT}*"):
            if path.stat().st_mtime < before.timestamp():
                path.unlink(missing_ok=True)
                swept += 1
        return swept


class Bucket:
    """An object store, where a finished upload appears whole. Drafts lie on this machine."""

    def __init__(self, filesystem: Any, root: str, url: str) -> None:
        self._filesystem = filesystem
        self._root = root.rstrip("/")
        self._url = url

    def translated(self, doing: str) -> contextlib.AbstractContextManager[None]:
        """Turn the object store's errors into ours."""
        return _translated(doing, self._url)

    def draft(self, name: str) -> Draft:
        """A temporary file."""
        handle, path = tempfile.mkstemp(prefix=f"{_DRAFT}{name}-")
        return Draft(name, Path(path), os.fdopen(handle, "wb"))

    def publish(self, draft: Draft) -> None:
        """Upload it."""
        draft.file.close()
        self._filesystem.makedirs(f"{self._root}/{draft.name[:_DAY_DIGITS]}", exist_ok=True)
        self._filesystem.put_file(str(draft.path), self._path(draft.name))
        draft.path.unlink()

    def open(self, name: str) -> IO[bytes]:
        """Read a published object."""
        stream: IO[bytes] = self._filesystem.open(self._path(name), "rb")
        return stream

    def names(self) -> Iterator[str]:
        """Every published object."""
        # A listing remembered from before would hide what another process has written since.
        self._filesystem.invalidate_cache()
        if not self._filesystem.exists(self._root):
            return
        for path in self._filesystem.find(self._root):
            yield path.rpartition("/")[2]

    def remove(self, name: str) -> None:
        """Remove an object."""
        with contextlib.suppress(FileNotFoundError):
            self._filesystem.rm_file(self._path(name))

    def sweep(self, before: datetime) -> int:
        """Remove drafts that a killed process left in this machine's temporary folder."""
        swept = 0
        for path in Path(tempfile.gettempdir()).glob(f"{_DRAFT}*"):
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                path.unlink(missing_ok=True)
                swept += 1
        return swept

    def _path(self, name: str) -> str:
        return f"{self._root}/{name[:_DAY_DIGITS]}/{name}"


def _create_durably(folder: Path) -> None:
    """Create the folder and those above it, so that a power cut keeps them."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for made in reversed(missing):
        made.mkdir(exist_ok=True)
        _fsync_folder(made.parent)


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

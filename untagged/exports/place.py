"""Where exports go: a folder, or an object store by fsspec. A file appears whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import fsspec  # type: ignore[import-untyped]  # ships no types

from mentions.errors import SettingsError, StoreUnavailable, UntaggedError

PROBE = ".untagged-probe"
_WITHOUT_FOLDERS = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "memory"}
"""Asked for a folder, s3fs makes the bucket: one that is spelled wrongly must not come to be."""


class ExportPlace:
    """A folder of this machine, or what a URL names. Raises SettingsError for one unknown."""

    def __init__(self, url: str) -> None:
        self._scheme = url.partition("://")[0] if "://" in url else "file"
        self._secrets = _secrets_in(url)
        try:
            self._files, root = fsspec.core.url_to_fs(url)
        except ImportError as error:
            raise SettingsError(
                f"exports to {self._scheme}:// need one more package: {self._shown(error)}"
            ) from error
        except ValueError as error:
            raise SettingsError(
                f"exports go to a folder or a URL such as s3://bucket/path: {self._shown(error)}"
            ) from None  # the cause may spell the address out
        self._root = str(root).rstrip("/")
        self._is_folder = "file" in _protocols(self._files)

    def put(self, file: Path, path: str) -> None:
        """Bring a file there, in place of one of that name. Raises StoreUnavailable."""
        with self._translated("write", path):
            if self._is_folder:
                _renamed(file, Path(self._root) / path)
                return
            # An object store shows an object once its upload is complete.
            if self._scheme not in _WITHOUT_FOLDERS:
                self._files.makedirs(f"{self._root}/{path}".rpartition("/")[0], exist_ok=True)
            self._files.put_file(str(file), f"{self._root}/{path}")

    def has(self, path: str) -> bool:
        """Whether there is a file of that name. Raises StoreUnavailable."""
        with self._translated("look for", path):
            self._files.invalidate_cache()
            return bool(self._files.exists(f"{self._root}/{path}"))

    def probe(self, scratch: Path) -> None:
        """Write and remove a small file. Raises StoreUnavailable."""
        file = scratch / "probe"
        file.write_text("Untagged looks whether it may write here; this may be removed.\n")
        self.put(file, PROBE)
        with self._translated("remove", PROBE):
            self._files.rm_file(f"{self._root}/{PROBE}")

    @contextmanager
    def _translated(self, doing: str, path: str) -> Iterator[None]:
        try:
            yield
        except UntaggedError:
            raise
        except Exception as error:  # each object store has errors of its own
            said = self._shown(error)
            raise StoreUnavailable(f"cannot {doing} {path} ({self._scheme}): {said}") from error

    def _shown(self, error: Exception) -> str:
        """What went wrong; some stores repeat the address, which may hold a secret."""
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        for secret in self._secrets:
            said = said.replace(secret, "…")
        return str(said)


def _secrets_in(url: str) -> list[str]:
    """What stands before an @ and behind a ?, as it is written and decoded, the longest first."""
    address, _, asked = url.partition("://")[2].partition("?")
    before = address.rpartition("@")[0]
    written = {before, before.partition(":")[2], asked}
    return sorted({*written, *map(unquote, written)} - {""}, key=len, reverse=True)


def _protocols(filesystem: Any) -> tuple[str, ...]:
    said = filesystem.protocol
    return (said,) if isinstance(said, str) else tuple(said)


def _renamed(file: Path, place: Path) -> None:
    """Copy it beside its place, flush, rename: whoever reads meanwhile finds the old or the new."""
    place.parent.mkdir(parents=True, exist_ok=True)
    for left in place.parent.glob(f".{place.name}-*"):  # by a process that was killed
        left.unlink(missing_ok=True)
    draft = place.with_name(f".{place.name}-{secrets.token_hex(4)}")
    try:
        with file.open("rb") as source, draft.open("xb") as written:
            shutil.copyfileobj(source, written)
            written.flush()
            os.fsync(written.fileno())
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)

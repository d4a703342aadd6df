"""A digest as plain JSON: as it is kept, and as programs get it."""

import json
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from alerts.digests.digest import Digest
from mentions.errors import UntaggedError

SCHEMA = "untagged.digest/1"
"""Grows when a key goes or means something else; that one is added changes nothing."""
_DIGEST = TypeAdapter(Digest)


def to_json(digest: Digest) -> dict[str, Any]:
    """Plain JSON; `from_json` reads it."""
    written: dict[str, Any] = _DIGEST.dump_python(digest, mode="json")
    return written


def from_json(record: object) -> Digest:
    """Read `to_json`. Raises UntaggedError if it is none."""
    try:
        return _DIGEST.validate_python(record)
    except ValidationError as error:
        raise UntaggedError(f"this is no digest: {error}") from error


def json_document(digest: Digest) -> str:
    """For programs: the records, and the document that people read, under a versioned schema."""
    written = to_json(digest)
    records = written.pop("records")
    about = {name: written.pop(name) for name in ("kind", "title", "brand", "team")}
    about |= {name: _utc(written.pop(name)) for name in ("since", "until")}
    said = {"schema": SCHEMA, **about, "is_empty": digest.is_empty}
    said |= {"records": records, "document": written}
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


def _utc(said: str) -> str:
    return datetime.fromisoformat(said).astimezone(UTC).isoformat().replace("+00:00", "Z")

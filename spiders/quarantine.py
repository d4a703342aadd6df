"""How something unreadable is kept: its reason, and a start of it that any store can hold."""

import json

from mentions.collected import MAX_RAW_CHARACTERS, Reject

MAX_REASON_CHARACTERS = 1_000


def rejected(source: str, reason: str, raw: object = "") -> Reject:
    """A Reject whose texts are short and free of what databases refuse."""
    return Reject(source, storable(reason, MAX_REASON_CHARACTERS), storable(_said(raw)))


def storable(text: str, limit: int = MAX_RAW_CHARACTERS) -> str:
    """The start of the text with lone surrogates and NUL written out.

    PostgreSQL takes neither in a text column, and SQLite's driver refuses the former.
    """
    clipped = text[:limit].encode("utf-8", "backslashreplace").decode()
    return clipped.replace("\x00", "\\x00")[:limit]


def _said(raw: object) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bytes):
        return raw[:MAX_RAW_CHARACTERS].decode("utf-8", "backslashreplace")
    try:
        return json.dumps(raw, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return f"a {type(raw).__name__} that cannot be written down"

"""FeedEntry: what every kind of feed says about a post, before it is a mention."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

_MAIL_ADDRESS = re.compile(r"[^\s<(]+@[^\s>)]+\.[^\s>)]+")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry, as text. An empty string is missing; `unreadable_date` is a time nobody can read.

    `reply_to` is the id of the entry that it answers, in the feed's own words.
    """

    id: str
    link: str
    title: str
    text: str
    author: str
    author_url: str
    published: datetime | None
    updated: datetime | None
    unreadable_date: str
    is_comment: bool
    reply_to: str
    replies: int | None
    raw: str


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """All entries; `is_whole` is False where the feed breaks off or is damaged.

    `hub` is the WebSub hub that it names, or nothing.
    """

    entries: tuple[FeedEntry, ...]
    is_whole: bool
    hub: str = ""


def person(name: object) -> str:
    """A name without the mail address that feeds put beside it, which is not ours to keep."""
    return _MAIL_ADDRESS.sub("", name).strip(' \t\r\n()<>,"') if isinstance(name, str) else ""


def count(value: object) -> int | None:
    """A count as platforms write it, or None where it is none or absurd."""
    try:
        number = int(value)  # type: ignore[call-overload]  # whatever came; that is the question
    except (TypeError, ValueError, OverflowError):
        return None
    # Larger ones fit no database's integer and no platform's truth.
    return number if 0 <= number < 2**53 else None


def moment(said: object) -> datetime | None:
    """An ISO time; one without a zone is UTC. Raises ValueError where it is no time."""
    if said is None or said == "":
        return None
    try:
        read = datetime.fromisoformat(said.strip() if isinstance(said, str) else f"no text: {said}")
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{said!r} is outside the calendar") from error

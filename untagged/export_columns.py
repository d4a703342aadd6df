"""What a file of mentions holds: its columns by name, type and meaning, under a version.

Within a version columns are only added, at the end. Whoever renames, removes or retypes one, or
gives it another meaning, raises SCHEMA.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from mentions.mention import Mention

SCHEMA = "untagged-mentions/1"
"""Stands in the metadata of Parquet, in a table of its own in Hyper, and in each manifest."""
Cell = str | float | bool | datetime | Sequence[str] | None
JOINED = "; "
"""Between several values where a format has no lists."""
Type = Literal["string", "float64", "int64", "bool", "timestamp", "list"]


class Column(NamedTuple):
    """A column of CSV, Parquet and Hyper: its type, how it is read, and what it means."""

    name: str
    type: Type
    read: Callable[[Mention], Cell]
    meaning: str


COLUMNS = (
    Column("id", "string", lambda m: m.id, "source:number, the same for ever; unique in a file"),
    Column("published", "timestamp", lambda m: m.published, "when it was posted"),
    Column("collected", "timestamp", lambda m: m.collected, "when it was first seen here"),
    Column("source", "string", lambda m: m.source, "name of the source in the settings"),
    Column("platform", "string", lambda m: m.platform, "mastodon, reddit, feed, …"),
    Column("kind", "string", lambda m: m.kind, "post, comment, review or article"),
    Column("url", "string", lambda m: m.url, "its address; may be empty"),
    Column("site", "string", lambda m: m.site, "host of the address, without www."),
    Column("author_handle", "string", lambda m: m.author.handle, "without @; may be empty"),
    Column("author_name", "string", lambda m: m.author.name, "as shown; may be empty"),
    Column("author_followers", "int64", lambda m: m.author.followers, "empty where not known"),
    Column("title", "string", lambda m: m.title, "of an article or a review; may be empty"),
    Column("text", "string", lambda m: m.text, "the post in full"),
    Column("lang", "string", lambda m: m.lang, "ISO 639 code; und where it cannot be told"),
    Column("brands", "list", lambda m: [one.name for one in m.brands], "those it names"),
    Column("tagged", "bool", lambda m: m.is_tagged, "whether it addresses a handle of yours"),
    Column(
        "sentiment",
        "string",
        lambda m: m.sentiment.label if m.sentiment else None,
        "negative, neutral or positive; empty where not read",
    ),
    Column(
        "sentiment_score",
        "float64",
        lambda m: m.sentiment.score if m.sentiment else None,
        "from -1 to 1",
    ),
    Column(
        "sentiment_unsure",
        "bool",
        lambda m: m.sentiment.unsure if m.sentiment else None,
        "whether a person should look",
    ),
    Column("intents", "list", lambda m: [one.label for one in m.intents], "what its author wants"),
    Column("topics", "list", lambda m: m.topics, "what it is about"),
    Column("severity", "int64", lambda m: m.severity, "1 worst to 4; empty where none"),
    Column("needs_reply", "bool", lambda m: m.needs_reply, "whether somebody should answer"),
    Column("answered_at", "timestamp", lambda m: m.answered_at, "first answer by your accounts"),
    Column("reach", "int64", lambda m: m.reach, "people who may have seen it, at least 1"),
    Column("likes", "int64", lambda m: m.engagement.likes, "empty where not known"),
    Column("shares", "int64", lambda m: m.engagement.shares, "empty where not known"),
    Column("replies", "int64", lambda m: m.engagement.replies, "empty where not known"),
    Column("rating", "float64", lambda m: m.rating, "stars of a review"),
    Column("tags", "list", lambda m: m.tags, "given by people or rules"),
    Column("case_team", "string", lambda m: m.case_team, "team of its case; empty without one"),
    Column("story", "string", lambda m: m.story, "the id that near copies share"),
    Column("corrected", "list", lambda m: sorted(m.corrections), "fields that a person decided"),
)


def joined(cell: Cell) -> str | float | bool | datetime | None:
    """The cell for a format that has no lists: several values stand in one text."""
    if cell is None or isinstance(cell, str | float | int | datetime):
        return cell
    return JOINED.join(cell)

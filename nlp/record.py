"""A record of `untagged enrich`: any JSON object with a text, and the answer to it."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, get_args

from pydantic import ValidationError

from mentions.influence import LOW
from mentions.mention import MAX_TEXT_CHARACTERS, Kind, Mention
from nlp.unread import NO_HURRY, NOTHING_WANTED, UNKNOWN_LANGUAGE, UNREAD

READ_FIELDS = (
    "lang",
    "brands",
    "sentiment",
    "intents",
    "topics",
    "entities",
    "contains_personal_data",
    "abusive",
    "troll",
    "sarcastic",
    "influence",
    "needs_reply",
    "severity",
    "reasons",
)
"""What is written beside what came in."""

_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)
"""A mention has a time, a bare text has none; nothing that is read rests on it."""
_WORDS = ("lang", "platform", "reply_to")
_MAX_WORD = 200


def as_mention(record: Mapping[str, Any]) -> Mention | None:
    """The record as a mention, or None if it holds no text. What makes no sense is left out.

    Every character stays in its place, so that spans and entities point into the record's text.
    """
    text, title = cleaned(record.get("text")), cleaned(record.get("title"))
    if not (text.strip() or title.strip()):
        return None
    known: dict[str, Any] = {
        "source": "enrich",
        "native_id": "text",
        "platform": "unknown",
        "published": _SOME_DAY,
        "collected": _SOME_DAY,
        "text": text,
        "title": title,
    }
    try:
        return Mention.model_validate(known | _besides(record))
    except ValidationError:
        return Mention.model_validate(known)


def cleaned(value: object) -> str:
    """Any value as text to read: half surrogates and control characters become spaces."""
    return _UNREADABLE.sub(" ", value[:MAX_TEXT_CHARACTERS]) if isinstance(value, str) else ""


def _besides(record: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: cleaned(record[name])[:_MAX_WORD]
        for name in _WORDS
        if isinstance(record.get(name), str) and record[name].strip()
    }
    if record.get("kind") in get_args(Kind):
        found["kind"] = record["kind"]
    rating = record.get("rating")
    if isinstance(rating, int | float) and math.isfinite(rating):
        found["rating"] = rating
    return found | {"author": _author(record.get("author"))}


def _author(said: object) -> dict[str, Any]:
    if isinstance(said, str):
        return {"handle": cleaned(said)[:_MAX_WORD].removeprefix("@")}
    if not isinstance(said, Mapping):
        return {}
    author: dict[str, Any] = {
        name: cleaned(said[name])[:_MAX_WORD]
        for name in ("id", "name", "handle")
        if isinstance(said.get(name), str)
    }
    followers = said.get("followers")
    if isinstance(followers, int) and followers >= 0:
        author["followers"] = followers
    if isinstance(said.get("verified"), bool):
        author["verified"] = said["verified"]
    return author


def answer(mention: Mention) -> dict[str, Any]:
    """The read fields of a mention as JSON."""
    said = mention.to_json()
    return {name: said[name] for name in READ_FIELDS}


def answer_unread(reason: str) -> dict[str, Any]:
    """The answer for a record in which nothing could be read."""
    return {
        "lang": UNKNOWN_LANGUAGE,
        "brands": [],
        "sentiment": UNREAD.model_dump(mode="json"),
        "intents": [NOTHING_WANTED.model_dump(mode="json")],
        "topics": [],
        "entities": [],
        "contains_personal_data": False,
        "abusive": False,
        "troll": 0.0,
        "sarcastic": False,
        "influence": LOW.level,
        "needs_reply": False,
        "severity": NO_HURRY,
        "reasons": {"text": reason},
    }

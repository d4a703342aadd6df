"""Tagging: words by which people find a case again, added and taken off by hand."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from cases.case import Case, plain
from cases.ledger import change, read_living
from mentions.errors import UntaggedError

MAX_TAGS = 20
MAX_TAG_CHARACTERS = 40


def normal_tag(text: str) -> str:
    """The tag as it is kept: lower case, single spaces, no # before it.

    Raises UntaggedError for none, for one that is too long, and for one with a comma.
    """
    composed = unicodedata.normalize("NFC", plain(text)).lower()
    tag = unicodedata.normalize("NFC", " ".join(composed.lstrip("# \t\n").split()))
    if not tag:
        raise UntaggedError("a tag needs letters; write for example refund")
    if "," in tag:
        raise UntaggedError(f"{tag!r} has a comma, which stands between tags; leave it out")
    if len(tag) > MAX_TAG_CHARACTERS:
        raise UntaggedError(
            f"a tag holds {MAX_TAG_CHARACTERS} characters and {tag!r} has {len(tag)}; shorten it"
        )
    return tag


def tags_in(text: str) -> list[str]:
    """The tags that stand in a line, commas between them."""
    return list(dict.fromkeys(normal_tag(one) for one in text.split(",") if one.strip()))


def tag(
    conn: Connection,
    case_id: int,
    *,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    now: datetime,
    actor: str,
    version: int | None = None,
) -> Case:
    """Put tags on a living case and take others off; what is so already stays so.

    A tag that a rule gave is the same whatever its upper and lower case. Raises NotFound,
    Conflict, and UntaggedError for what is no tag or would be more than MAX_TAGS.
    """
    gone = {normal_tag(one) for one in remove}
    wanted = [one for one in map(normal_tag, add) if one not in gone]
    case = read_living(conn, case_id, version=version, doing="tag")
    kept = [one for one in case.tags if _folded(one) not in gone]
    there = {_folded(one) for one in kept}
    tags = [*kept, *dict.fromkeys(one for one in wanted if one not in there)]
    if tags == case.tags:
        return case
    if len(tags) > max(MAX_TAGS, len(case.tags)):  # rules may have given more
        raise UntaggedError(
            f"case {case.id} would have {len(tags)} tags, and {MAX_TAGS} are enough; take some off"
        )
    return change(conn, case, now=now, actor=actor, action="tagged", values={"tags": tags})


def _folded(tag: str) -> str:
    return " ".join(unicodedata.normalize("NFC", tag).lower().lstrip("#").split())

"""Conversations: which posts belong together, and which case they are in."""

import hashlib
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select

from cases.case import LIVING, excerpt_of
from cases.tables import case_posts, cases, insert_once
from mentions.mention import Mention

LONGEST_KEY = 400
"""Characters. PostgreSQL indexes at most 2,700 bytes; a thread's name may be any address."""
LONGEST_AUTHOR = 200
"""Characters, for the same reason; no platform has longer handles."""


def conversation_of(mention: Mention) -> str:
    """The key that all posts of a conversation share: its source and its first post."""
    root = mention.thread or mention.reply_to or mention.native_id
    return short_key(f"{mention.source}:{root.removeprefix(f'{mention.source}:')}")


def short_key(key: str) -> str:
    """The key itself, or its start and a hash where an index could not hold it."""
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[:100]}…{hashlib.sha256(key.encode()).hexdigest()}"


_OF_MENTION = select(case_posts.c.case_id).where(case_posts.c.mention_id == bindparam("mention_id"))
_ABOUT = (
    select(cases.c.id, cases.c.status)
    .where(
        cases.c.id.in_(
            select(case_posts.c.case_id).where(
                or_(
                    case_posts.c.conversation == bindparam("conversation"),
                    case_posts.c.mention_id.in_(bindparam("parents", expanding=True)),
                )
            )
        )
    )
    .order_by(cases.c.id)
)
"""Built once: both run for every post that needs an answer."""


def case_id_of(conn: Connection, mention_id: str) -> int | None:
    """The number of the case that the mention belongs to, if it has one."""
    found: int | None = conn.execute(_OF_MENTION, {"mention_id": mention_id}).scalar()
    return found


def parents_of(mention: Mention) -> list[str]:
    """The ids of the post that it answers and of the one that its conversation began with."""
    named = [name for name in (mention.reply_to, mention.thread) if name]
    return [*named, *(f"{mention.source}:{name}" for name in named)]


def cases_about(conn: Connection, mention: Mention) -> tuple[int | None, int | None]:
    """The living case of the mention's conversation, and the latest that is over."""
    told = {"conversation": conversation_of(mention), "parents": parents_of(mention)}
    rows = conn.execute(_ABOUT, told).all()
    living = [row.id for row in rows if row.status in LIVING]
    over = [row.id for row in rows if row.status not in LIVING]
    return (living[-1] if living else None), (over[-1] if over else None)


def words_of(mention: Mention) -> dict[str, str]:
    """What a case shows of a post: its author, address and first words."""
    author = mention.author
    return {
        "author": (author.handle or author.name or author.id)[:LONGEST_AUTHOR],
        "url": mention.url,
        "excerpt": excerpt_of(mention.text or mention.title),
    }


def add_post(
    conn: Connection, case_id: int, mention: Mention, *, now: datetime, no_reply: str = ""
) -> bool:
    """Put the mention into the case; False if it is in one already."""
    row = {
        "case_id": case_id,
        "mention_id": mention.id,
        "conversation": conversation_of(mention),
        **words_of(mention),
        "published_at": mention.published,
        "collected_at": mention.collected,
        "joined_at": now,
        "no_reply": no_reply,
    }
    return insert_once(conn, case_posts, row) is not None

"""Reddit's Atom feeds, for those without an approved app: posts only, and throttled hard."""

import re
from collections.abc import Iterator
from datetime import datetime

from mentions.collected import Reject
from mentions.mention import Author, Mention
from spiders.feed import feed_mentions
from spiders.reddit_mention import PLATFORM, SITE

_TAIL = re.compile(r"\s*submitted by\s+/u/\S+[^\n]{0,200}(?:\n[^\n]{0,200}){0,2}\Z")
"""What a feed puts below every post: who, [link], [comments]."""


def reddit_feed_mentions(
    body: bytes, *, url: str, source: str, now: datetime, platform: str = PLATFORM, site: str = SITE
) -> Iterator[Mention | Reject]:
    """Read a feed; ids and handles are those of the API. No network, no clock.

    Raises SourceUnavailable where the answer is no feed.
    """
    found = feed_mentions(body, url=url, source=source, now=now, platform=platform, kind="post")
    for item in found:
        yield item if isinstance(item, Reject) else _as_api(item, site)


def _as_api(mention: Mention, site: str) -> Mention:
    name = mention.native_id.rpartition("/")[2]
    handle = mention.author.name.removeprefix("/u/")
    named = name if name.startswith(("t1_", "t3_")) else mention.native_id
    return mention.model_copy(
        update={
            "native_id": named,
            "kind": "comment" if named.startswith("t1_") else "post",
            "text": _TAIL.sub("", mention.text),
            "author": Author(name=handle, handle=handle, url=f"{site}/user/{handle}"),
            "thread": f"{mention.source}:{named}" if named.startswith("t3_") else "",
        }
    )

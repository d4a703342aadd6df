"""An article of a GDELT list as a mention.

https://blog.gdeltproject.org/gdelt-doc-2-0-api-debuts/
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from mentions.collected import Reject
from mentions.errors import BadPost, SourceBusy, SourceRefused, SourceUnavailable
from mentions.mention import Mention
from spiders.feed import bounded_id
from spiders.json_answer import object_of, text_of
from spiders.plain_text import html_text, one_line
from spiders.quarantine import rejected

PLATFORM = "gdelt"
_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt]|u[0-9a-fA-F]{4})|)')
_TIMES = ("%Y%m%dT%H%M%SZ", "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%SZ")
_SEEN = "when GDELT first saw it, to a quarter of an hour; the article may be older"


def read_articles(body: bytes) -> list[Any]:
    """The articles of an answer; none is an empty object.

    GDELT says in plain words, with a status of 200, what is wrong with a question, and its JSON
    may hold escapes that JSON does not know, which are read as they stand. Raises
    SourceUnavailable where a later try may do better, SourceRefused where the query is at fault.
    """
    said = body.decode("utf-8", "replace").strip()
    if said[:1] not in ("{", "["):
        raise _complaint(said)
    try:
        answer = json.loads(_ESCAPE.sub(_mended, said), strict=False)
    except (ValueError, RecursionError) as error:
        raise SourceUnavailable(f"GDELT answered JSON that breaks off: {error}") from error
    articles = answer.get("articles", []) if isinstance(answer, dict) else answer
    if not isinstance(articles, list):
        raise SourceUnavailable("GDELT answered JSON, but no list of articles")
    return articles


def _mended(found: re.Match[str]) -> str:
    return found[0] if found[1] else "\\\\"


def _complaint(said: str) -> SourceUnavailable | SourceRefused:
    if not said or said.startswith("<"):
        return SourceUnavailable(f"GDELT answered {'HTML' if said else 'nothing'}, not articles")
    short = one_line(said)[:200]
    if "limit requests" in said:
        return SourceBusy(f"GDELT had too many requests, saying {short!r}")
    return SourceRefused(f"GDELT does not take the query, saying {short!r}")


def seen_at(article: object) -> datetime | None:
    """When GDELT first saw the article. Raises BadPost where it is no time."""
    said = text_of(object_of(article).get("seendate")).strip()
    for written in _TIMES:
        try:
            return datetime.strptime(said, written).replace(tzinfo=UTC)
        except ValueError:
            continue
    if said:
        raise BadPost(f"seendate {said!r} is no date that can be read")
    return None


def article_mentions(
    articles: Sequence[object], *, source: str, now: datetime, platform: str = PLATFORM
) -> Iterator[Mention | Reject]:
    """Read a list. No network, no clock: a saved answer is a test.

    There is the title and no text; the author is the site, which is all that GDELT tells.
    """
    for article in articles:
        try:
            yield Mention.from_json(
                {
                    **_content(article),
                    "source": source,
                    "platform": platform,
                    "kind": "article",
                    "collected": now,
                }
            )
        except BadPost as error:
            yield rejected(source, str(error), article)


def _content(article: object) -> dict[str, Any]:
    if not isinstance(article, dict):
        raise BadPost("an article is no JSON object")
    url = text_of(article.get("url")).strip()
    if not url.startswith(("http://", "https://")):
        raise BadPost("has no address of the web, which is its id")
    published = seen_at(article)
    if published is None:
        raise BadPost("has no seendate")
    return {
        "native_id": bounded_id(url),
        "url": url,
        "title": one_line(html_text(text_of(article.get("title")))),
        "author": {"name": text_of(article.get("domain")) or urlsplit(url).netloc},
        "published": published,
        "reasons": {"published": _SEEN},
    }

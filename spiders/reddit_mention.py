"""Reddit's posts and comments as mentions (https://www.reddit.com/dev/api)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

from mentions.collected import Deletion, Reject
from mentions.errors import BadPost
from mentions.mention import Mention
from spiders.feed_entry import count
from spiders.harvest import Withheld
from spiders.json_answer import list_of, object_of, text_of
from spiders.markdown_text import markdown_text
from spiders.plain_text import html_text, one_line
from spiders.quarantine import rejected

PLATFORM = "reddit"
SITE = "https://www.reddit.com"
_COMMENT, _POST, _MORE = "t1", "t3", "more"
_GONE = frozenset({"[deleted]", "[removed]", "[ Removed by Reddit ]"})


@dataclass(frozen=True, slots=True)
class More:
    """Comments that an answer leaves out: their ids, or none where a deeper page has them."""

    parent: str
    children: tuple[str, ...]


def things_in(answer: object) -> Iterator[dict[str, Any] | More]:
    """Every post and comment of an answer, however deep, in its order, and what it leaves out."""
    waiting: list[Any] = [answer]
    while waiting:
        said = waiting.pop()
        if isinstance(said, list):
            waiting.extend(reversed(said))
            continue
        if not isinstance(said, dict):
            continue
        data, kind = object_of(said.get("data")), said.get("kind")
        if kind in (_COMMENT, _POST):
            yield {**data, "kind": kind}
            waiting.append(data.get("replies"))
        elif kind == _MORE:
            children = (text_of(child) for child in list_of(data.get("children")))
            yield More(text_of(data.get("parent_id")), tuple(child for child in children if child))
        else:
            waiting.extend((data.get("children"), object_of(said.get("json")).get("data")))
            waiting.append(said.get("things") if kind is None else None)


def thing_mention(
    thing: dict[str, Any],
    *,
    source: str,
    now: datetime,
    platform: str = PLATFORM,
    site: str = SITE,
    titles: dict[str, str] | None = None,
) -> Mention | Reject | Deletion | Withheld:
    """Read a post or a comment. No network, no clock: a saved answer is a test.

    What its author or a moderator has taken away gives a Deletion, and so does a post whose
    author is gone: Reddit demands that it disappears elsewhere, too. `titles` are those of posts,
    by fullname, for the comments below them.
    """
    is_comment = thing.get("kind") == _COMMENT
    try:
        name = fullname(thing)
        if thing.get("subreddit_type") == "private":
            return Withheld("its community is not public")
        if _is_gone(thing):
            return Deletion(f"{source}:{name}")
        above = text_of(thing.get("link_id"))
        title = text_of(thing.get("link_title")) or (titles or {}).get(above, "")
        return Mention.from_json(
            {
                **(_comment(thing, title) if is_comment else _post(thing, site)),
                "source": source,
                "native_id": name,
                "platform": platform,
                "kind": "comment" if is_comment else "post",
                "url": _absolute(_permalink(thing), site),
                "collected": now,
                "author": _author(thing, site),
                "reply_to": _named(source, text_of(thing.get("parent_id"))),
                "thread": _named(source, above or ("" if is_comment else name)),
                "published": _published(thing),
                "edited": _edited(thing),
                "engagement": _engagement(thing),
            }
        )
    except BadPost as error:
        return rejected(source, str(error), thing)


def fullname(thing: dict[str, Any]) -> str:
    """'t3_abc' of a post, 't1_def' of a comment. Raises BadPost where there is none."""
    name, own_id = text_of(thing.get("name")), text_of(thing.get("id"))
    if name.startswith(("t1_", "t3_")):
        return name
    if not own_id:
        raise BadPost("has no id")
    return f"{thing.get('kind')}_{own_id}"


def created_at(thing: dict[str, Any]) -> datetime | None:
    """When it was written, or None where it does not say."""
    try:
        return _published(thing)
    except BadPost:
        return None


def _is_gone(thing: dict[str, Any]) -> bool:
    return bool(
        thing.get("author") == "[deleted]"
        or thing.get("removed_by_category")
        or {text_of(thing.get("body")), text_of(thing.get("selftext"))} & _GONE
    )


def _post(thing: dict[str, Any], site: str) -> dict[str, Any]:
    words = _words(thing, "selftext")
    link = text_of(thing.get("url_overridden_by_dest")) or text_of(thing.get("url"))
    if thing.get("is_self") is True or not link:
        link = ""
    lines = (words, unescape(_absolute(link, site)))
    return {
        "title": one_line(unescape(text_of(thing.get("title")))),
        "text": "\n\n".join(line for line in lines if line),
    }


def _comment(thing: dict[str, Any], title: str) -> dict[str, Any]:
    text = _words(thing, "body")
    if not text:
        raise BadPost("has no text")
    answered = one_line(unescape(title))
    return {"title": f"Re: {answered}" if answered else "", "text": text}


def _words(thing: dict[str, Any], name: str) -> str:
    """From Reddit's own HTML, which knows its Markdown best; escaped without raw_json=1."""
    html = text_of(thing.get(f"{name}_html"))
    if html.lstrip().startswith("&lt;"):
        html = unescape(html)
    return html_text(html) if html else markdown_text(text_of(thing.get(name)))


def _author(thing: dict[str, Any], site: str) -> dict[str, Any]:
    handle = text_of(thing.get("author"))
    return {
        "id": text_of(thing.get("author_fullname")),
        "name": handle,
        "handle": handle,
        "url": f"{site}/user/{handle}" if handle else "",
    }


def _engagement(thing: dict[str, Any]) -> dict[str, Any]:
    is_hidden = thing.get("score_hidden") is True or thing.get("hide_score") is True
    return {
        "likes": None if is_hidden else count(thing.get("score")),
        "shares": count(thing.get("num_crossposts")),
        "replies": count(thing.get("num_comments")) if thing.get("kind") == _POST else None,
    }


def _permalink(thing: dict[str, Any]) -> str:
    """Answers of 2016 give comments none; their post's id leads there."""
    if said := text_of(thing.get("permalink")):
        return said
    post, own_id = text_of(thing.get("link_id")).removeprefix("t3_"), text_of(thing.get("id"))
    return f"/comments/{post}/_/{own_id}/" if post and own_id else ""


def _absolute(address: str, site: str) -> str:
    if address.startswith("/"):
        return f"{site}{address}"
    return address if address.startswith(("http://", "https://")) else ""


def _named(source: str, name: str) -> str:
    return f"{source}:{name}" if name.startswith(("t1_", "t3_")) else ""


def _published(thing: dict[str, Any]) -> datetime:
    made = _moment(thing.get("created_utc"))
    if made is None:
        raise BadPost(f"created_utc {thing.get('created_utc')!r} is no time")
    return made


def _edited(thing: dict[str, Any]) -> datetime | None:
    """False, or epoch seconds; true on some posts of the first years, which says no time."""
    return _moment(thing.get("edited"))


def _moment(said: object) -> datetime | None:
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    try:
        return datetime.fromtimestamp(said, UTC)
    except (ValueError, OverflowError, OSError):
        return None

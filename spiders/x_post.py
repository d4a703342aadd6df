"""A post of X as a mention (https://docs.x.com/x-api/fundamentals/data-dictionary)."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from mentions.collected import Deletion, Reject
from mentions.errors import BadPost, SourceUnavailable
from mentions.mention import Mention
from spiders.feed_entry import count
from spiders.harvest import Withheld
from spiders.json_answer import list_of, moment_of, object_of, text_of
from spiders.plain_text import one_line
from spiders.quarantine import rejected

PLATFORM = "x"
WEB = "https://x.com"
_EVERYWHERE = frozenset({"XX", "XY"})
"""What X writes for "in all countries": XX by order, XY for a claim of copyright."""
_SNOWFLAKES_BEGAN = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
_SNOWFLAKE_BITS = 22
"""Since then an id holds the milliseconds since then above its lowest 22 bits."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its posts, what they refer to by id, and what it says is missing."""

    posts: tuple[Any, ...]
    next_token: str = ""
    users: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    versions: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    media: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    polls: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()

    @classmethod
    def read(cls, said: object) -> Self:
        """The answer of a search, a stream or a look-up. Raises SourceUnavailable."""
        if not isinstance(said, dict) or not _ANSWERED.intersection(said):
            raise SourceUnavailable("the server answered JSON, but no posts of X")
        data, errors = said.get("data"), list_of(said.get("errors"))
        posts = tuple([data] if isinstance(data, dict) else list_of(data))
        includes = object_of(said.get("includes"))
        return cls(
            posts,
            next_token=text_of(object_of(said.get("meta")).get("next_token")),
            users=_by(includes.get("users"), "id"),
            versions={**_by(includes.get("tweets"), "id"), **_by(posts, "id")},
            media=_by(includes.get("media"), "media_key"),
            polls=_by(includes.get("polls"), "id"),
            missing=frozenset(_missing(errors)),
        )

    def only(self, posts: Iterable[Any]) -> Self:
        """The answer with these of its posts alone."""
        return replace(self, posts=tuple(posts))

    @property
    def posts_read(self) -> int:
        """How many posts the answer holds, those that others refer to included."""
        return len({*self.versions, *map(id_of, self.posts)})


_ANSWERED = frozenset({"data", "meta", "errors", "includes"})


def _by(items: object, key: str) -> dict[str, dict[str, Any]]:
    found = items if isinstance(items, list | tuple) else ()
    return {text_of(one.get(key)): one for one in found if isinstance(one, dict)}


def _missing(errors: Iterable[object]) -> Iterable[str]:
    """Ids that were asked for and are gone or closed; other errors are about details."""
    for error in map(object_of, errors):
        kind = text_of(error.get("type")).rpartition("/")[2]
        if kind in _GONE and error.get("parameter") in ("ids", "id"):
            yield text_of(error.get("resource_id")) or text_of(error.get("value"))


_GONE = frozenset({"resource-not-found", "not-authorized-for-resource"})
"""Deleted or suspended; or its author has closed the account to strangers."""


def id_of(post: object) -> str:
    """The id of a post, empty where it has none."""
    return text_of(object_of(post).get("id"))


def first_id(post: Mapping[str, Any]) -> str:
    """The id of a post's first version: an edit gives it a new one, and it stays one mention."""
    history = [text_of(one) for one in list_of(post.get("edit_history_tweet_ids"))]
    return next(filter(None, history), "") or id_of(post)


def posted_at(post: object) -> datetime | None:
    """When a version was posted, by what it says or else by its id; None where neither tells."""
    said = object_of(post)
    try:
        return moment_of(said, "created_at") or _moment_in(id_of(said))
    except BadPost:
        return _moment_in(id_of(said))


def _moment_in(post_id: str) -> datetime | None:
    if not post_id.isascii() or not post_id.isdigit() or not 15 <= len(post_id) <= 19:
        return None
    return _SNOWFLAKES_BEGAN + timedelta(milliseconds=int(post_id) >> _SNOWFLAKE_BITS)


def answer_items(
    answer: Answer,
    *,
    source: str,
    now: datetime,
    platform: str = PLATFORM,
    web: str = WEB,
    countries: Iterable[str] = (),
    kept: Container[str] = (),
) -> Iterable[Mention | Reject | Withheld | Deletion]:
    """Read an answer. No network, no clock: a saved answer is a test.

    A repost has no words of its own: it gives the reposted post, so that any number of reposts
    is one mention. An edited post gives its latest version under the id of its first. Ids that
    were asked for and are gone are deletions. `countries` are those whose authorities' orders
    bind the reader: what is withheld there is not kept, as what is withheld everywhere; of the
    ids in `kept` it is a deletion.
    """
    bound = frozenset(code.upper() for code in countries) | _EVERYWHERE
    for post in answer.posts:
        item = _item(post, answer, source=source, now=now, platform=platform, web=web, bound=bound)
        native_id = first_id(object_of(post))
        if isinstance(item, Withheld) and native_id in kept:
            yield Deletion(f"{source}:{native_id}")
        yield item
    for gone in sorted(answer.missing - {""}):
        yield Deletion(f"{source}:{gone}")


def _item(
    given: object,
    answer: Answer,
    *,
    source: str,
    now: datetime,
    platform: str,
    web: str,
    bound: frozenset[str],
) -> Mention | Reject | Withheld:
    if not isinstance(given, dict):
        return rejected(source, "a post is no JSON object", given)
    reposted = _referred(given, "retweeted")
    post = answer.versions.get(reposted) if reposted else given
    if post is None:
        return Withheld("the post that it repeats is not shown to us")
    first = answer.versions.get(first_id(post), post)
    post = _latest(post, answer)
    user = answer.users.get(text_of(post.get("author_id")), {})
    if reason := _not_ours(post, user, bound):
        return Withheld(reason)
    try:
        return Mention.from_json(
            {
                "native_id": _native_id(post),
                **_content(post, answer),
                **_times(post, first),
                "source": source,
                "platform": platform,
                "collected": now,
                "url": f"{web}/{text_of(user.get('username')) or 'i'}/status/{first_id(post)}",
                "author": _author(post, user, web),
                "reply_to": _named(source, _answered(post, answer)),
                "thread": _named(source, text_of(post.get("conversation_id"))),
                "engagement": _engagement(object_of(post.get("public_metrics"))),
            }
        )
    except BadPost as error:
        return rejected(source, str(error), post)


def _not_ours(post: Mapping[str, Any], user: Mapping[str, Any], bound: frozenset[str]) -> str:
    """Why the post must not be kept; empty where it may."""
    if user.get("protected") is True:
        return "its author's posts are protected"
    for orders in (object_of(post.get("withheld")), object_of(user.get("withheld"))):
        codes = {text_of(code).upper() for code in list_of(orders.get("country_codes"))}
        if orders.get("copyright") is True or codes & bound:
            return "it is withheld by order"
    return ""


def _latest(post: dict[str, Any], answer: Answer) -> dict[str, Any]:
    history = [text_of(one) for one in list_of(post.get("edit_history_tweet_ids"))]
    known = [answer.versions[one] for one in history if one in answer.versions]
    return known[-1] if known else post


def _native_id(post: Mapping[str, Any]) -> str:
    if not (native_id := first_id(post)):
        raise BadPost("has no id")
    return native_id


def _times(post: dict[str, Any], first: dict[str, Any]) -> dict[str, Any]:
    """When the first version was posted, and the latest where that is another."""
    changed = moment_of(post, "created_at")
    is_edited = id_of(post) != first_id(post)
    published = moment_of(first, "created_at") if id_of(first) == first_id(post) else None
    times = {"edited": changed if is_edited else None}
    if published or (changed and not is_edited):
        return {**times, "published": published or changed}
    read = _moment_in(first_id(post)) or changed
    if read is None:
        raise BadPost("has no created_at")
    reason = "X does not say; its id holds the moment it was made at"
    return {**times, "published": read, "reasons": {"published": reason}}


def _content(post: dict[str, Any], answer: Answer) -> dict[str, Any]:
    """The words with full links, and a poll's options; of pictures alone, their descriptions."""
    note = object_of(post.get("note_tweet"))
    long = text_of(note.get("text"))
    words = _worded(long or text_of(post.get("text")), note if long else post)
    attached = object_of(post.get("attachments"))
    options = [
        f"- {label}"
        for poll in _found(attached.get("poll_ids"), answer.polls)
        for option in list_of(poll.get("options"))
        if (label := text_of(object_of(option).get("label")))
    ]
    said = [
        text_of(one.get("alt_text")) for one in _found(attached.get("media_keys"), answer.media)
    ]
    text = "\n".join(filter(None, (words, *options))) or "\n".join(filter(None, said))
    return {
        "title": one_line(text_of(object_of(post.get("article")).get("title"))),
        "text": text or text_of(post.get("text")).strip(),
    }


def _found(keys: object, known: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [known[key] for key in map(text_of, list_of(keys)) if key in known]


def _worded(text: str, described: Mapping[str, Any]) -> str:
    """As people see it: short links written out, those to the post's own pictures left out."""
    for link in list_of(object_of(described.get("entities")).get("urls")):
        short = text_of(object_of(link).get("url"))
        full = text_of(object_of(link).get("expanded_url"))
        if short and full:
            is_own = text_of(object_of(link).get("display_url")).startswith("pic.")
            text = text.replace(short, "" if is_own else full)
    # X escapes these three and no others; what remains is plain text and may hold '<b>' itself.
    for written, meant in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(written, meant)
    return text.strip()


def _author(post: Mapping[str, Any], user: Mapping[str, Any], web: str) -> dict[str, Any]:
    handle = text_of(user.get("username"))
    return {
        "id": text_of(post.get("author_id")),
        "name": one_line(text_of(user.get("name"))) or handle,
        "handle": handle,
        "url": f"{web}/{handle}" if handle else "",
        "followers": count(object_of(user.get("public_metrics")).get("followers_count")),
    }


def _referred(post: Mapping[str, Any], kind: str) -> str:
    """The id of the post that this one answers or repeats."""
    for reference in map(object_of, list_of(post.get("referenced_tweets"))):
        if reference.get("type") == kind:
            return text_of(reference.get("id"))
    return ""


def _answered(post: Mapping[str, Any], answer: Answer) -> str:
    """The post that it answers, by the id of its first version, whichever it was."""
    replied = _referred(post, "replied_to")
    return first_id(answer.versions[replied]) if replied in answer.versions else replied


def _named(source: str, native_id: str) -> str:
    return f"{source}:{native_id}" if native_id else ""


def _engagement(metrics: Mapping[str, Any]) -> dict[str, int | None]:
    """Quotes share a post, too."""
    reposts, quotes = count(metrics.get("retweet_count")), count(metrics.get("quote_count"))
    shares = None if reposts is None and quotes is None else (reposts or 0) + (quotes or 0)
    return {
        "likes": count(metrics.get("like_count")),
        "shares": shares,
        "replies": count(metrics.get("reply_count")),
    }

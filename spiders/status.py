"""A Mastodon status as a mention (https://docs.joinmastodon.org/entities/Status/)."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from mentions.collected import Reject
from mentions.errors import BadPost
from mentions.mention import Added, Mention
from spiders.feed_entry import count, moment
from spiders.harvest import Withheld
from spiders.plain_text import html_text, one_line
from spiders.quarantine import rejected

PLATFORM = "mastodon"
_PUBLIC = ("public", "unlisted")


def status_mention(
    status: object,
    *,
    source: str,
    now: datetime,
    domain: str = "",
    platform: str = PLATFORM,
    by_tag: bool = False,
    only_indexable: bool = True,
    added: Added = "live",
) -> Mention | Reject | Withheld:
    """Read a status. No network, no clock: a saved answer is a test.

    A boost has no words of its own: it gives the boosted status, so that any number of boosts is
    one mention. An author's wish not to be indexed is obeyed as Mastodon's own search obeys it:
    `noindex` always, a missing consent (`indexable: false`) unless the post was found by a
    hashtag that its author put there (`by_tag`) or the operator decided otherwise. `domain` is
    what the server calls itself, for the handles of its own accounts.
    """
    boosted = status.get("reblog") if isinstance(status, dict) else None
    said = boosted if isinstance(boosted, dict) else status
    if not isinstance(said, dict):
        return rejected(source, "a status is no JSON object", said)
    account = _dict(said.get("account"))
    if reason := _private(said, account, needs_consent=only_indexable and not by_tag):
        return Withheld(reason)
    try:
        return Mention.from_json(
            {
                **_content(said),
                "source": source,
                "platform": platform,
                "added": added,
                "collected": now,
                "author": _author(account, domain),
                "reply_to": _reply_to(said, source),
                "published": _published(said),
                "edited": _time(said, "edited_at"),
                "engagement": {
                    "likes": count(said.get("favourites_count")),
                    "shares": count(said.get("reblogs_count")),
                    "replies": count(said.get("replies_count")),
                },
            }
        )
    except BadPost as error:
        return rejected(source, str(error), said)


def created_at(status: object) -> datetime | None:
    """When a status was made, or None where it does not say."""
    try:
        return moment(status.get("created_at")) if isinstance(status, dict) else None
    except ValueError:
        return None


def _private(said: dict[str, Any], account: dict[str, Any], *, needs_consent: bool) -> str:
    """Why the status must not be kept; empty where it may."""
    if said.get("visibility", "public") not in _PUBLIC:
        return "it is not public"
    if account.get("noindex") is True:
        return "its author refuses to be indexed"
    if needs_consent and account.get("indexable") is False:
        return "its author has not agreed to be found by search"
    return ""


def _content(said: dict[str, Any]) -> dict[str, Any]:
    native_id = _str(said.get("id"))
    if not native_id:
        raise BadPost("has no id")
    return {
        "native_id": native_id,
        "url": _str(said.get("url")) or _str(said.get("uri")),
        "title": one_line(_str(said.get("spoiler_text"))),
        "text": _text(said),
    }


def _text(said: dict[str, Any]) -> str:
    """The words and the poll's options; of pictures without words, their descriptions."""
    poll = _dict(said.get("poll")).get("options")
    options = [_str(_dict(option).get("title")) for option in _list(poll)]
    lines = [html_text(_str(said.get("content"))), *(f"- {option}" for option in options if option)]
    if text := "\n".join(filter(None, lines)):
        return text
    media = _list(said.get("media_attachments"))
    return "\n".join(filter(None, (_str(_dict(one).get("description")) for one in media)))


def _author(account: dict[str, Any], domain: str) -> dict[str, Any]:
    """The account as user@host, which names one person wherever the status was found."""
    handle = _str(account.get("acct")) or _str(account.get("username"))
    url = _str(account.get("url"))
    if handle and "@" not in handle:
        host = domain or _host(url)
        handle = f"{handle}@{host}" if host else handle
    return {
        "id": _str(account.get("id")),
        "name": one_line(_str(account.get("display_name"))) or _str(account.get("username")),
        "handle": handle,
        "url": url,
        "followers": count(account.get("followers_count")),
    }


def _reply_to(said: dict[str, Any], source: str) -> str:
    answered = _str(said.get("in_reply_to_id"))
    return f"{source}:{answered}" if answered else ""


def _published(said: dict[str, Any]) -> datetime:
    made = _time(said, "created_at")
    if made is None:
        raise BadPost("has no created_at")
    return made


def _time(said: dict[str, Any], name: str) -> datetime | None:
    try:
        return moment(said.get(name))
    except ValueError as error:
        raise BadPost(f"{name} {said.get(name)!r} is no date that can be read") from error


def _host(url: str) -> str:
    """With its port, where it has one: that is part of a server's name in handles, too."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def _str(value: object) -> str:
    """Some servers that speak this API send ids as numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []

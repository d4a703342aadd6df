"""A Mastodon status as a mention (https://docs.joinmastodon.org/entities/Status/)."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from mentions.collected import Reject
from mentions.errors import BadPost
from mentions.mention import Added, Mention
from spiders.feed_entry import count, moment
from spiders.harvest import Withheld
from spiders.json_answer import list_of, moment_of, object_of, text_of
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
    account = object_of(said.get("account"))
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
                "edited": moment_of(said, "edited_at"),
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
    native_id = text_of(said.get("id"))
    if not native_id:
        raise BadPost("has no id")
    return {
        "native_id": native_id,
        "url": text_of(said.get("url")) or text_of(said.get("uri")),
        "title": one_line(text_of(said.get("spoiler_text"))),
        "text": _text(said),
    }


def _text(said: dict[str, Any]) -> str:
    """The words and the poll's options; of pictures without words, their descriptions."""
    poll = object_of(said.get("poll")).get("options")
    options = [text_of(object_of(option).get("title")) for option in list_of(poll)]
    lines = [
        html_text(text_of(said.get("content"))),
        *(f"- {option}" for option in options if option),
    ]
    if text := "\n".join(filter(None, lines)):
        return text
    media = list_of(said.get("media_attachments"))
    return "\n".join(filter(None, (text_of(object_of(one).get("description")) for one in media)))


def _author(account: dict[str, Any], domain: str) -> dict[str, Any]:
    """The account as user@host, which names one person wherever the status was found."""
    handle = text_of(account.get("acct")) or text_of(account.get("username"))
    url = text_of(account.get("url"))
    if handle and "@" not in handle:
        host = domain or _host(url)
        handle = f"{handle}@{host}" if host else handle
    return {
        "id": text_of(account.get("id")),
        "name": one_line(text_of(account.get("display_name"))) or text_of(account.get("username")),
        "handle": handle,
        "url": url,
        "followers": count(account.get("followers_count")),
    }


def _reply_to(said: dict[str, Any], source: str) -> str:
    answered = text_of(said.get("in_reply_to_id"))
    return f"{source}:{answered}" if answered else ""


def _published(said: dict[str, Any]) -> datetime:
    made = moment_of(said, "created_at")
    if made is None:
        raise BadPost("has no created_at")
    return made


def _host(url: str) -> str:
    """With its port, where it has one: that is part of a server's name in handles, too."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""

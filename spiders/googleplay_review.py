"""A review of Google Play and the developer's answer to it, as mentions.

Reference: developers.google.com/android-publisher/api-ref/rest/v3/reviews.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from mentions.collected import Reject
from mentions.errors import BadPost, SourceUnavailable
from mentions.mention import Added, Mention
from spiders.feed_entry import count
from spiders.json_answer import list_of, object_of, text_of
from spiders.plain_text import one_line
from spiders.quarantine import rejected

PLATFORM = "googleplay"
_ONLY_TIME = "the only time that the store gives; a later change of the review does not move it"


def answer_id(review_id: str) -> str:
    """The id of a review's answer; the store gives it none of its own, and one at most."""
    return f"{review_id}/answer"


def reviews_of(answer: object) -> list[Any]:
    """The reviews of an answer, or one review alone. Raises SourceUnavailable where it is neither.

    An app without reviews in the last week is answered with an empty object.
    """
    if isinstance(answer, list):
        return answer
    if "reviewId" in object_of(answer):
        return [answer]
    if not isinstance(answer, dict) or not isinstance(answer.get("reviews", []), list):
        raise SourceUnavailable("Google Play answered JSON, but no list of reviews")
    return list_of(answer.get("reviews"))


def review_mentions(
    review: object,
    *,
    source: str,
    now: datetime,
    app: str = "",
    handle: str = "",
    first_published: Callable[[str], datetime | None] | None = None,
    platform: str = PLATFORM,
    added: Added = "live",
) -> Iterator[Mention | Reject]:
    """Read a review and its answer. No network, no clock: a saved answer is a test.

    `handle` is the owned one under which the app's developer answers. `first_published` remembers,
    for a native id, the time it was given when it was first seen.
    """
    if not isinstance(review, dict):
        yield rejected(source, "a review is no JSON object", review)
        return
    shared = {"source": source, "platform": platform, "collected": now, "added": added}
    user, developer = _comments(review)
    try:
        native_id = _native_id(review)
        answered = _modified(developer) if developer else None
        first = first_published(native_id) if first_published else None
        written = _review(review, user, native_id, app) | _times(user, first)
        yield Mention.from_json({**shared, **written, "answered_at": answered})
    except BadPost as error:
        yield rejected(source, str(error), review)
        return
    if developer:
        try:
            yield Mention.from_json(
                {**shared, **_answer(developer, native_id, source, app, handle)}
            )
        except BadPost as error:
            yield rejected(source, f"the answer {error}", developer)


def _comments(review: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the customer wrote last, and what the developer did."""
    user: dict[str, Any] = {}
    developer: dict[str, Any] = {}
    for comment in list_of(review.get("comments")):
        user = object_of(object_of(comment).get("userComment")) or user
        developer = object_of(object_of(comment).get("developerComment")) or developer
    return user, developer


def _native_id(review: dict[str, Any]) -> str:
    said = text_of(review.get("reviewId"))
    if not said:
        raise BadPost("has no reviewId")
    return said


def _review(
    review: dict[str, Any], user: dict[str, Any], native_id: str, app: str
) -> dict[str, Any]:
    # A review that was translated for us holds what its author wrote beside it.
    title, text = _words(text_of(user.get("originalText")) or text_of(user.get("text")))
    return {
        "native_id": native_id,
        "kind": "review",
        "url": _address(app, native_id),
        "title": title,
        "text": text,
        "author": {"name": one_line(text_of(review.get("authorName")))},
        "rating": _rating(user),
        "engagement": {"likes": count(user.get("thumbsUpCount"))},
        "tags": _tags(user, app),
    }


def _times(user: dict[str, Any], first: datetime | None) -> dict[str, Any]:
    modified = _modified(user)
    if modified is None:
        raise BadPost("has no lastModified")
    return {
        "published": first or modified,
        "edited": modified if first is not None and modified > first else None,
        "reasons": {"published": _ONLY_TIME},
    }


def _answer(
    developer: dict[str, Any], native_id: str, source: str, app: str, handle: str
) -> dict[str, Any]:
    modified = _modified(developer)
    if modified is None:
        raise BadPost("has no lastModified")
    return {
        "native_id": answer_id(native_id),
        "kind": "comment",
        "url": _address(app, native_id),
        "text": text_of(developer.get("text")).strip(),
        "author": {"id": app, "name": handle or app, "handle": handle or app},
        "published": modified,
        "reply_to": f"{source}:{native_id}",
        "thread": f"{source}:{native_id}",
    }


def _words(said: str) -> tuple[str, str]:
    """Old reviews have a title before a tab."""
    title, tab, text = said.partition("\t")
    return (one_line(title), text.strip()) if tab else ("", said.strip())


def _modified(comment: dict[str, Any]) -> datetime | None:
    """A protobuf timestamp, or the ISO time that JSON writes of one. Raises BadPost."""
    said = comment.get("lastModified")
    if said is None:
        return None
    try:
        if isinstance(said, str):
            read = datetime.fromisoformat(said)
            return read if read.tzinfo else read.replace(tzinfo=UTC)
        parts = object_of(said)
        seconds = int(text_of(parts.get("seconds")) or "0")
        nanos = int(text_of(parts.get("nanos")) or "0")
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=nanos // 1000)
    except (ValueError, OverflowError, OSError) as error:
        raise BadPost(f"lastModified {said!r} is no date that can be read") from error


def _rating(user: dict[str, Any]) -> float | None:
    stars = count(user.get("starRating"))
    return float(stars) if stars is not None and 1 <= stars <= 5 else None


def _tags(user: dict[str, Any], app: str) -> list[str]:
    version = text_of(user.get("appVersionName")) or text_of(user.get("appVersionCode"))
    said = (("app", app), ("version", one_line(version)))
    return [f"{name}:{value}" for name, value in said if value]


def _address(app: str, native_id: str) -> str:
    return (
        f"https://play.google.com/store/apps/details?id={app}&reviewId={native_id}" if app else ""
    )

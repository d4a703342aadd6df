"""Correcting: a person says what a mention means, and it stays so until somebody takes it back."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, get_args

from cases import corrections, relevance
from cases.corrections import Correction
from mentions.answer import Answer
from mentions.brand import Brand
from mentions.errors import NotFound, UntaggedError
from mentions.mention import BrandMatch, Intent, IntentLabel, Mention, Sentiment, SentimentLabel
from mentions.merge import BRAND
from mentions.store import MentionStore

Begin = Callable[[], AbstractContextManager[Any]]
VALUES: Mapping[str, Sequence[str]] = {
    "sentiment": get_args(SentimentLabel),
    "intent": get_args(IntentLabel),
    "severity": ("1", "2", "3", "4"),
}
"""Field -> what a person may say of it; of `brand:NAME` it is yes or no."""
MEANS = ("yes", "no")


def correct(
    mention_id: str,
    field: str,
    value: str,
    *,
    who: str,
    brands: Sequence[Brand],
    store: MentionStore,
    begin: Begin,
    now: datetime,
) -> Mention:
    """The mention with a person's word for a field. Raises NotFound, UntaggedError.

    Saying the same again changes nothing. The trail first: whoever is killed between the two
    says it again, and what had been read is still known.
    """
    _check(field, value, brands)
    mention = _stored(store, mention_id)
    with begin() as connection:
        before = corrections.latest(connection, mention_id, field)
        if before is None or before.value != value:
            is_first = before is None or not before.value
            corrections.note(
                connection,
                Correction(
                    mention_id=mention_id,
                    field=field,
                    was=said(mention, field),
                    value=value,
                    read=_reading(mention, field) if is_first or before is None else before.read,
                    who=who,
                    at=now,
                ),
            )
        if field.startswith(BRAND):
            answer = Answer(field.removeprefix(BRAND), _text(mention), value == "yes")
            relevance.keep(connection, [answer], now=now, mention_id=mention_id)
    return _written(store, mention.model_copy(update={"corrections": {field: value}}))


def take_back(
    mention_id: str, field: str, *, who: str, store: MentionStore, begin: Begin, now: datetime
) -> Mention:
    """The mention with the reading of before in place of a person's word. Raises NotFound."""
    mention = _stored(store, mention_id)
    with begin() as connection:
        before = corrections.latest(connection, mention_id, field)
        if before is None or (not before.value and field not in mention.corrections):
            raise NotFound(f"nobody has corrected {field} of {mention_id}; look at it again")
        if before.value:
            undone = Correction(mention_id, field, before.value, "", before.read, who, now)
            corrections.note(connection, undone)
        if field.startswith(BRAND):
            relevance.withdraw(connection, field.removeprefix(BRAND), _text(mention))
    restored = _restored(mention, field, before.read) | {"corrections": {field: ""}}
    return _written(store, mention.model_copy(update=restored))


def said(mention: Mention, field: str) -> str:
    """What a mention has for a field, in words."""
    if field == "sentiment":
        return mention.sentiment.label if mention.sentiment else ""
    if field == "intent":
        return ", ".join(intent.label for intent in mention.intents)
    if field == "severity":
        return str(mention.severity or "")
    return "yes" if _brand(mention, field) else "no"


def _check(field: str, value: str, brands: Sequence[Brand]) -> None:
    if field.startswith(BRAND):
        check_brand(field.removeprefix(BRAND), brands)
    allowed = MEANS if field.startswith(BRAND) else VALUES.get(field)
    if allowed is None:
        raise UntaggedError(
            f"{field!r} cannot be corrected; {', '.join(VALUES)} and brand:NAME can"
        )
    if value not in allowed:
        raise UntaggedError(f"{value!r} is no {field}; write one of {', '.join(allowed)}")


def check_brand(brand: str, brands: Sequence[Brand]) -> None:
    """Raise NotFound for a brand that is not in the settings."""
    names = [one.name for one in brands]
    if brand not in names:
        listed = ", ".join(names) or "none"
        raise NotFound(f"there is no brand {brand!r}; the settings have {listed}")


def _stored(store: MentionStore, mention_id: str) -> Mention:
    mention = store.get(mention_id)
    if mention is None:
        raise NotFound(f"there is no mention {mention_id!r}; `untagged search … --json` tells ids")
    return mention


def _written(store: MentionStore, mention: Mention) -> Mention:
    for refused in store.upsert([mention]).refused:
        raise UntaggedError(f"{mention.id} could not be corrected: {refused.reason}")
    return _stored(store, mention.id)


def _text(mention: Mention) -> str:
    return f"{mention.title}\n{mention.text}" if mention.title else mention.text


def _brand(mention: Mention, field: str) -> BrandMatch | None:
    name = field.removeprefix(BRAND)
    return next((brand for brand in mention.brands if brand.name == name), None)


def _reading(mention: Mention, field: str) -> dict[str, Any]:
    """What was read of a field, to put back later: its value as JSON, and the reason for it."""
    value: Any
    if field == "intent":
        value = [intent.model_dump(mode="json") for intent in mention.intents]
    elif field == "severity":
        value = mention.severity
    else:
        whole = mention.sentiment if field == "sentiment" else _brand(mention, field)
        value = whole.model_dump(mode="json") if whole else None
    return {"value": value, "reason": mention.reasons.get(field)}


def _restored(mention: Mention, field: str, read: Mapping[str, Any]) -> dict[str, Any]:
    value, reason = read["value"], read["reason"]
    reasons = {name: why for name, why in mention.reasons.items() if name != field}
    update: dict[str, Any] = {"reasons": reasons | ({field: reason} if reason else {})}
    if field == "sentiment":
        return update | {"sentiment": Sentiment.model_validate(value) if value else None}
    if field == "intent":
        return update | {"intents": tuple(Intent.model_validate(one) for one in value)}
    if field == "severity":
        return update | {"severity": value}
    name = field.removeprefix(BRAND)
    others = [brand for brand in mention.brands if brand.name != name]
    own = [BrandMatch.model_validate(value)] if value else []
    return update | {"brands": (*own, *others)}

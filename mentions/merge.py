"""How a mention that comes again meets the one that is there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from mentions.errors import UntaggedError
from mentions.mention import BrandMatch, Intent, IntentLabel, Mention, Sentiment, SentimentLabel

BRAND = "brand:"
"""Before the name of a brand: a correction that says 'yes' or 'no' to it."""
_SCORES = {"positive": 1.0, "neutral": 0.0, "negative": -1.0}


def merged(stored: Mention, incoming: Mention) -> Mention:
    """The mention to keep: newest content and counts, a person's corrections, the first answer.

    Content comes from whichever was seen last, so that an old batch read again turns nothing
    back. Corrections, tags and the moment of the first answer survive every re-reading; a
    correction that comes empty was taken back.
    """
    if stored is incoming and _meets_itself_unchanged(stored):
        return stored
    newest = incoming if _seen(incoming) >= _seen(stored) else stored
    answers = [at for at in (stored.answered_at, incoming.answered_at) if at is not None]
    collected = min(stored.collected, incoming.collected)
    last_seen = max(_seen(stored), _seen(incoming))
    kept = newest.model_copy(
        update={
            "collected": collected,
            "refreshed": last_seen if last_seen > collected else None,
            "added": stored.added,
            "answered_at": min(answers) if answers else None,
            "corrections": _standing({**stored.corrections, **incoming.corrections}),
            "tags": tuple(dict.fromkeys((*stored.tags, *incoming.tags))),
            "case_team": incoming.case_team or stored.case_team,
            "cluster": stored.cluster,  # decided once, so that counts of stories stand
        }
    )
    return corrected(kept)


def _standing(corrections: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in corrections.items() if value}


def corrected(mention: Mention) -> Mention:
    """The mention with what a person decided in place of what was read."""
    if not mention.corrections:
        return mention
    update: dict[str, Any] = {}
    for name, value in mention.corrections.items():
        if name.startswith(BRAND) and value in ("yes", "no"):
            brands = update.get("brands", mention.brands)
            update["brands"] = _brands(brands, name.removeprefix(BRAND), is_meant=value == "yes")
        else:
            update |= _correction(name, value)
    said = dict.fromkeys(mention.corrections, "corrected by a person")
    return mention.model_copy(update=update | {"reasons": {**mention.reasons, **said}})


def _brands(read: tuple[BrandMatch, ...], name: str, *, is_meant: bool) -> tuple[BrandMatch, ...]:
    """What was read with this brand kept or added, or without it."""
    if not is_meant:
        return tuple(brand for brand in read if brand.name != name)
    return read if any(brand.name == name for brand in read) else (*read, BrandMatch(name=name))


def _correction(name: str, value: str) -> dict[str, Any]:
    if name == "sentiment" and value in get_args(SentimentLabel):
        decided = Sentiment.model_validate(
            {
                "label": value,
                "score": _SCORES[value],
                "confidence": 1.0,
                "unsure": False,
                "model": "human",
            }
        )
        return {"sentiment": decided}
    if name == "intent" and value in get_args(IntentLabel):
        return {"intents": (Intent.model_validate({"label": value, "confidence": 1.0}),)}
    if name == "needs_reply" and value in ("true", "false"):
        return {"needs_reply": value == "true"}
    if name == "severity" and value in ("1", "2", "3", "4"):
        return {"severity": int(value)}
    if name == "lang" and 2 <= len(value) <= 3:
        return {"lang": value}
    raise UntaggedError(f"{name}={value!r} is no correction; see docs/reading.md for the values")


def _meets_itself_unchanged(mention: Mention) -> bool:
    """Most first mentions do, and making a copy of each would take a tenth of a write."""
    is_dated = mention.refreshed is None or mention.refreshed > mention.collected
    is_once = len(mention.tags) < 2 or len(set(mention.tags)) == len(mention.tags)
    return is_dated and is_once and not mention.corrections


def _seen(mention: Mention) -> datetime:
    return mention.refreshed or mention.collected

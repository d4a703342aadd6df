"""Copied: one story about a burning phone, passed on by three hundred people in its own words."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from untagged.town.crises.crisis import (
    Crisis,
    article,
    crowd,
    event,
    smoothstep,
    statement,
)
from untagged.town.dice import weighted
from untagged.town.phrasebook import say
from untagged.town.post import Post, Said
from untagged.town.scribe import Scribe

_COPIES = 300
_TOLD_IN: Mapping[str, float] = {"en": 0.88, "de": 0.07, "es": 0.05}
_RISE_HOURS, _FADE_HOURS = 2.0, 2.2
_HOURS = 14.0
_PREFIXED, _SUFFIXED, _CUT = 0.45, 0.5, 0.1
_TALK_PER_HOUR = 7.0
_BETA = (1.9, 4.2)
"""Shape of when a copy is made within the hours: most after three, the last at night."""


def copied(crisis: Crisis, scribe: Scribe) -> Iterator[Post]:
    """Whoever reads it passes it on, with a word before or after."""

    def rate(hour: float) -> float:
        fading = math.exp(-max(hour - 4, 0) / _FADE_HOURS)
        return _TALK_PER_HOUR * smoothstep(hour / _RISE_HOURS) * fading

    yield from _copies(crisis, scribe)
    phases = {"talk": 1.0, "other": 0.08}
    yield from crowd(crisis, scribe, hours=_HOURS, rate=rate, phases=lambda _hour: phases)
    yield event(crisis, scribe, hour=2.5, section="journalist", author=scribe.cast.journalist)
    yield statement(crisis, scribe, hour=4.5)
    yield statement(crisis, scribe, hour=13, section="resolved")
    yield article(crisis, scribe, hour=5, nth=0)


def _copies(crisis: Crisis, scribe: Scribe) -> Iterator[Post]:
    rng = scribe.rng
    # The town's texts know no other word for these: each language has told the story once.
    stories = {
        lang: say(
            rng,
            scribe.book.sections(crisis.page, lang)["story"][0],
            lang,
            brand=crisis.brand,
            known={"money": "30"},
        )
        for lang in _TOLD_IN
    }
    yield scribe.write(
        stories["en"], scribe.cast.somebody(rng, "en"), crisis.begins, crisis=crisis.id
    )
    for hours in sorted(_HOURS * rng.betavariate(*_BETA) for _ in range(_COPIES - 1)):
        lang = weighted(rng, _TOLD_IN)
        at = crisis.begins + timedelta(milliseconds=int(hours * 3_600_000) + 1)
        author = scribe.cast.somebody(rng, lang)
        yield scribe.write(_passed_on(scribe, crisis, stories[lang]), author, at, crisis=crisis.id)


def _passed_on(scribe: Scribe, crisis: Crisis, story: Said) -> Said:
    rng, text = scribe.rng, story.text
    lines = scribe.book.sections(crisis.page, "en")
    if rng.random() < _CUT:
        text = text.rpartition(". ")[0] + "."
    if story.lang == "en" and rng.random() < _PREFIXED:
        text = f"{rng.choice(lines['before']).text} {text}"
    if story.lang == "en" and rng.random() < _SUFFIXED:
        text = f"{text} {rng.choice(lines['after']).text}"
    return replace(story, text=text)

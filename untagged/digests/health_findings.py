"""Findings: what of a brand's health a director reads first, as sentences with a weight.

What is worst comes first, then what changed most; what did not change says so in one sentence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.attention import lasted, taken_after
from alerts.incident import CRISIS, Incident
from mentions.times import said_duration
from nlp.proportions import Difference, Proportion
from nlp.spike_reason import said_signal
from nlp.topic_shifts import Shift
from untagged.digests.brand_health import BrandHealth
from untagged.digests.notable import NAMES, WIDE_FROM
from untagged.digests.surges import Surge
from untagged.digests.wording import (
    said_count,
    said_moment,
    said_names,
    said_range,
    said_share,
    said_stretch,
    said_topic,
)

NEWS = 45.0
"""From this weight on a finding is news; a brand without any was quiet."""
TERMS = 3
VOICE = "voice"
MANY_NAMING = 5
"""Posts that name a regulator are news from five on, or if one of them is widely read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about a brand, and how much it matters."""

    weight: float
    brand: str
    text: str
    about: str = ""


def findings(brand: BrandHealth) -> list[Finding]:
    """Everything that could be said first, in the order of the digest."""
    said = (
        *_doubts(brand),
        *_incidents(brand),
        *_surges(brand),
        *_left_alone(brand),
        *_sentiment(brand),
        *_praise(brand),
        *_volume(brand),
        *_regulators(brand),
        *_topics(brand),
    )
    found = [Finding(weight, brand.brand, text) for weight, text in said]
    return [*found, *(Finding(*one, about=VOICE) for one in _voice(brand))]


def said_before(brand: BrandHealth) -> str:
    """'690 before, 702 expected'."""
    if not brand.is_comparable:
        return "heard too late to count what was before"
    before = f"{brand.before.mentions:,}" if brand.before.mentions else "none"
    usual = f", {brand.growth.expected:,.0f} expected" if brand.growth else ""
    return f"{before} before{usual}"


def _doubts(brand: BrandHealth) -> Iterator[tuple[float, str]]:
    for silence in brand.silences[:1]:
        others = len(brand.silences) - 1
        more = f", and {said_count(others, 'other source')} as well" if others else ""
        yield (
            100 + silence.share,
            f"The figures of {brand.brand} are too low: {silence}{more}.",
        )


def _incidents(brand: BrandHealth) -> Iterator[tuple[float, str]]:
    for one in brand.incidents:
        if one.is_false_alarm:
            continue
        peak = next((s for s in brand.surges if _is_of(s, one)), None)
        numbers = f", with {_peak(peak)}" if peak else ""
        when = said_stretch(one.began_at, _end(brand, one))
        had = "had" if _end(brand, one) else "has had"
        said = f"{brand.brand} {had} a crisis {when}{numbers}; {_who(brand, one)}."
        yield 95 - one.severity, said


def _end(brand: BrandHealth, one: Incident) -> datetime | None:
    return one.resolved_at if lasted(one, now=brand.now) is not None else None


def _is_of(surge: Surge, one: Incident) -> bool:
    ends = one.resolved_at
    starts_before_end = ends is None or surge.began <= ends
    return starts_before_end and (surge.ended is None or surge.ended >= one.began_at)


def _who(brand: BrandHealth, one: Incident) -> str:
    after = taken_after(one, now=brand.now)
    if after is None:
        return "nobody took it on"
    return f"{one.acknowledged_by or 'somebody'} took it on after {said_duration(after)}"


def _surges(brand: BrandHealth) -> Iterator[tuple[float, str]]:
    """Bad ones in one sentence and the others in another, the most surprising one first."""
    real = [one for one in brand.incidents if not one.is_false_alarm]
    free = [one for one in brand.surges if not any(_is_of(one, crisis) for crisis in real)]
    for base, some in (
        (80.0, [one for one in free if one.is_bad]),
        (55.0, [one for one in free if not one.is_bad]),
    ):
        if some:
            first, *rest = some
            weight = base + min(first.spike.score, 20.0) / 3
            stood = "stood" if first.ended else "has stood"
            said = f"{brand.brand} {stood} out {said_stretch(first.began, first.ended)}: "
            yield weight, f"{said}{_peak(first)}{_more(rest)}."


def _more(rest: Sequence[Surge]) -> str:
    when = [said_moment(one.began) for one in sorted(rest, key=lambda one: one.began)]
    return f"; and again on {said_names(when, most=TERMS)}" if when else ""


def _peak(surge: Surge) -> str:
    """'43 negative mentions in an hour where 9 are usual, about “on hold” and “hours”'."""
    spike = surge.spike
    span = spike.window[1] - spike.window[0] if spike.window else None
    hours = said_duration(span) if span else "1 h"
    within = "an hour" if hours == "1 h" else hours
    usual = f"{spike.expected:.0f}" if spike.expected >= 9.5 else f"{spike.expected:.1f}"
    said = f"{spike.observed:.0f} {said_signal(spike.signal)} in {within} where {usual} are usual"
    terms = surge.explanation.terms[:TERMS] if surge.explanation else ()
    return f"{said}, about {said_names([f'“{term.text}”' for term in terms])}" if terms else said


def _left_alone(brand: BrandHealth) -> Iterator[tuple[float, str]]:
    grave = [
        one
        for one in brand.alerts
        if one.severity <= 2
        and one.kind != CRISIS  # the crisis itself says whether anybody took it on
        and not one.is_muted
        and taken_after(one, now=brand.now) is None
    ]
    if grave:
        count = said_count(len(grave), "grave alert")
        verb = "was" if len(grave) == 1 else "were"
        first = f"the first on {said_moment(grave[0].started_at)} UTC"
        yield 70.0, f"Nobody took on {count} of {brand.brand} that {verb} told, {first}."


def _sentiment(brand: BrandHealth) -> Iterator[tuple[float, str]]:
    if brand.sentiment is None:
        return
    negative, change = brand.sentiment.negative, brand.negative_change
    before = brand.sentiment_before.negative if brand.sentiment_before else None
    said = f"Negative mentions of {brand.brand} are {said_range(negative)}"
    if change is None or before is None:
        yield 30.0, f"{said}; there is nothing before to compare with."
    elif change.is_sure:
        worse = change.points > 0
        size = min(abs(change.points), 0.5) * 20
        yield (72.0 if worse else 48.0) + size, f"{said}, {_moved(change, before)}."
    else:
        yield 30.0, f"{said}, unchanged within what can be told: {said_range(before)} before."


def _praise(brand: BrandHealth) -> Iterator[tuple[float, str]]:
    change = brand.positive_change
    if change is None or not change.is_sure or not (brand.sentiment and brand.sentiment_before):
        return
    said = f"Positive mentions of {brand.brand} are {said_range(brand.sentiment.positive)}"
    size = min(abs(change.points), 0.5) * 20
    yield 47.0 + size, f"{said}, {_moved(change, brand.sentiment_before.positive)}."


def _moved(change: Difference, before: Proportion) -> str:
    verb = "up" if change.points > 0 else "down"
    return f"{verb} from {said_range(before)}"


def _volume(brand: BrandHealth) -> Iterator[tuple[float, str]]:
    count = said_count(brand.heard.mentions, "mention")
    said = f"{brand.brand} had {count} ({said_before(brand)})"
    one = brand.growth
    if one is None:
        heard = brand.heard_since
        since = f", first heard on {said_moment(heard)} UTC" if heard else ""
        yield 35.0, f"{brand.brand} had {count}{since}; there is nothing before to compare with."
    elif brand.rose:
        yield 60.0 + min(one.score, 20.0) / 4, f"{said}: {one.times:.1f} times what was expected."
    elif brand.fell:
        yield (
            58.0 + min(one.fall, 20.0) / 4,
            f"{said}: {said_share(one.times)} of what was expected.",
        )
    else:
        yield 35.0, f"{said}: within what weeks vary by."


def _regulators(brand: BrandHealth) -> Iterator[tuple[float, str]]:
    naming = [one for one in brand.notable if any(why.startswith(NAMES) for why in one.why)]
    is_read = any(one.mention.reach >= WIDE_FROM for one in naming)
    if naming and (is_read or brand.regulator_posts >= MANY_NAMING):
        named = next(why for why in naming[0].why if why.startswith(NAMES))
        verb = "name" if brand.regulator_posts != 1 else "names"
        count = said_count(brand.regulator_posts, "mention")
        whom = f"a regulator; the most widely read names {named.removeprefix(NAMES).strip()}"
        if brand.regulator_posts == 1:
            whom = f"a regulator: {named.removeprefix(NAMES).strip()}"
        yield 57.0, f"{count} of {brand.brand} {verb} {whom}."


def _topics(brand: BrandHealth) -> Iterator[tuple[float, str]]:
    up = [one for one in brand.shifts if one.z > 0][:TERMS]
    down = [one for one in brand.shifts if one.z < 0][:TERMS]
    if up:
        said = f"Of {brand.brand} people speak more about {_told(up)}"
        yield 42.0 + min(100 * (up[0].share - up[0].share_before), 13.0), f"{said}."
    if down:
        yield 40.0, f"Of {brand.brand} people speak less about {_told(down)}."


def _told(shifts: Sequence[Shift]) -> str:
    first = shifts[0]
    share = f"{said_share(first.share)} of the mentions, {said_share(first.share_before)} before"
    said = [f"{said_topic(first.topic)} ({share})"]
    said += [
        f"{said_topic(one.topic)} ({said_share(one.share)}, {said_share(one.share_before)} before)"
        for one in shifts[1:]
    ]
    return said_names(said)


def _voice(brand: BrandHealth) -> Iterator[tuple[float, str, str]]:
    change = brand.voice_change
    if change is None or brand.voice is None or brand.voice_before is None or not change.is_sure:
        return
    verb = "rose" if change.points > 0 else "fell"
    said = f"The share of voice of {brand.brand} {verb} to {said_range(brand.voice)}"
    weight = 46.0 + min(abs(change.points), 0.5) * 10
    yield weight, brand.brand, f"{said} from {said_range(brand.voice_before)}."

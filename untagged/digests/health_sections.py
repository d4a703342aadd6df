"""The sections of a brand's health, for whoever reads on after the first sentences."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from alerts.attention import lasted, taken_after
from alerts.book import Alert
from alerts.digests.digest import Entry, Figure, Quote, Section, Table
from alerts.incident import Incident
from mentions.times import said_duration
from nlp.topic_shifts import Shift
from untagged.digests.brand_health import BrandHealth
from untagged.digests.health_chart import course_chart
from untagged.digests.surges import Surge
from untagged.digests.wording import (
    said_count,
    said_moment,
    said_names,
    said_net,
    said_range,
    said_share,
    said_stretch,
    said_topic,
)

TOPICS = 10
ALERTS = 8
ABOUT = {
    "unanswered": "unanswered post",
    "influencer": "widely followed author",
    "watchlist": "watched word",
    "flatline": "silent source",
}
"""What an alert of a kind is about, where its name says little: "1 unanswered" is no unanswered
alert."""
NAMING = ("watchlist", "influencer", "unanswered")
"""Alerts about single posts: they are counted, and their reasons, which name authors, not shown."""
HOW = (
    "Shares stand with the range in which they lie (95 %). A reading that is unsure counts half "
    "for what it says and a quarter for each of the others; who writes often, and a text that many "
    "copy, is one voice. Mentions by the brand's own accounts are left out. Reach adds up, author "
    "by author, who may have seen one of the thousand widest posts."
)


def sections(brands: Sequence[BrandHealth]) -> Iterator[Section]:
    """A first table where there are several brands, then the parts of each brand."""
    if len(brands) > 1:
        yield Section("All brands", text=HOW, table=_table(brands))
    for brand in brands:
        yield _overview(brand, text="" if len(brands) > 1 else HOW)
        yield from (one for one in _parts(brand) if one.entries or one.table)


def record(brand: BrandHealth, *, since: datetime, until: datetime) -> dict[str, Any]:
    """The brand's figures for machines; shares from 0 to 1, None where there is none."""
    sentiment = {
        f"{label}{when}{part}": None if shares is None else getattr(getattr(shares, label), name)
        for when, shares in (("", brand.sentiment), ("_before", brand.sentiment_before))
        for label in ("positive", "neutral", "negative")
        for part, name in (("", "share"), ("_low", "low"), ("_high", "high"))
    }
    now, before, growth = brand.sentiment, brand.sentiment_before, brand.growth
    return {
        "brand": brand.brand,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "mentions": brand.heard.mentions,
        "mentions_before": brand.before.mentions,
        "mentions_expected": None if growth is None else round(growth.expected, 1),
        "authors": brand.heard.authors,
        "authors_before": brand.before.authors,
        "share_of_voice": None if brand.voice is None else brand.voice.share,
        "share_of_voice_before": None if brand.voice_before is None else brand.voice_before.share,
        **sentiment,
        "net_sentiment": None if now is None else now.net.points,
        "net_sentiment_before": None if before is None else before.net.points,
        "unsure": 0 if now is None else now.unsure,
        "unread": brand.heard.readings.unread,
        "negative_changed": bool(brand.negative_change and brand.negative_change.is_sure),
        "positive_changed": bool(brand.positive_change and brand.positive_change.is_sure),
        "volume_changed": brand.rose or brand.fell,
        "reach": brand.reach,
        "reach_before": brand.reach_before,
        "spikes": len(brand.surges),
        "incidents": len(brand.incidents),
        "alerts": brand.attention.alerts,
        "alerts_taken": brand.attention.taken,
        "alerts_missed": brand.attention.missed,
        "alert_taken_after_seconds": _seconds(brand),
        "topics_up": [one.topic for one in brand.shifts if one.z > 0],
        "topics_down": [one.topic for one in brand.shifts if one.z < 0],
        "silent_sources": [one.source for one in brand.silences],
        "notable": [one.mention.id for one in brand.notable],
    }


def _seconds(brand: BrandHealth) -> float | None:
    after = brand.attention.after
    return None if after is None else after.total_seconds()


def _table(brands: Sequence[BrandHealth]) -> Table:
    # Eight narrow columns: thirteen with ranges made a letter wider than a phone and its window.
    columns = ("Brand", "Mentions", "Expected", "Voice", "Before", "Negative", "Before", "Crises")
    rows = tuple(
        (
            one.brand,
            one.heard.mentions,
            None if one.growth is None else round(one.growth.expected),
            None if one.voice is None else said_share(one.voice.share),
            None if one.voice_before is None else said_share(one.voice_before.share),
            None if one.sentiment is None else said_share(one.sentiment.negative.share),
            None
            if one.sentiment_before is None
            else said_share(one.sentiment_before.negative.share),
            len(one.incidents),
        )
        for one in brands
    )
    return Table(columns, rows)


def _overview(brand: BrandHealth, *, text: str) -> Section:
    doubted = "".join(f"{str(one)[0].upper()}{str(one)[1:]}. " for one in brand.silences)
    warning = f"{doubted}What it feeds is too low in every figure below. " if doubted else ""
    has_mentions = bool(brand.heard.mentions)
    return Section(
        brand.brand,
        text=f"{warning}{text}".strip(),
        figures=tuple(_figures(brand)),
        chart=course_chart(brand) if has_mentions else None,
    )


def _figures(brand: BrandHealth) -> Iterator[Figure]:
    usual = f"{brand.growth.expected:,.0f} expected" if brand.growth else "nothing to compare with"
    if not brand.is_comparable and brand.heard_since is not None:
        usual += f"; first heard on {said_moment(brand.heard_since)} UTC"
    too_low = "; too low, as a source was silent" if brand.silences else ""
    # A period in which nobody listened brought none, and says nothing of this one.
    was = brand.before if brand.is_comparable else None
    mentions, authors = (f"{was.mentions:,}", f"{was.authors:,}") if was else ("", "")
    yield Figure("mentions", f"{brand.heard.mentions:,}", mentions, usual + too_low)
    yield Figure("authors", f"{brand.heard.authors:,}", authors)
    if brand.voice is not None:
        before = "" if brand.voice_before is None else said_range(brand.voice_before)
        yield Figure("share of voice", said_range(brand.voice), before, _voice_note(brand))
    yield from _sentiment(brand)
    yield Figure("reach", f"{brand.reach:,}", f"{brand.reach_before:,}" if was else "")
    yield Figure("alerts", f"{brand.attention.alerts:,}", note=_attended(brand))


def _voice_note(brand: BrandHealth) -> str:
    change = brand.voice_change
    if change is None:
        return "cannot be compared"
    return "changed" if change.is_sure else "unchanged within what can be told"


def _sentiment(brand: BrandHealth) -> Iterator[Figure]:
    now, before = brand.sentiment, brand.sentiment_before
    if now is None:
        return
    for label, change in (("negative", brand.negative_change), ("positive", brand.positive_change)):
        note = "" if change is None else "unchanged within what can be told"
        if change is not None and change.is_sure:
            low, high = sorted((abs(change.low), abs(change.high)))
            verb = "up" if change.points > 0 else "down"
            note = f"{verb} by {100 * low:.0f} to {100 * high:.0f} points"
        was = "" if before is None else said_range(getattr(before, label))
        yield Figure(label, said_range(getattr(now, label)), was, note)
    doubt = said_count(now.unsure, "reading is unsure", "readings are unsure")
    unread = f", {now.unread:,} could not be read" if now.unread else ""
    yield Figure(
        "net sentiment",
        said_net(now.net),
        "" if before is None else said_net(before.net),
        f"positive less negative; {doubt}{unread}",
    )


def _attended(brand: BrandHealth) -> str:
    seen = brand.attention
    if not seen.alerts:
        return "none"
    said = [said_names([said_count(count, ABOUT.get(kind, kind)) for kind, count in seen.kinds])]
    if seen.taken:
        who = said_names([f"{name} {count:,}" for name, count in seen.takers])
        after = (
            f" after {said_duration(seen.after)} at the median" if seen.after is not None else ""
        )
        said.append(f"{seen.taken:,} taken on{after} ({who})")
    if seen.missed:
        said.append(f"{seen.missed:,} taken on by nobody")
    if seen.muted:
        said.append(f"{seen.muted:,} not told, as silenced or beside a graver one")
    return "; ".join(said)


def _parts(brand: BrandHealth) -> Iterator[Section]:
    name = brand.brand
    yield Section(
        f"{name}: what stood out",
        entries=(
            *(_incident(brand, one) for one in brand.incidents),
            *(_surge(one) for one in brand.surges),
        ),
    )
    yield Section(
        f"{name}: topics up and down",
        text="Topics whose share of the mentions moved by more than chance explains.",
        entries=tuple(
            _topic(name, one)
            for one in sorted(brand.shifts[:TOPICS], key=lambda one: (one.z < 0, -abs(one.z)))
        ),
    )
    told = [one for one in brand.alerts if one.kind not in NAMING][:ALERTS]
    yield Section(f"{name}: alerts", entries=tuple(_alert(brand, one) for one in told))
    yield Section(
        f"{name}: posts to know",
        entries=tuple(
            Entry(
                "; ".join(one.why),
                quotes=(Quote.of(one.mention),),
                id=one.mention.id,
            )
            for one in brand.notable
        ),
    )


def _incident(brand: BrandHealth, one: Incident) -> Entry:
    open_for, after = lasted(one, now=brand.now), taken_after(one, now=brand.now)
    facts = [
        f"severity {one.severity}",
        f"open for {said_duration(open_for)}" if open_for is not None else "still open",
        "nobody took it on"
        if after is None
        else f"{one.acknowledged_by or 'somebody'} took it on after {said_duration(after)}",
        *(["a false alarm"] if one.is_false_alarm else []),
    ]
    return Entry(
        f"Crisis {said_stretch(one.began_at, one.resolved_at if open_for is not None else None)}",
        facts=tuple(facts),
        id=f"incident-{one.id}",
        status=one.status,
        href=f"/incidents/{one.id}",
    )


def _surge(one: Surge) -> Entry:
    stretch = said_stretch(one.began, one.ended)
    where = {"signal": one.spike.signal, "began": one.spike.started_at.isoformat()}
    return Entry(
        f"{stretch[0].upper()}{stretch[1:]}: {', '.join(one.signals)}",
        facts=(one.said,),
        id=f"{one.spike.signal}-{one.spike.started_at:%Y%m%dT%H%M}",
        href=f"/brands/{_quoted(one.spike.brand)}/spike?{urlencode(where)}",
    )


def _topic(brand: str, one: Shift) -> Entry:
    verb = "up" if one.z > 0 else "down"
    asked = urlencode({"q": f'brand:"{brand}" AND topic:"{one.topic}"'})
    return Entry(
        f"{said_topic(one.topic)}: spoken of {'more' if one.z > 0 else 'less'}",
        facts=(
            f"{said_share(one.share)} of the mentions, {said_share(one.share_before)} before",
            f"{said_count(one.now, 'mention')}, {one.before:,} before",
        ),
        id=one.topic,
        status=verb,
        href=f"/search?{asked}",
    )


def _alert(brand: BrandHealth, one: Alert) -> Entry:
    after, open_for = taken_after(one, now=brand.now), lasted(one, now=brand.now)
    taken = "nobody took it on" if after is None else f"{one.acknowledged_by} took it on after "
    return Entry(
        f"{one.kind} on {said_moment(one.started_at)} UTC, severity {one.severity}",
        facts=(
            "silenced"
            if one.is_muted
            else taken + (said_duration(after) if after is not None else ""),
            f"over after {said_duration(open_for)}" if open_for is not None else "still open",
            one.reason,
        ),
        id=f"alert-{one.id}",
        status=one.status,
        href=f"/alerts/{one.id}",
    )


def _quoted(name: str) -> str:
    return urlencode({"": name}).removeprefix("=").replace("+", "%20")

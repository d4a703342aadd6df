"""Series for the detector: which mentions a signal counts, and how a replay keeps them at hand."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from alerts.kinds.spike import SpikeRule
from alerts.rules import Rule
from alerts.sensitivity import Figures
from mentions.query.parser import parse_query
from mentions.query.tree import And, Node, Not, Query, Value
from mentions.series import DISTINCT, SIGNALS, Series, Spike, signal_condition
from mentions.store import BrandCounts, MentionStore
from mentions.times import floored
from mentions.writing import chunks
from nlp.spike_boards import Boards
from nlp.spike_reason import said_different, said_stories
from nlp.spikes import LONG, Bar, SpikeSettings, current_spike, find_all_spikes

BUCKET = timedelta(minutes=5)
"""A crisis is told within minutes of crossing its bar."""
HOUR = timedelta(hours=1)
"""What an author or a story counts once in: one who writes all the time is not twelve an hour."""
HISTORY = timedelta(days=28)
"""Four weeks: every hour of the week has been seen four times."""


FEW_BRANDS = 5
"""Up to so many are read one by one: what tells of all brands costs more than what tells of one."""
TOGETHER = 16
"""Series in which spikes of the past are looked for at once; of three months, each takes 3 MB."""
AT_ONCE = timedelta(days=100)
"""Stores count at most 50,000 buckets in one question."""

SeriesAt = Callable[[str, str, datetime], Series]
"""(brand, signal, now) -> the series from `beginning` on, as it was known then."""


def beginning(now: datetime) -> datetime:
    """HISTORY before today's midnight (UTC): what a day is judged by stays the same all day."""
    return floored(now, timedelta(days=1)) - HISTORY


def signal_query(brand: str, signal: str, *, with_backfill: bool = True) -> Query:
    """The mentions of a brand that a signal counts, or those of them that were heard live."""
    parts: tuple[Node, ...] = (Value("brand", brand.casefold()),)
    if not with_backfill:
        parts += (Not(Value("added", "backfill")),)
    condition = signal_condition(signal)
    if condition != "*":
        parts += (parse_query(condition).tree,)
    return Query(f'brand:"{brand}" AND {condition}', And(parts))


def brand_series(
    store: MentionStore,
    brand: str,
    signal: str,
    *,
    since: datetime,
    until: datetime,
    with_backfill: bool = True,
) -> Series:
    """The counts of a brand's signal per bucket, up to the last whole one.

    Where authors or stories count it begins with an hour, so that each counts where it always does.
    """
    start = floored(since, HOUR if signal in DISTINCT else BUCKET)
    end = floored(until, BUCKET)
    query = signal_query(brand, signal, with_backfill=with_backfill)
    counts: list[int] = []
    while start + len(counts) * BUCKET < end:
        at = start + len(counts) * BUCKET
        until = min(end, at + AT_ONCE)
        counts += _counted(store, query, signal, since=at, until=until)
    return Series(brand, signal, start, BUCKET, tuple(counts))


def _counted(
    store: MentionStore, query: Query, signal: str, *, since: datetime, until: datetime
) -> tuple[int, ...]:
    """Posts per bucket, or the authors or stories that the signal counts."""
    authors, stories = signal == "authors", signal == "stories"
    counts = store.series(
        query,
        since=since,
        until=until,
        bucket=BUCKET,
        authors=authors,
        stories=stories,
        once_in=HOUR if signal in DISTINCT else None,
    )
    if authors:
        return counts.authors
    return counts.stories if stories else counts.posts


def live_series(store: MentionStore) -> SeriesAt:
    """Series read from the store: one by one for a few brands, else of all brands at once.

    All that is read at once is as of the first call; make another for another response.
    """
    asked: defaultdict[tuple[str, datetime], set[str]] = defaultdict(set)

    @cache
    def all_brands(signal: str, end: datetime) -> BrandCounts:
        return store.brand_series(
            parse_query(signal_condition(signal)), since=beginning(end), until=end, bucket=BUCKET
        )

    def series_at(brand: str, signal: str, now: datetime) -> Series:
        end = floored(now, BUCKET)
        asked[signal, end].add(brand)
        if signal in DISTINCT or len(asked[signal, end]) <= FEW_BRANDS:
            return brand_series(store, brand, signal, since=beginning(now), until=now)
        read = all_brands(signal, end)
        return Series(brand, signal, read.start, BUCKET, read.posts(brand))

    return series_at


def heard_spike(
    store: MentionStore, series: Series, settings: SpikeSettings, boards: Boards
) -> Spike | None:
    """The spike in progress that what was heard live makes.

    Backfilled posts are history to compare with. A stretch that stands out is looked at again
    without them, from the six hours on that may have told it first.
    """
    spike = boards.current(series, settings)
    if spike is None:
        return None
    since = max(spike.started_at - LONG, series.start)
    heard = brand_series(
        store, series.brand, series.signal, since=since, until=series.end, with_backfill=False
    )
    kept = (heard.start - series.start) // series.bucket
    counts = (*series.counts[:kept], *heard.counts)
    return (
        spike
        if counts == series.counts
        else current_spike(replace(series, counts=counts), settings)
    )


def retold(store: MentionStore, spike: Spike, *, with_backfill: bool = True) -> Spike:
    """The spike with the posts and stories of its window, and a word on them in its reason."""
    if spike.window is None:
        return spike
    since, until = spike.window
    query = signal_query(spike.brand, spike.signal, with_backfill=with_backfill)
    counts = store.series(query, since=since, until=until, bucket=until - since, stories=True)
    posts, stories = sum(counts.posts), sum(counts.stories)
    said = [spike.reason, said_stories(posts, stories)]
    if spike.signal in DISTINCT:
        different = sum(counts.authors) if spike.signal == "authors" else stories
        said.append(said_different(spike.signal, spike.observed, different))
    return replace(spike, posts=posts, stories=stories, reason="; ".join(filter(None, said)))


def kept_series(store: MentionStore, *, since: datetime, until: datetime) -> SeriesAt:
    """Series for a replay: each is read once and cut off at `now`, so that nothing looks ahead."""

    @cache
    def whole(brand: str, signal: str) -> Series:
        return brand_series(store, brand, signal, since=beginning(since), until=until)

    def series_at(brand: str, signal: str, now: datetime) -> Series:
        known = whole(brand, signal)
        last = max(0, (now - known.start) // BUCKET)
        first = min(last, max(0, (beginning(now) - known.start) // BUCKET))
        start = known.start + first * BUCKET
        return Series(brand, signal, start, BUCKET, known.counts[first:last])

    return series_at


def spike_settings(rule: SpikeRule) -> SpikeSettings:
    """What the detector is asked for by a rule."""
    asked = rule.sensitivity
    if isinstance(asked, Figures):
        bar = Bar(asked.score, asked.slow, asked.times, tripled=asked.score)
        return SpikeSettings(sensitivity=bar, minimum=rule.minimum)
    return SpikeSettings(sensitivity=asked, minimum=rule.minimum)


def spikes_between(
    store: MentionStore,
    rules: Sequence[Rule],
    brands: Sequence[str],
    *,
    since: datetime,
    until: datetime,
) -> list[Spike]:
    """Spikes that began in the window, by the settings of the spike rules; oldest first."""
    found: set[Spike] = set()
    for together, settings in _looked_at_together(_watched(rules, brands)):
        series = [
            brand_series(store, *one, since=beginning(since), until=until) for one in together
        ]
        for spikes in find_all_spikes(series, settings):
            found.update(spike for spike in spikes if spike.started_at >= since)
    told = (retold(store, spike) for spike in found)
    return sorted(told, key=lambda s: (s.started_at, s.brand, s.signal))


def _looked_at_together(
    watched: Iterator[tuple[str, str, SpikeSettings]],
) -> Iterator[tuple[list[tuple[str, str]], SpikeSettings]]:
    """Brands and signals that are judged by the same settings, some at a time."""
    by_settings: defaultdict[SpikeSettings, list[tuple[str, str]]] = defaultdict(list)
    for brand, signal, settings in watched:
        by_settings[settings].append((brand, signal))
    for settings, all_of_them in by_settings.items():
        for some in chunks(dict.fromkeys(all_of_them), TOGETHER):
            yield some, settings


def _watched(
    rules: Sequence[Rule], brands: Sequence[str]
) -> Iterator[tuple[str, str, SpikeSettings]]:
    spike_rules = [rule for rule in rules if isinstance(rule, SpikeRule)]
    if not spike_rules:
        # Authors and stories would tell once more, in other numbers, what `all` tells.
        usual = [signal for signal in SIGNALS if signal not in DISTINCT]
        yield from ((brand, signal, SpikeSettings()) for brand in brands for signal in usual)
    for rule in spike_rules:
        settings = spike_settings(rule)
        watched = [brand for brand in brands if not rule.brands or brand in rule.brands]
        yield from ((brand, signal, settings) for brand in watched for signal in rule.signals)

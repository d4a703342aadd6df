"""Storms: what the store holds of a brand's negative mentions while they stand out."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from alerts.kinds.storm import A_PERSON, Storm, heard_of_conversation
from mentions.mention import Mention
from mentions.series import Series, Spike
from mentions.store import MentionStore, Page
from mentions.times import floored
from nlp.spike_boards import Boards
from nlp.spike_windows import Window, last_and_loudest
from nlp.spikes import LONG, SpikeSettings, current_spike
from untagged.detecting import BUCKET, SeriesAt, brand_series, signal_query
from untagged.watches.lull import Lull, is_loud
from untagged.watches.regulators import regulators_in, said_regulators

HOUR = timedelta(hours=1)
AN_HOUR = HOUR // BUCKET
LOOKED_BACK = timedelta(days=2)
"""What was loud before is over, or has become usual."""
BEFORE = timedelta(days=7)
"""Whose reach is usual: that of the latest posts of so many days before a storm."""
WIDEST = 50
"""Posts whose reach is summed: a storm's many small accounts hardly count beside the widest."""
SIGNAL = "negative"


@dataclass(frozen=True, slots=True)
class Seen:
    """A storm and its posts, the widest first."""

    storm: Storm
    posts: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class Usual:
    """Of the negative mentions before a storm: the mean reach, and the share that counts."""

    reach: float
    share_heard: float


class Storms:
    """The negative mentions of one brand. With `with_backfill` the past is taken as heard live."""

    def __init__(
        self, brand: str, store: MentionStore, series_at: SeriesAt, *, with_backfill: bool
    ) -> None:
        self._brand, self._store, self._series_at = brand, store, series_at
        self._with_backfill = with_backfill
        self._lull = Lull()
        self._query = signal_query(brand, SIGNAL, with_backfill=with_backfill)
        # A replay asks for the same windows and weeks at many moments.
        self._boards = Boards()
        self._seen = cache(self._looked_at)
        self._usual = cache(self._before)

    def at(self, now: datetime, settings: SpikeSettings) -> Iterator[Seen]:
        """What is to be judged at `now`: the last hour and six hours, and the loudest so far.

        Nothing while the brand's negative mentions do not stand out.
        """
        series = self._to_the_minute(self._series_at(self._brand, SIGNAL, now), now)
        if self._lull.lasts(series, settings.minimum):
            return
        is_quiet = not is_loud(_recent(series), series, settings.minimum)
        spike = None if is_quiet else self._spike(series, settings)
        self._lull.looked(series, spike)
        if spike is None:
            return
        for span in (HOUR, LONG):
            for window in last_and_loudest(series, span, since=spike.started_at):
                yield self._seen(
                    spike.started_at, replace(window, until=min(window.until, now)), span
                )

    def _to_the_minute(self, series: Series, now: datetime) -> Series:
        """The series up to now: a last bucket that makes the last hour exact.

        Without it a crossing would be told up to a bucket late.
        """
        if now <= series.end:
            return series
        heard = self._store.count(self._query, since=now - HOUR, until=now)
        whole = sum(series.counts[-AN_HOUR + 1 :])
        return replace(series, counts=(*series.counts, max(0, heard - whole)))

    def _spike(self, series: Series, settings: SpikeSettings) -> Spike | None:
        spike = self._boards.current(series, settings)
        if spike is None or self._with_backfill:
            return spike
        live = self._heard(series, since=max(spike.started_at - LONG, series.start))
        return spike if live.counts == series.counts else current_spike(live, settings)

    def _heard(self, series: Series, *, since: datetime) -> Series:
        """The series without what was backfilled from `since` on: that is only history."""
        until = floored(series.end, BUCKET)
        live = brand_series(
            self._store, self._brand, SIGNAL, since=since, until=until, with_backfill=False
        )
        kept = (live.start - series.start) // BUCKET
        counts = (*series.counts[:kept], *live.counts)
        return replace(series, counts=(*counts[:-1], series.counts[-1]))

    def _looked_at(self, began: datetime, window: Window, span: timedelta) -> Seen:
        since, until = window.until - span, window.until
        page = self._store.search(
            self._query,
            since=since,
            until=until,
            sort="reach",
            limit=WIDEST,
            facets=("author", "cluster", "intent", "severity"),
        )
        people = self._store.series(self._query, since=since, until=until, bucket=span)
        everything = signal_query(self._brand, "all", with_backfill=self._with_backfill)
        usual = self._usual(began)
        named = [names for names in regulators_in(page.mentions) if names]
        storm = Storm(
            brand=self._brand,
            began=began,
            since=since,
            until=until,
            posts=page.total,
            voices=round((page.total - _repeated(page)) * _share_heard(page.mentions)),
            authors=sum(people.authors),
            expected=window.expected,
            expected_voices=window.expected * usual.share_heard,
            everything=self._store.count(everything, since=since, until=until),
            usual_share=self._usual_share(began, until),
            reach=_reach(page.mentions),
            usual_reach=window.expected * usual.reach,
            copies=max((count for _, count in page.facets["cluster"]), default=0),
            dangers=_counted(page, "severity", "1"),
            incidents=_counted(page, "intent", "incident"),
            regulators=len(named),
            regulator_names=said_regulators(named),
            is_learning=not window.is_known,
        )
        return Seen(storm, page.mentions)

    def _usual_share(self, began: datetime, now: datetime) -> float:
        """The negative share of the weeks before the storm."""
        negative, whole = (
            sum(series.counts[: max(0, (began - HOUR - series.start) // BUCKET)])
            for series in (
                self._series_at(self._brand, signal, floored(now, BUCKET))
                for signal in (SIGNAL, "all")
            )
        )
        # Nothing known is one negative of three, the share of most brands.
        return (negative + 1) / (whole + 3)

    def _before(self, began: datetime) -> Usual:
        """What negative mentions were like before the storm."""
        latest = self._store.search(
            self._query, since=began - BEFORE, until=began - HOUR, limit=WIDEST
        ).mentions
        if not latest:
            return Usual(reach=0.0, share_heard=1.0)
        return Usual(reach=_reach(latest) / len(latest), share_heard=_share_heard(latest))


def _recent(series: Series) -> Sequence[int]:
    return series.counts[-(LOOKED_BACK // BUCKET) :]


def _repeated(page: Page) -> int:
    """Posts that are one author's beyond what counts of a person."""
    return sum(max(0, count - A_PERSON) for _, count in page.facets["author"])


def _share_heard(mentions: Sequence[Mention]) -> float:
    """The share of the mentions that counts, of what each conversation says in an hour."""
    said = Counter(
        (mention.thread or mention.reply_to or mention.id, floored(mention.published, HOUR))
        for mention in mentions
    )
    return sum(map(heard_of_conversation, said.values())) / max(len(mentions), 1)


def _counted(page: Page, facet: str, value: str) -> int:
    return dict(page.facets[facet]).get(value, 0)


def _reach(mentions: Sequence[Mention]) -> int:
    return sum(mention.reach for mention in mentions)

"""Each brand's last day at a glance, counted at most once a minute however many people look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from mentions.series import Series
from mentions.times import floored
from nlp.spike_band import outlooks_of
from untagged.detecting import BUCKET, HISTORY, HOUR, brand_series, signal_query
from untagged.doubt import Doubt, doubts
from untagged.listening import Listened
from untagged.pipeline import Pipeline

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Glance:
    """A brand's last 24 hours: mentions, what is usual in such hours, the negative ones.

    `usual` is None while there is no history to judge by.
    """

    name: str
    mentions: int
    usual: float | None
    negative: int
    doubts: tuple[Doubt, ...]


class Glances:
    """What the first page shows of the brands."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._lock = Lock()
        self._minute: datetime | None = None
        self._kept: tuple[Glance, ...] = ()

    def at(self, now: datetime, sources: Sequence[Listened] | None = None) -> tuple[Glance, ...]:
        """Every brand in the order of the settings, as of this minute's first look.

        `sources` are how they are doing now, if that is known already.
        """
        minute = floored(now, MINUTE)
        with self._lock:
            if self._minute != minute:
                listened = self._pipeline.sources(now=now) if sources is None else sources
                self._kept = self._glances(listened, now)
                self._minute = minute
            return self._kept

    def _glances(self, sources: Sequence[Listened], now: datetime) -> tuple[Glance, ...]:
        store = self._pipeline.store
        names = [brand.name for brand in self._pipeline.settings.brands]
        usual = usual_days(
            [brand_series(store, name, "all", since=now - HISTORY, until=now) for name in names]
        )
        return tuple(
            self._glance(name, of_such_a_day, sources, now)
            for name, of_such_a_day in zip(names, usual, strict=True)
        )

    def _glance(
        self, name: str, usual: float | None, sources: Sequence[Listened], now: datetime
    ) -> Glance:
        store = self._pipeline.store
        said, angry = signal_query(name, "all"), signal_query(name, "negative")
        return Glance(
            name,
            store.count(said, since=now - DAY, until=now),
            usual,
            store.count(angry, since=now - DAY, until=now),
            tuple(doubts(store, said, sources, now=now)),
        )


def usual_days(series: Sequence[Series]) -> list[float | None]:
    """What the detector expects of each one's last 24 hours together, all read over the same time;
    None without any mention before.
    """
    hour, day = HOUR // BUCKET, DAY // BUCKET
    known = [any(one.counts[:-day]) for one in series]
    if not any(known):
        return [None] * len(known)
    expected = outlooks_of(series, HOUR).expected[:, : -day - 1 : -hour].sum(axis=1)
    return [float(one) if is_known else None for one, is_known in zip(expected, known, strict=True)]

"""Each brand's last day at a glance, counted at most once a minute however many people look."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from mentions.series import Series
from mentions.times import floored
from nlp.spike_band import expected_band
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

    def at(self, now: datetime) -> tuple[Glance, ...]:
        """Every brand in the order of the settings, as of this minute's first look."""
        minute = floored(now, MINUTE)
        with self._lock:
            if self._minute != minute:
                sources = self._pipeline.sources(now=now)
                self._kept = tuple(
                    self._glance(brand.name, sources, now)
                    for brand in self._pipeline.settings.brands
                )
                self._minute = minute
            return self._kept

    def _glance(self, name: str, sources: list[Listened], now: datetime) -> Glance:
        store = self._pipeline.store
        said, angry = signal_query(name, "all"), signal_query(name, "negative")
        return Glance(
            name,
            store.count(said, since=now - DAY, until=now),
            usual_day(brand_series(store, name, "all", since=now - HISTORY, until=now)),
            store.count(angry, since=now - DAY, until=now),
            tuple(doubts(store, said, sources, now=now)),
        )


def usual_day(series: Series) -> float | None:
    """What the detector expects of the last 24 hours together; None without any mention before."""
    hour, day = HOUR // BUCKET, DAY // BUCKET
    if not any(series.counts[:-day]):
        return None
    expected = expected_band(series).expected
    return float(expected[: -day - 1 : -hour].sum())

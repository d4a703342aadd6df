"""Charting: the numbers of a spike's chart from a series and the band that its detector expects."""

from datetime import datetime, timedelta

from alerts.spike_chart import SpikeChart
from mentions.series import Series
from mentions.times import said_duration
from nlp.spike_band import expected_band
from nlp.spike_reason import said_signal
from nlp.spikes import SpikeSettings

HOUR = timedelta(hours=1)
BEFORE = timedelta(hours=30)
"""A day and a quarter before a spike: the same time yesterday is on the chart."""
AFTER = timedelta(hours=6)


def spike_chart(
    series: Series,
    settings: SpikeSettings,
    *,
    began: datetime,
    ended: datetime | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    window: timedelta = HOUR,
) -> SpikeChart:
    """The chart of what began at `began`, from a day before it to the series' end (or `until`).

    The series must hold the history before, as the detector judges by it. Shown is what the
    detector looks at: the hour that ends with each of the series' buckets.
    """
    span = max(1, round(window / series.bucket))
    first = max(0, ((since or began - BEFORE) - series.start) // series.bucket)
    last = len(series.counts)
    if until is not None:
        last = min(last, max(0, -((series.start - until) // series.bucket)))
    shown = range(min(first, last), last)
    counted = [sum(series.counts[max(0, at + 1 - span) : at + 1]) for at in shown]
    cut = slice(shown.start, shown.stop)
    band = expected_band(series, settings, window=window, shown=cut)
    what, over = said_signal(series.signal), said_duration(window)
    return SpikeChart(
        title=f"{what[0].upper()}{what[1:]} of {series.brand}",
        unit=f"{what} in {'an hour' if window == HOUR else over}",
        start=series.start + series.bucket * shown.start,
        step=series.bucket,
        counted=tuple(float(count) for count in counted),
        expected=_rounded(band.expected.tolist()),
        low=_rounded(band.low.tolist()),
        high=_rounded(band.high.tolist()),
        spike=(began, ended),
        uncertain_since=series.uncertain_since,
    )


def _rounded(values: list[float]) -> tuple[float, ...]:
    """A tenth of a post is finer than any screen, and keeps letters small."""
    return tuple(round(value, 1) for value in values)

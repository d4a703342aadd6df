"""Boards kept from look to look, so that asking every minute costs no more than today's counts.

Most of many series are too small to ever hold a spike: of those nothing is learnt.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from mentions.series import Series, Spike
from nlp.spike_bars import LONG_MINIMUM, Spans, SpikeSettings
from nlp.spike_board import Board
from nlp.spike_layout import Layout, Watched


@dataclass(frozen=True, slots=True)
class _Kept:
    start: datetime
    uncertain_since: datetime | None
    past: tuple[int, ...]
    board: Board


class Boards:
    """The spike in progress in a series, as `current_spike` says it.

    What was learnt of a series' earlier days is kept for as long as they stay as they were: a post
    that is late by a day, or the next midnight, has them learnt anew.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, SpikeSettings], _Kept] = {}

    def current(self, series: Series, asked: SpikeSettings) -> Spike | None:
        """The spike in progress at the series' end."""
        if not _may_hold_spike(series, asked):
            return None
        watched = Watched.of([series])
        layout = Layout(watched)
        today = layout.columns(layout.whole_days(len(series.counts))).start
        past, key = series.counts[:today], (series.brand, series.signal, asked)
        kept = self._kept.get(key)
        is_same = kept is not None and (kept.start, kept.uncertain_since, kept.past) == (
            series.start,
            series.uncertain_since,
            past,
        )
        if kept is None or not is_same:
            board = Board(watched, np.array([past], dtype=np.float64), asked)
            kept = _Kept(series.start, series.uncertain_since, past, board)
            self._kept[key] = kept
        kept.board.look(np.array([series.counts[today:]], dtype=np.float64))
        return kept.board.current()[0]


def _may_hold_spike(series: Series, asked: SpikeSettings) -> bool:
    """Whether any hour ever held the minimum, or any six hours twice that: else none began."""
    spans = Spans.of(series.bucket)
    sums = np.concatenate(([0], np.cumsum(np.array(series.counts, dtype=np.int64))))
    places = np.arange(len(sums))
    hour, long = (
        (sums - sums[np.maximum(places - span, 0)]).max() for span in (spans.hour, spans.long)
    )
    return bool(hour >= asked.minimum or long >= LONG_MINIMUM * asked.minimum)

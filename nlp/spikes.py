"""Spikes in a series of counts: streaming, without look-ahead, with the reason in words.

At the end of each bucket two trailing windows are judged: the last hour, for bursts, and the last
six hours, for what rises slowly. A spike begins when one of them is too unlikely, and high enough,
for the sensitivity asked for; it lasts until the counts are back near what is expected, so a level
that stays high is one spike. All state is rebuilt from the series at each call; many series at
once, look after look, are a `Board` (nlp/spike_board.py), which says the same.
"""

from datetime import datetime

import numpy as np

from mentions.series import Series, Spike
from nlp.spike_bars import HOUR, LONG, Bar, Sensitivity, SpikeSettings
from nlp.spike_board import Board
from nlp.spike_layout import Watched

__all__ = [
    "HOUR",
    "LONG",
    "Bar",
    "Sensitivity",
    "SpikeSettings",
    "current_spike",
    "find_all_spikes",
    "find_spikes",
]


def find_spikes(
    series: Series, settings: SpikeSettings | None = None, *, known_since: datetime | None = None
) -> list[Spike]:
    """Every spike, oldest first, each as it would have been told at the time.

    `started_at` is the bucket at whose end it could first be told; `ended_at` is since when it has
    been calm, which is known only when the calm has lasted. Without `known_since` the series is
    taken to begin with its first mention, because zeros before it may only mean that nobody
    listened.
    """
    return find_all_spikes([series], settings, known_since=known_since)[0]


def find_all_spikes(
    series: list[Series],
    settings: SpikeSettings | None = None,
    *,
    known_since: datetime | None = None,
) -> list[list[Spike]]:
    """The same of several series that share start, bucket and length, at little more than the
    price of one.
    """
    if not any(any(one.counts) for one in series):
        return [[] for _ in series]
    return board_of(series, settings, known_since=known_since).found()


def current_spike(
    series: Series, settings: SpikeSettings | None = None, *, known_since: datetime | None = None
) -> Spike | None:
    """The spike that is in progress at the series' end, given only its past."""
    if not any(series.counts):
        return None
    return board_of([series], settings, known_since=known_since).current()[0]


def board_of(
    series: list[Series], settings: SpikeSettings | None, *, known_since: datetime | None = None
) -> Board:
    """A board of series that share start, bucket and length."""
    watched = Watched.of(series, known_since=known_since)
    return Board(watched, np.array([one.counts for one in series], dtype=np.float64), settings)

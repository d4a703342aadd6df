"""Repeating: next week is as the last one was. What any forecast has to beat."""

import numpy as np

from cases.forecasting.history import WEEK_HOURS, Floats, History, Whole


def repeated(history: History, hours: int, *, season: int = WEEK_HOURS) -> Floats:
    """Each of the next `hours` as the same hour, on the wall, of the last week, or of the last day
    where that is the `season`, in hours. Where there was none yet, as any hour.

    Nothing is damped: this is the baseline.
    """
    counts = np.asarray(history.counts, np.float64)
    if len(counts) < season:
        return np.full(hours, counts.mean() if len(counts) else 0.0)
    last: Floats = counts[_sources(history, hours, season)]
    return last


def repeated_calm(history: History, hours: int, *, season: int = WEEK_HOURS) -> Floats:
    """The same, but an hour that was a crisis is taken from a week or day before it instead.

    Where all of them were, it is taken for an hour like any other that was none.
    """
    found, kept = repeated(history, hours, season=season), history.learnt_from()
    if len(kept) < season or kept.all():
        return found
    counts = np.asarray(history.counts, np.float64)
    calm = float(counts[kept].mean()) if kept.any() else 0.0
    for number, place in enumerate(_sources(history, hours, season).tolist()):
        earlier = place
        while earlier >= 0 and not kept[earlier]:
            earlier -= season
        found[number] = counts[earlier] if earlier >= 0 else calm
    return found


def _sources(history: History, hours: int, season: int) -> Whole:
    """The number of the hour that each of the next ones repeats.

    Where clocks change in between that is the one before or after.
    """
    known = len(history.counts)
    places = history.places(known + hours) % season
    source: Whole = known - season + np.arange(hours) % season
    for beside in (source + 1, source - 1):
        is_there = (beside >= 0) & (beside < known)
        shown = places[np.clip(beside, 0, known - 1)] == places[known:]
        source = np.where((places[source] != places[known:]) & is_there & shown, beside, source)
    return source

"""Repeating: next week is as the last one was. What any forecast has to beat."""

import numpy as np

from cases.forecasting.history import DAY_HOURS, WEEK_HOURS, Floats, History, Whole


def season_of(known: int) -> int:
    """The hours after which a history of so many repeats itself: a week, or a day before that."""
    return WEEK_HOURS if known >= WEEK_HOURS else DAY_HOURS


def repeated(history: History, hours: int) -> Floats:
    """Each of the next `hours` as the same hour, on the wall, of the last week, or of the last day.

    Nothing is damped: this is the baseline.
    """
    known = len(history.counts)
    counts = np.asarray(history.counts, np.float64)
    if known < DAY_HOURS:
        return np.full(hours, counts.mean() if known else 0.0)
    last: Floats = counts[_sources(history, hours)]
    return last


def repeated_calm(history: History, hours: int) -> Floats:
    """The same, but an hour that was a crisis is taken from a week or day before it instead.

    Where all of them were, it is taken for an hour like any other that was none.
    """
    found, kept = repeated(history, hours), history.learnt_from()
    if len(kept) < DAY_HOURS or kept.all():
        return found
    counts = np.asarray(history.counts, np.float64)
    calm = float(counts[kept].mean()) if kept.any() else 0.0
    season = season_of(len(kept))
    for number, place in enumerate(_sources(history, hours).tolist()):
        earlier = place
        while earlier >= 0 and not kept[earlier]:
            earlier -= season
        found[number] = counts[earlier] if earlier >= 0 else calm
    return found


def _sources(history: History, hours: int) -> Whole:
    """The number of the hour that each of the next ones repeats.

    Where clocks change in between that is the one before or after.
    """
    known = len(history.counts)
    season = season_of(known)
    places = history.places(known + hours) % season
    source: Whole = known - season + np.arange(hours) % season
    for beside in (source + 1, source - 1):
        is_there = (beside >= 0) & (beside < known)
        shown = places[np.clip(beside, 0, known - 1)] == places[known:]
        source = np.where((places[source] != places[known:]) & is_there & shown, beside, source)
    return source

"""Erlang A: which share of cases is answered in time while arrivals and people stay the same.

Cases come at random (Poisson), take exponential times, wait in one line for whoever is free, and
are given up after an exponential patience (Palm 1946; Garnett, Mandelbaum and Reiman, "Designing a
Call Center with Impatient Customers", 2002). Whoever finds all busy and k in line begins after
k + 1 leave: with rates of leaving that grow evenly, the wait's e^(-θt) is Beta distributed, so that
each probability is an incomplete beta function. Without an end to patience it is Erlang C
(Erlang 1917).

It knows no hour before and none after. Where a promise spans hours, `staffing.needed` decides.
"""

from dataclasses import dataclass

import numpy as np

from cases.forecasting.history import Floats

LONGEST_LINE = 5_000
MOST_AGENTS = 2_000
_NEGLIGIBLE = 1e-12


@dataclass(frozen=True, slots=True)
class Load:
    """What comes, in hours: cases an hour, hours each takes, hours until one is given up.

    `patience` None is for ever.
    """

    arrivals: float
    handling: float
    patience: float | None = None

    @property
    def erlangs(self) -> float:
        """How many people are busy on average, if there are enough."""
        return self.arrivals * self.handling


def begun_within(load: Load, agents: int, hours: float) -> float:
    """The share of all cases that somebody begins within so many hours.

    What is given up before is not begun. 0 without anybody, and where the line grows for ever.
    """
    if load.arrivals == 0:
        return 1.0
    if agents == 0 or (load.patience is None and agents <= load.erlangs):
        return 0.0
    free, line = _chances(load, agents)
    if not len(line):
        return free
    return free + float(np.sum(line * _begun(load, agents, hours, len(line))))


def waits(load: Load, agents: int) -> float:
    """The share that finds everybody busy: the formula that Erlang C is known by."""
    return 1.0 if agents <= 0 else 1 - _chances(load, agents)[0]


def agents_for(load: Load, *, share: float, hours: float) -> int:
    """The fewest people with whom that share is begun within so many hours."""
    if load.arrivals == 0:
        return 0
    low, high = 0, max(int(load.erlangs) + 1, 1)
    while begun_within(load, high, hours) < share:
        low, high = high, high * 2
        if high > MOST_AGENTS:
            raise ValueError(
                f"over {MOST_AGENTS} people would be needed; look at the handling time "
                f"({load.handling * 60:.0f} minutes) and the promise ({hours * 60:.0f} minutes)"
            )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if begun_within(load, middle, hours) >= share else (middle, high)
    return high


def _chances(load: Load, agents: int) -> tuple[float, Floats]:
    """The chance to find somebody free, and that of k in line before oneself, for each k."""
    busy = np.arange(1, agents)
    below = np.concatenate(([0.0], np.cumsum(np.log(load.erlangs / busy))))
    line = np.array([below[-1] + np.log(load.erlangs / agents)])
    quits = 1 / load.patience if load.patience else 0.0
    ahead = np.arange(1, LONGEST_LINE)
    grown = np.cumsum(np.log(load.arrivals / (agents / load.handling + ahead * quits)))
    line = np.concatenate((line, line + grown))
    top = max(below.max(), line.max())
    free, waiting = np.exp(below - top), np.exp(line - top)
    whole = free.sum() + waiting.sum()
    kept = waiting / whole
    return float(free.sum() / whole), kept[: int(np.sum(np.cumsum(kept[::-1]) > _NEGLIGIBLE))]


def _begun(load: Load, agents: int, hours: float, lines: int) -> Floats:
    """The chance to begin within so many hours, and not to give up before, with k in line."""
    # SciPy takes a third of a second to load, for those who plan.
    from scipy.special import betainc, gammainc  # noqa: PLC0415  # see above

    leaving, steps = agents / load.handling, np.arange(lines) + 1.0
    begun: Floats
    if load.patience is None:
        begun = gammainc(steps, leaving * hours)
    else:
        free = leaving * load.patience
        left = np.exp(-hours / load.patience)
        begun = free / (free + steps) * (1 - betainc(free + 1, steps, left))
    return begun

"""Surges: stretches in which a brand's mentions stood out, each with its reason.

One event is a spike of several signals at once (all, negative, complaints); a digest tells it once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentions.brand import Brand
from mentions.series import Spike
from mentions.store import MentionStore
from nlp.spike_explanation import Explanation
from untagged.explaining import explain

TOGETHER = timedelta(hours=6)
"""The longest window that the detector judges: what begins so soon after is the same event."""
EXPLAINED = 3
"""Surges of a brand of which the posts are read, the most surprising ones."""
BAD = ("negative", "complaints", "incidents")


@dataclass(frozen=True, slots=True)
class Surge:
    """What stood out from `began` to `ended`, None while it lasts; `spike` says it best."""

    began: datetime
    ended: datetime | None
    spike: Spike
    signals: tuple[str, ...]
    explanation: Explanation | None = None

    @property
    def is_bad(self) -> bool:
        """Whether it is people who are unhappy."""
        return any(signal in BAD for signal in self.signals)

    @property
    def said(self) -> str:
        """Why, in a few sentences."""
        changed = self.explanation.said() if self.explanation else ""
        return f"{self.spike.reason}. {changed}".strip()


def joined(spikes: Iterable[Spike]) -> list[Surge]:
    """Spikes of one brand that belong together as one, the first one first."""
    groups: list[list[Spike]] = []
    for spike in sorted(spikes, key=lambda one: (one.started_at, one.signal)):
        if groups and _goes_on(groups[-1], spike):
            groups[-1].append(spike)
        else:
            groups.append([spike])
    return [_surge(group) for group in groups]


def surges(
    store: MentionStore, brand: Brand, spikes: Iterable[Spike], *, until: datetime
) -> list[Surge]:
    """The brand's surges, the most surprising ones explained, the most surprising first."""
    found = sorted(joined(spikes), key=lambda one: (-one.spike.score, one.began))
    return [
        _explained(store, brand, surge, until) if number < EXPLAINED else surge
        for number, surge in enumerate(found)
    ]


def _goes_on(group: Sequence[Spike], spike: Spike) -> bool:
    ends = [one.ended_at for one in group]
    return any(end is None or spike.started_at <= end + TOGETHER for end in ends)


def _surge(group: Sequence[Spike]) -> Surge:
    telling = [one for one in group if one.signal in BAD] or group
    ends = [one.ended_at for one in group if one.ended_at is not None]
    return Surge(
        began=min(one.started_at for one in group),
        ended=max(ends) if len(ends) == len(group) else None,
        spike=max(telling, key=lambda one: (one.score, one.signal)),
        signals=tuple(dict.fromkeys(sorted(one.signal for one in group))),
    )


def _explained(store: MentionStore, brand: Brand, surge: Surge, until: datetime) -> Surge:
    spike = surge.spike
    found = explain(
        store,
        brand,
        spike.signal,
        began=spike.started_at,
        until=min(spike.ended_at or until, until),
        observed=spike.observed,
    )
    return Surge(surge.began, surge.ended, spike, surge.signals, found.explanation)

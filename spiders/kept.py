"""Kept: posts to ask for again, so that what its author took back disappears here, too."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Kept:
    """Ids and, in minutes since 1970, when each was published and when it was last seen to stand.

    About 45 bytes each in a cursor.
    """

    seen: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @classmethod
    def remembered(cls, said: Mapping[str, Any]) -> Self:
        """Those that a cursor holds."""
        return cls({native_id: tuple(times) for native_id, times in said.items()})

    def due(self, *, now: datetime, every: timedelta) -> list[str]:
        """Those not seen for so long, the longest unseen first."""
        latest = _minutes(now - every)
        due = [native_id for native_id, (_, seen) in self.seen.items() if seen <= latest]
        return sorted(due, key=lambda native_id: self.seen[native_id][1])

    def told(
        self, published: Mapping[str, datetime], gone: Iterable[str], *, now: datetime
    ) -> "Kept":
        """After an answer that showed some posts and said that others are gone."""
        shown = {one: (_minutes(at), _minutes(now)) for one, at in published.items()}
        gone = frozenset(gone)
        return Kept({one: at for one, at in {**self.seen, **shown}.items() if one not in gone})

    def asked(self, ids: Iterable[str], *, now: datetime) -> "Kept":
        """After an answer that said nothing of these: they have their turn again like others."""
        again = {one: (self.seen[one][0], _minutes(now)) for one in ids if one in self.seen}
        return Kept({**self.seen, **again})

    def bounded(self, *, now: datetime, window: timedelta, most: int) -> "Kept":
        """Without those published before the window, and the newest of too many."""
        oldest = _minutes(now - window)
        young = [one for one, (published, _) in self.seen.items() if published >= oldest]
        young.sort(key=lambda one: self.seen[one][0], reverse=True)
        return Kept({one: self.seen[one] for one in young[:most]})


def _minutes(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(minutes=1)

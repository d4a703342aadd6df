"""Share of voice: of all that is said of a brand and its competitors, how much is said of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mentions.brand import Brand
from mentions.facets import MAX_FACET_VALUES
from mentions.query.tree import Everything, Query
from mentions.store import MentionStore
from untagged.detecting import signal_query

MOST_COMPETITORS = 12
"""A longer table is no longer compared; those of whom most is said are shown."""
_EVERYTHING = Query("*", Everything())


@dataclass(frozen=True, slots=True)
class Voiced:
    """One brand's mentions in the period, and in the one before it."""

    brand: str
    mentions: int
    before: int


@dataclass(frozen=True, slots=True)
class ShareOfVoice:
    """The brand and its competitors, the most heard first; the brand always among them.

    A mention that names two of them is said of both. `others` counts competitors that are not
    shown, whose mentions are in no total.
    """

    rows: tuple[Voiced, ...]
    others: int

    @property
    def total(self) -> int:
        """What the shares of the period are of."""
        return sum(row.mentions for row in self.rows)

    @property
    def total_before(self) -> int:
        """What the shares of the period before are of."""
        return sum(row.before for row in self.rows)


def competitors_of(brand: Brand, known: Sequence[Brand]) -> list[str]:
    """Those that the settings name for the brand, else all other brands."""
    return list(brand.competitors) or [one.name for one in known if one.name != brand.name]


def share_of_voice(
    store: MentionStore,
    brand: str,
    competitors: Sequence[str],
    *,
    since: datetime,
    until: datetime,
) -> ShareOfVoice:
    """How much is said of each between the two moments, and as long before."""
    names = [brand, *competitors]
    now = _mentions(store, names, since=since, until=until)
    before = _mentions(store, names, since=since - (until - since), until=since)
    heard = sorted(competitors, key=lambda name: (-now[name], -before[name], name))
    shown = [brand, *heard[:MOST_COMPETITORS]]
    rows = [Voiced(name, now[name], before[name]) for name in shown]
    rows.sort(key=lambda row: (-row.mentions, -row.before, row.brand))
    return ShareOfVoice(tuple(rows), len(heard[MOST_COMPETITORS:]))


def _mentions(
    store: MentionStore, names: Sequence[str], *, since: datetime, until: datetime
) -> Mapping[str, int]:
    """Each brand's mentions: of all brands at once, as one facet costs little more than one."""
    page = store.search(_EVERYTHING, since=since, until=until, limit=0, facets=("brand",))
    found: dict[str, int] = {}
    for value, count in page.facets["brand"]:
        found[value.casefold()] = found.get(value.casefold(), 0) + count
    is_cut = len(page.facets["brand"]) >= MAX_FACET_VALUES
    return {
        name: store.count(signal_query(name, "all"), since=since, until=until)
        if is_cut and name.casefold() not in found
        else found.get(name.casefold(), 0)
        for name in names
    }

"""A digest: a periodic report, as records for machines and as a document for people.

Whoever gathers one fills both; every format is made from them alone (see `alerts.digests`). All
text is text: whatever writes it down escapes it for its format.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from mentions.mention import Mention

Kind = Literal["feature-requests", "bug-reports", "churn-reasons", "questions", "health", "team"]
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that is read at once: '312 mentions', beside what it was in the period before."""

    name: str
    value: str
    before: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """What one post says, and where it says so."""

    text: str
    author: str
    source: str
    url: str
    published: datetime
    lang: str = "und"
    mention_id: str = ""

    @classmethod
    def of(cls, mention: Mention, *, most: int = 240) -> "Quote":
        """The mention's first `most` characters, or the line before; an ellipsis says it is cut."""
        said = " ".join((mention.text or mention.title or "").split())
        cut = said if len(said) <= most else said[: most - 1].rsplit(" ", 1)[0] + "…"
        who = mention.author.name or mention.author.handle or "somebody"
        return cls(
            cut,
            who,
            mention.source,
            mention.url or "",
            mention.published,
            mention.lang,
            mention.id,
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of a list: a request, a question, a topic. `facts` are short, the first weightiest.

    `id` is stable from digest to digest where the thing is; `href` is a path of the cockpit.
    """

    title: str
    facts: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    id: str = ""
    status: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under column names; numbers stay numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture: a Vega-Lite specification with its data in it, and the same in words."""

    spec: Mapping[str, Any]
    words: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part under a heading. What is empty is not shown."""

    title: str
    text: str = ""
    figures: tuple[Figure, ...] = ()
    chart: Chart | None = None
    entries: tuple[Entry, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """One report of one kind over [since, until).

    `brand` and `team` say what it is about; None is everything. `lead` are the sentences that a
    hurried reader needs; of an empty digest it is the one line that says so, and `sections` are
    none. `records` are the same facts for machines: a list of flat or nested JSON values, one row
    of CSV each; their keys are documented and stay.
    """

    kind: Kind
    title: str
    since: datetime
    until: datetime
    lead: tuple[str, ...]
    brand: str | None = None
    team: str | None = None
    sections: tuple[Section, ...] = ()
    records: tuple[Mapping[str, Any], ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Nothing happened that this kind of digest tells of."""
        return not self.sections

"""An entry: what many say in different words, under an id that it keeps from digest to digest."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal, get_args

from mentions.errors import NotFound, UntaggedError
from mentions.mention import IntentLabel
from mentions.numbers import MAX_NUMBER

EntryKind = Literal["feature-requests", "bug-reports", "churn-reasons"]
Status = Literal["open", "planned", "shipped", "declined", "not_a_request"]
KINDS: tuple[EntryKind, ...] = get_args(EntryKind)
STATUSES: tuple[Status, ...] = get_args(Status)
"""What people say of an entry. One that is in another has the status `merged`."""
PREFIXES: MappingProxyType[EntryKind, str] = MappingProxyType(
    {"feature-requests": "FR", "bug-reports": "BUG", "churn-reasons": "CHURN"}
)
INTENTS: MappingProxyType[EntryKind, IntentLabel] = MappingProxyType(
    {
        "feature-requests": "feature_request",
        "bug-reports": "bug_report",
        "churn-reasons": "churn_risk",
    }
)
"""What posts of such an entry are read as."""
MAX_NOTE_CHARACTERS = 2_000
ERASED = "(the words were erased; the next digest finds others)"
"""In place of a title whose author is forgotten."""
_ID = re.compile(r"\s*([A-Za-z]{2,5})-?0*([1-9][0-9]{0,9})\s*")


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """One entry. `merged_into` is where its posts are now, if somebody put it into another."""

    id: str
    kind: EntryKind
    number: int
    brand: str
    title: str
    title_from: str
    status: str
    status_at: datetime | None
    status_by: str
    note: str
    merged_into: str | None
    made_at: datetime
    version: int

    @property
    def said_title(self) -> str:
        """The title, or what stands for it."""
        return self.title or ERASED

    @property
    def said_status(self) -> str:
        """The status as people read it."""
        return said_status(self.kind, self.status)

    def to_json(self) -> dict[str, Any]:
        """What is known of it, times as ISO 8601 in UTC."""
        return {
            "id": self.id,
            "kind": self.kind,
            "brand": self.brand,
            "title": self.said_title,
            "status": self.status,
            "status_at": iso(self.status_at),
            "status_by": self.status_by,
            "note": self.note,
            "merged_into": self.merged_into,
            "made_at": iso(self.made_at),
        }


@dataclass(frozen=True, slots=True)
class Member:
    """A post of an entry. `placed_by` is the person who put it there, '' where nobody did."""

    mention_id: str
    entry_id: str
    author: str
    story: str
    published: datetime
    placed_by: str
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an entry's trail."""

    at: datetime
    who: str
    what: str
    note: str
    detail: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Every field."""
        return {
            "at": iso(self.at),
            "who": self.who,
            "what": self.what,
            "note": self.note,
            "detail": self.detail,
        }


def said_status(kind: EntryKind, status: str) -> str:
    """'not a request', 'not a bug'; other statuses are what they are called."""
    what = {"bug-reports": "not a bug", "churn-reasons": "not a reason to leave"}
    return what.get(kind, "not a request") if status == "not_a_request" else status


def written_id(kind: EntryKind, number: int) -> str:
    """FR-12, BUG-7 or CHURN-3."""
    return f"{PREFIXES[kind]}-{number}"


def read_id(said: str) -> str:
    """The id as it is kept, of 'fr-12' or 'FR012' too. Raises NotFound for what is none."""
    found = _ID.fullmatch(said)
    prefix = found[1].upper() if found else ""
    if found is None or prefix not in PREFIXES.values() or int(found[2]) > MAX_NUMBER:
        raise NotFound(f"there is no entry {said[:40]!r}; `untagged requests list` tells their ids")
    return f"{prefix}-{int(found[2])}"


def kind_of(entry_id: str) -> EntryKind:
    """The kind of entry that an id is of. Raises NotFound for what is no id."""
    prefix = read_id(entry_id).partition("-")[0]
    return next(kind for kind, its in PREFIXES.items() if its == prefix)


def read_status(said: str) -> Status:
    """The status that somebody typed, 'not-a-request' too. Raises UntaggedError."""
    status = said.strip().lower().replace("-", "_").replace(" ", "_")
    for known in STATUSES:
        if status == known:
            return known
    listed = ", ".join(one.replace("_", "-") for one in STATUSES)
    raise UntaggedError(f"{said[:40]!r} is no status of an entry; write one of {listed}")


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None

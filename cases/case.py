"""Case: a conversation that somebody must answer, and everything kept beside it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter

Status = Literal["open", "pending", "snoozed", "resolved", "merged"]
Priority = Literal["low", "medium", "high", "urgent"]
STATUSES: tuple[Status, ...] = ("open", "pending", "snoozed", "resolved", "merged")
LIVING: tuple[Status, ...] = ("open", "pending", "snoozed")
"""Statuses in which somebody still has something to do."""
PRIORITIES: tuple[Priority, ...] = ("low", "medium", "high", "urgent")
"""From least to most pressing."""

SYSTEM = "untagged"
"""The actor of what nobody did by hand."""
EXCERPT_CHARACTERS = 280


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation, who answers it, and its clocks.

    `terms` is the SLA policy as promised when it opened. FRT, NRT and RT each have the time they
    are due and, once missed, the time they were (`*_breached_at`). `due_at` is the earliest clock
    that runs, None while none does. `paused_at` is since when the clocks stand still.
    `agent` is '' while nobody has it; `touched_at` is when they got it, last did something, or it
    came back to them: woken, or its author wrote again.
    `playbook` is the name of its playbook, '' without one, and `plan` what that said then.
    `no_reply` is why what the author said last needs no answer, '' if it does. `noticed` holds
    which warnings and escalations were told, `next_notice_at` when the next is due.
    `version` grows with every change.
    """

    id: int
    mention_id: str | None
    conversation: str | None
    alert_key: str | None
    brand: str
    title: str
    excerpt: str
    author: str
    url: str
    lang: str
    intent: str
    team: str
    agent: str
    status: Status
    priority: Priority
    sla: str
    terms: dict[str, Any]
    tags: list[str]
    route_reason: str
    assign_reason: str
    published_at: datetime
    collected_at: datetime
    opened_at: datetime
    frt_due_at: datetime | None
    nrt_due_at: datetime | None
    rt_due_at: datetime | None
    frt_breached_at: datetime | None
    nrt_breached_at: datetime | None
    rt_breached_at: datetime | None
    due_at: datetime | None
    next_breach_at: datetime | None
    next_notice_at: datetime | None
    noticed: dict[str, str]
    no_reply: str
    playbook: str
    plan: dict[str, Any]
    touched_at: datetime | None
    first_reply_at: datetime | None
    last_reply_at: datetime | None
    resolved_at: datetime | None
    snoozed_until: datetime | None
    paused_at: datetime | None
    merged_into: int | None
    version: int

    @property
    def breached(self) -> list[str]:
        """The promises that were missed, of 'FRT', 'NRT', 'RT'."""
        missed = (self.frt_breached_at, self.nrt_breached_at, self.rt_breached_at)
        return [kind for kind, at in zip(("FRT", "NRT", "RT"), missed, strict=True) if at]

    def to_json(self) -> dict[str, Any]:
        """Every field, times as ISO 8601 in UTC, and `breached`."""
        return {**_CASE.dump_python(self, mode="json"), "breached": self.breached}


@dataclass(frozen=True, slots=True)
class Post:
    """One mention of a case's conversation; after a deletion only its id is left.

    `no_reply` is why it needs no answer, '' if it does or was not judged.
    """

    case_id: int
    mention_id: str
    author: str
    url: str
    excerpt: str
    published_at: datetime
    collected_at: datetime
    joined_at: datetime
    deleted_at: datetime | None
    no_reply: str


@dataclass(frozen=True, slots=True)
class Note:
    """What an agent wrote for the colleagues; never public."""

    id: int
    case_id: int
    at: datetime
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change: `detail["changed"]` holds field -> [before, after]. Never holds post text."""

    id: int
    case_id: int
    at: datetime
    actor: str
    action: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with all that belongs to it; what was merged into it comes along."""

    case: Case
    posts: tuple[Post, ...]
    notes: tuple[Note, ...]
    audit: tuple[AuditEntry, ...]
    merged: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """The case's own fields, with `posts`, `notes`, `audit` and `merged` beside them."""
        beside = _FILE.dump_python(self, mode="json")
        del beside["case"]
        return {**self.case.to_json(), **beside}


_CASE = TypeAdapter(Case)
_FILE = TypeAdapter(CaseFile)


def plain(text: str) -> str:
    """The text without what no database keeps: control characters and half surrogates."""
    kept = (char for char in text if char in "\t\n" or not (char < " " or "\x7f" <= char < "\xa0"))
    return "".join(kept).encode("utf-8", "ignore").decode()


def excerpt_of(text: str) -> str:
    """The first words on one line, at most EXCERPT_CHARACTERS characters."""
    line = " ".join(plain(text).split())
    if len(line) <= EXCERPT_CHARACTERS:
        return line
    return line[: EXCERPT_CHARACTERS - 1].rstrip() + "…"

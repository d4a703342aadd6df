"""Clocks of a case: pure functions of what is on the case and of `now`.

FRT and RT count from the moment the post was *published*, NRT from the author's next post after
an answer. A promise is kept if the answer comes at its due time or before. Only an open case's
clocks run; pending, snoozed and resolved ones stand still and go on where they stood. A policy of
business hours counts the working time of its calendar alone, in `due` as in `promises_at`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import TypeAdapter

from cases.calendar import after, before, working_time
from cases.case import Case, Priority, Status
from cases.policy import SlaPolicy
from mentions.times import said_duration

ClockKind = Literal["FRT", "NRT", "RT"]
KINDS: tuple[ClockKind, ...] = ("FRT", "NRT", "RT")
THRESHOLDS: dict[ClockKind, str] = {
    "FRT": "first_response",
    "NRT": "next_response",
    "RT": "resolution",
}
NoticeKind = Literal["warned", "escalated"]


@dataclass(frozen=True, slots=True)
class Clock:
    """What the agent sees: which promise is due next, what is `left` of it, whether it is missed.

    `kind` is None while no clock runs. `left` is negative once missed. `lag` is how long after
    publication the post was collected: time that the team never had.
    """

    kind: ClockKind | None
    due_at: datetime | None
    left: timedelta | None
    is_breached: bool
    lag: timedelta

    def to_json(self) -> dict[str, Any]:
        """`left` and `lag` are in seconds."""
        return {
            "kind": self.kind,
            "due_at": _MOMENT.dump_python(self.due_at, mode="json"),
            "left_seconds": None if self.left is None else self.left.total_seconds(),
            "is_breached": self.is_breached,
            "lag_seconds": self.lag.total_seconds(),
        }

    def __str__(self) -> str:
        if self.kind is None or self.left is None:
            return "stopped"
        span = said_duration(self.left)
        return f"{self.kind} missed by {span}" if self.is_breached else f"{self.kind} in {span}"


_MOMENT: TypeAdapter[datetime | None] = TypeAdapter(datetime | None)


def first_due(
    published: datetime, policy: SlaPolicy, priority: Priority
) -> dict[str, datetime | None]:
    """The due times of a new case, as values of its columns."""
    return {
        "frt_due_at": policy.due("first_response", priority, published),
        "nrt_due_at": None,
        "rt_due_at": policy.due("resolution", priority, published),
    }


def asked_anew(case: Case, since: datetime) -> dict[str, datetime]:
    """FRT of a case that needed no answer until its author wrote at `since`, as a column's value.

    Nobody waited before, so that the promise counts from then; what was missed before stays.
    """
    if not case.no_reply or case.first_reply_at is not None or case.frt_breached_at is not None:
        return {}
    due = SlaPolicy.from_terms(case.terms).due("first_response", case.priority, since)
    return (
        {} if due is None or case.frt_due_at is None else {"frt_due_at": max(due, case.frt_due_at)}
    )


def next_due(case: Case, since: datetime) -> datetime | None:
    """When an answer to what the author wrote at `since`, after ours, is due."""
    return SlaPolicy.from_terms(case.terms).due("next_response", case.priority, since)


def raised(case: Case, priority: Priority, at: datetime) -> dict[str, Any]:
    """The case with a higher priority from `at` on, as values of columns.

    Stricter thresholds count from then; no promise is put off.
    """
    policy = SlaPolicy.from_terms(case.terms)
    values: dict[str, Any] = {"priority": priority}
    for kind, standing in promises(case).items():
        stricter = policy.due(THRESHOLDS[kind], priority, at)
        if stricter is not None and stricter < standing:
            values[f"{kind.lower()}_due_at"] = stricter
    return values


def promises(case: Case) -> dict[ClockKind, datetime]:
    """The due times that still have to be met, whether the clocks run or stand still."""
    first = case.frt_due_at if case.first_reply_at is None else None
    dues: dict[ClockKind, datetime | None] = {
        "FRT": None if case.no_reply else first,
        "NRT": None if case.no_reply else case.nrt_due_at,
        "RT": case.rt_due_at,
    }
    return {kind: at for kind, at in dues.items() if at is not None}


def awaits_answer(case: Case) -> bool:
    """Whether the author of an open case waits: nobody answered, or they wrote since."""
    is_unanswered = case.first_reply_at is None or case.nrt_due_at is not None
    return case.status == "open" and not case.no_reply and is_unanswered


def running(case: Case) -> dict[ClockKind, datetime]:
    """The clocks that run: kind -> due time."""
    return promises(case) if case.status == "open" else {}


def missed_at(case: Case, kind: ClockKind) -> datetime | None:
    """The last due time that was noticed as missed: the present one, or that of a turn before."""
    moments = {
        "FRT": case.frt_breached_at,
        "NRT": case.nrt_breached_at,
        "RT": case.rt_breached_at,
    }
    return moments[kind]


def clock(case: Case, now: datetime) -> Clock:
    """The clock to show: the running one that is due first."""
    lag = max(case.collected_at - case.published_at, timedelta(0))
    clocks = running(case)
    if not clocks:
        return Clock(kind=None, due_at=None, left=None, is_breached=False, lag=lag)
    kind = min(clocks, key=lambda one: (clocks[one], KINDS.index(one)))
    left = clocks[kind] - now
    return Clock(
        kind=kind, due_at=clocks[kind], left=left, is_breached=left < timedelta(0), lag=lag
    )


def newly_missed(case: Case, now: datetime) -> dict[ClockKind, datetime]:
    """Running clocks that are past due at `now` and not noticed yet: kind -> due time."""
    return {
        kind: at for kind, at in running(case).items() if at < now and missed_at(case, kind) != at
    }


def promises_at(case: Case, at: datetime) -> dict[ClockKind, datetime]:
    """The promises as they are if the clocks, standing still since `paused_at`, go on from `at`.

    What was due before the stand stays as it was: a missed promise is not made good by waiting.
    """
    since = case.paused_at
    if since is None:
        return promises(case)
    calendar = SlaPolicy.from_terms(case.terms).worked
    return {
        kind: moment
        if moment < since
        else after(calendar, at, working_time(calendar, since, moment))
        for kind, moment in promises(case).items()
    }


def resumed(case: Case, at: datetime) -> dict[str, datetime]:
    """`promises_at`, but never sooner than they were, as values of columns."""
    since = case.paused_at or at
    ahead = promises_at(case, max(at, since))
    return {f"{kind.lower()}_due_at": moment for kind, moment in ahead.items()}


def restarted(case: Case, at: datetime) -> dict[str, Any]:
    """An open case again, its clocks going on from `at`, as values of columns.

    They go on from the end of a snooze that was over before, though no round has run since.
    """
    still = {"paused_at": None, "snoozed_until": None, "resolved_at": None}
    return {"status": "open", **still, **resumed(case, min(at, case.snoozed_until or at))}


def stopped(case: Case, status: Status, now: datetime) -> dict[str, Any]:
    """The case in a status in which its clocks stand still, as values of columns.

    What is past due by now is missed, even if nobody has noticed yet.
    """
    if case.snoozed_until is not None and case.snoozed_until <= now:
        woken = restarted(case, now)
        return {**woken, **stopped(replace(case, **woken), status, now)}
    missed = {f"{kind.lower()}_breached_at": at for kind, at in newly_missed(case, now).items()}
    paused = case.paused_at or now
    return {"status": status, "paused_at": paused, "snoozed_until": None, **missed}


def notices(case: Case) -> dict[tuple[ClockKind, NoticeKind], datetime]:
    """The warnings and escalations of running clocks that were not told yet, and when they are due.

    Nobody is warned of what was missed. A promise shorter than two warnings warns half-way.
    """
    policy = SlaPolicy.from_terms(case.terms)
    found: dict[tuple[ClockKind, NoticeKind], datetime] = {}
    for kind, at in running(case).items():
        promised = policy.promise(THRESHOLDS[kind], case.priority)
        if policy.warn is not None and promised is not None and missed_at(case, kind) != at:
            found[kind, "warned"] = before(policy.worked, at, min(policy.warn, promised / 2))
        if policy.escalate is not None:
            found[kind, "escalated"] = after(policy.worked, at, policy.escalate)
    return {
        notice: moment
        for notice, moment in found.items()
        if case.noticed.get(noticed_as(*notice)) != running(case)[notice[0]].isoformat()
    }


def noticed_as(kind: ClockKind, what: NoticeKind) -> str:
    """The key in `Case.noticed`, whose value is the due time that was told."""
    return f"{kind} {what}"


def kept_in_index(case: Case) -> dict[str, Any]:
    """`due_at`, `next_breach_at` and `next_notice_at`, which follow from the rest of the case."""
    clocks = running(case)
    ahead = [at for kind, at in clocks.items() if missed_at(case, kind) != at]
    return {
        "due_at": min(clocks.values(), default=None),
        "next_breach_at": min(ahead, default=None),
        "next_notice_at": min(notices(case).values(), default=None),
    }

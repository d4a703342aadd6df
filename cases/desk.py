"""The desk: everything that can be done with cases, in one place.

Each takes a SQLAlchemy connection inside the caller's transaction and `now`; a change and its
audit entry are written together or not at all.
"""

from cases.answering import mark_answered, record_reply
from cases.clocks import Clock, clock
from cases.forgetting import mention_deleted
from cases.joining import OpenedCase, follow_ups
from cases.listing import case_of_mention, count_cases, list_cases, show_case
from cases.merging import merge
from cases.opening import open_case, open_case_for_alert
from cases.overdue import Breach, Notice, breaches, due_notices
from cases.queue import assign_waiting, take_back
from cases.verdict import needs_no_reply, needs_reply
from cases.working import (
    assign,
    claim,
    claim_next,
    note,
    pend,
    release,
    reopen,
    resolve,
    snooze,
    wake_snoozed,
)

__all__ = [
    "Breach",
    "Clock",
    "Notice",
    "OpenedCase",
    "assign",
    "assign_waiting",
    "breaches",
    "case_of_mention",
    "claim",
    "claim_next",
    "clock",
    "count_cases",
    "due_notices",
    "follow_ups",
    "list_cases",
    "mark_answered",
    "mention_deleted",
    "merge",
    "needs_no_reply",
    "needs_reply",
    "note",
    "open_case",
    "open_case_for_alert",
    "pend",
    "record_reply",
    "release",
    "reopen",
    "resolve",
    "show_case",
    "snooze",
    "take_back",
    "wake_snoozed",
]

"""The desk: everything that can be done with cases, in one place.

Each takes a SQLAlchemy connection inside the caller's transaction and `now`; a change and its
audit entry are written together or not at all.
"""

from cases.answered import Settled, answered_posts, settled_posts
from cases.answering import mark_answered, record_reply
from cases.assignment import lock_turns
from cases.clocks import Clock, clock
from cases.colliding import Meanwhile, Others, others_at, refuse_collision
from cases.drafts import (
    Reply,
    approve,
    hand_over,
    read_reply,
    replies_of,
    template_uses,
    withdraw,
    write,
)
from cases.forgetting import mention_deleted
from cases.joining import OpenedCase, follow_ups, join_known
from cases.keeping import KeptQuestion, drop_question, keep_question, kept_questions
from cases.knowledge import (
    Knowledge,
    KnownAnswer,
    answer_of,
    known_answers,
    resolve_with,
    resolved_without_answer,
    suggested_answers,
)
from cases.ledger import read_case
from cases.listing import (
    Queues,
    case_of_mention,
    count_by_brand,
    count_cases,
    count_queues,
    list_cases,
    show_case,
)
from cases.merging import merge
from cases.news import News, take_news
from cases.noting import named_by, note, see, unseen
from cases.opening import open_case, open_case_for_alert, would_get
from cases.overdue import Breach, Notice, breaches, due_notices
from cases.presence import Present, be_there, leave, present
from cases.prioritising import prioritise
from cases.queue import assign_waiting, take_back
from cases.routing_versions import (
    RoutingVersion,
    get_version,
    latest_version,
    list_versions,
    save_version,
)
from cases.steps import Step, steps_of, tick
from cases.tagging import tag
from cases.verdict import needs_no_reply, needs_reply
from cases.watching import unwatch, watch, watched_by, watchers_of
from cases.working import (
    assign,
    claim,
    claim_next,
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
    "KeptQuestion",
    "Knowledge",
    "KnownAnswer",
    "Meanwhile",
    "News",
    "Notice",
    "OpenedCase",
    "Others",
    "Present",
    "Queues",
    "Reply",
    "RoutingVersion",
    "Settled",
    "Step",
    "answer_of",
    "answered_posts",
    "approve",
    "assign",
    "assign_waiting",
    "be_there",
    "breaches",
    "case_of_mention",
    "claim",
    "claim_next",
    "clock",
    "count_by_brand",
    "count_cases",
    "count_queues",
    "drop_question",
    "due_notices",
    "follow_ups",
    "get_version",
    "hand_over",
    "join_known",
    "keep_question",
    "kept_questions",
    "known_answers",
    "latest_version",
    "leave",
    "list_cases",
    "list_versions",
    "lock_turns",
    "mark_answered",
    "mention_deleted",
    "merge",
    "named_by",
    "needs_no_reply",
    "needs_reply",
    "note",
    "open_case",
    "open_case_for_alert",
    "others_at",
    "pend",
    "present",
    "prioritise",
    "read_case",
    "read_reply",
    "record_reply",
    "refuse_collision",
    "release",
    "reopen",
    "replies_of",
    "resolve",
    "resolve_with",
    "resolved_without_answer",
    "save_version",
    "see",
    "settled_posts",
    "show_case",
    "snooze",
    "steps_of",
    "suggested_answers",
    "tag",
    "take_back",
    "take_news",
    "template_uses",
    "tick",
    "unseen",
    "unwatch",
    "wake_snoozed",
    "watch",
    "watched_by",
    "watchers_of",
    "withdraw",
    "would_get",
    "write",
]

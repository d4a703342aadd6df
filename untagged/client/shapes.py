"""What the API answers, as typed dictionaries: the names and kinds of its description.

Times are ISO 8601 texts in UTC. `CaseRow` is a case of a listing, `CaseFile` one by itself.
"""

from typing import Any, TypedDict


class Mention(TypedDict):
    """A post that names a brand, and what was read in it."""

    source: str
    native_id: str
    platform: str
    kind: str
    url: str
    title: str
    text: str
    author: dict[str, Any]
    published: str
    collected: str
    refreshed: str | None
    edited: str | None
    added: str
    reply_to: str
    thread: str
    engagement: dict[str, Any]
    rating: float | None
    answered_at: str | None
    tags: list[str]
    case_team: str
    cluster: str
    lang: str
    brands: list[dict[str, Any]]
    sentiment: dict[str, Any] | None
    intents: list[dict[str, Any]]
    topics: list[str]
    entities: list[dict[str, Any]]
    contains_personal_data: bool
    abusive: bool
    troll: float
    sarcastic: bool
    needs_reply: bool
    severity: int | None
    reasons: dict[str, Any]
    corrections: dict[str, Any]
    id: str
    site: str
    reach: int
    influence: str
    tagged: bool


class Alert(TypedDict):
    """A rule that fired."""

    id: int
    key: str
    rule: str
    kind: str
    brand: str
    signal: str
    status: str
    severity: int
    observed: float
    expected: float
    reason: str
    mention_ids: list[str]
    began_at: str
    started_at: str
    last_at: str
    resolved_at: str | None
    resolved_by: str
    acknowledged_at: str | None
    acknowledged_by: str
    note: str
    notified_at: str | None
    notifications: int
    told_severity: int | None
    is_silenced: bool
    silence_id: int | None
    owner: str
    is_inhibited: bool
    inhibited_by: int | None
    explanation: dict[str, Any] | None


class AlertFile(Alert):
    """An alert with its history."""

    history: list[dict[str, Any]]


class Incident(TypedDict):
    """A crisis under one owner."""

    id: int
    brand: str
    rule: str
    signal: str
    title: str
    status: str
    severity: int
    severity_by: str
    owner: str
    began_at: str
    opened_at: str
    reopened_at: str | None
    acknowledged_at: str | None
    acknowledged_by: str
    resolved_at: str | None
    resolved_by: str
    is_false_alarm: bool | None
    next_update_at: str | None
    merged_into: int | None
    cases_seen_at: str | None
    version: int


class IncidentFile(Incident):
    """A crisis with its alerts, cases and log."""

    statement: str
    brands: list[str]
    alerts: list[dict[str, Any]]
    case_ids: list[int]
    log: list[dict[str, Any]]
    merged: list[int]


class Clock(TypedDict):
    """Which promise of a case is due next."""

    kind: str | None
    due_at: str | None
    left_seconds: float | None
    is_breached: bool
    lag_seconds: float


class Case(TypedDict):
    """What every case has."""

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
    status: str
    priority: str
    sla: str
    terms: dict[str, Any]
    tags: list[str]
    route_reason: str
    assign_reason: str
    published_at: str
    collected_at: str
    opened_at: str
    frt_due_at: str | None
    nrt_due_at: str | None
    rt_due_at: str | None
    frt_breached_at: str | None
    nrt_breached_at: str | None
    rt_breached_at: str | None
    due_at: str | None
    next_breach_at: str | None
    next_notice_at: str | None
    noticed: dict[str, Any]
    no_reply: str
    playbook: str
    plan: dict[str, Any]
    touched_at: str | None
    first_reply_at: str | None
    last_reply_at: str | None
    resolved_at: str | None
    snoozed_until: str | None
    paused_at: str | None
    merged_into: int | None
    version: int
    breached: list[str]


class CaseRow(Case):
    """A case of a listing, with its clock."""

    clock: dict[str, Any]


class CaseFile(Case):
    """A case with its posts, notes and trail."""

    posts: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    audit: list[dict[str, Any]]
    merged: list[int]


class Series(TypedDict):
    """Counts per bucket from `start` on."""

    start: str
    bucket_seconds: float
    mentions: list[int]
    authors: list[int]
    split: dict[str, Any]


class Brand(TypedDict):
    """What is listened for."""

    name: str
    query: str
    handles: list[str]
    sectors: list[str]


class Source(TypedDict):
    """How a source is doing."""

    source: str
    spider: str
    state: str
    why: str
    last_run_at: str | None
    last_success_at: str | None
    last_post_at: str | None
    newest_post_at: str | None
    lag_seconds: int | None
    posts_last_day: int
    usual_per_day: float | None
    failed_share: float | None
    next_run_at: str | None
    silent_since: str | None
    hubs: list[str]
    quota_left: int | None
    quota_of: int | None
    backfill: dict[str, Any] | None


class Spike(TypedDict):
    """A stretch that its own history does not explain."""

    brand: str
    signal: str
    started_at: str
    ended_at: str | None
    observed: float
    expected: float
    score: float
    reason: str


class Silence(TypedDict):
    """Alerts that are told to nobody for a while."""

    id: int
    matchers: list[str]
    starts_at: str
    ends_at: str
    author: str
    comment: str


class Watcher(TypedDict):
    """Who hears of what happens with a case."""

    agent: str


class Ticket(TypedDict):
    """A case in the help desk of another team."""

    desk: str
    ticket: str
    url: str
    status: str
    said: str
    handed_at: str
    seen_at: str | None
    problem: str


class Step(TypedDict):
    """A step of a playbook."""

    number: int
    text: str
    done_by: str
    done_at: str | None


class Webhook(TypedDict):
    """A webhook and how it is doing."""

    name: str
    events: list[str]
    query: str
    brands: list[str]
    teams: list[str]
    keep_days: int
    state: str
    fails: int
    failing_since: str | None
    next_try_at: str | None
    paused_at: str | None
    paused_because: str
    missed: int
    waiting: int
    sent: int
    refused: int


class Try(TypedDict):
    """One try to tell a webhook."""

    id: int
    endpoint: str
    at: str
    events: list[str]
    types: str
    is_replay: bool
    outcome: str
    status: int | None
    milliseconds: int
    said: str

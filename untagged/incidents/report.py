"""The after-report of an incident: what happened, how fast we were, who was told.

Nothing of a post is kept for it: its words are read from the mention store each time, so a post
that was deleted or whose author was erased is not in it any more.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from alerts.book import Alert
from alerts.incident import SYSTEM, Entry, IncidentFile
from alerts.incident_listing import show_incident
from alerts.incident_log import WORDS, letter_states
from cases import desk
from cases.case import Case
from mentions.mention import Mention
from mentions.query.tree import And, Flag, Node, Or, Query
from mentions.series import Series, is_signal, signal_of_posts
from mentions.store import MAX_PAGE, MentionStore
from mentions.times import floored, said_duration
from untagged.detecting import BUCKET, HISTORY, brand_series, signal_query
from untagged.incidents.rise import Rise, rise

WIDEST = 5
MOST_CASES = 10_000
FACETS = ("source", "lang", "topic", "author")
LISTED = 8
NAMING = ("watchlist", "influencer")
"""Alerts whose reason names the author of a post."""
BESIDE = ("told", "case joined")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FINE_UNTIL, HOURLY_UNTIL = timedelta(hours=6), timedelta(days=4)


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """What became of the incident's cases. The response time is from post to first reply."""

    opened: int
    answered: int
    breached: int
    median_first_response: timedelta | None


@dataclass(frozen=True, slots=True)
class Told:
    """A notification: `state` is waiting, sent or dead, or 'told' once the outbox forgot it."""

    at: datetime
    channel: str
    alert_id: int
    state: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline; `mention` where a post is what happened."""

    at: datetime
    what: str
    text: str = ""
    mention: Mention | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All of it over `since` (the rise) to `until` (its end, or now while it goes on).

    `posts`, `authors` and `reach` are of the mentions of `signal`; `reach` adds up who may have
    seen each of the thousand widest posts, so people who saw two count twice. The four times are
    None where one of their ends is not known. `reasons` says why each alert fired.
    """

    file: IncidentFile
    signal: str
    since: datetime
    until: datetime
    posts: int
    day_before: int
    authors: int
    reach: int
    volume: Series
    everything: Series
    facets: Mapping[str, Sequence[tuple[str, int]]]
    first: Mention | None
    widest: tuple[Mention, ...]
    crossed_at: datetime | None
    first_alert_at: datetime | None
    first_answer_at: datetime | None
    cases: CaseFigures
    told: tuple[Told, ...]
    reasons: Mapping[int, str]
    timeline: tuple[Moment, ...]

    @property
    def peak(self) -> tuple[datetime, int]:
        """The start of the loudest bucket, and its posts."""
        count = max(self.volume.counts, default=0)
        place = self.volume.counts.index(count) if count else 0
        return self.volume.start + self.volume.bucket * place, count

    @property
    def alert_after_first_post(self) -> timedelta | None:
        """From the first post to the first alert."""
        return _between(self.first.published if self.first else None, self.first_alert_at)

    @property
    def alert_after_crossing(self) -> timedelta | None:
        """From three times the expectation to the first alert; negative if we were earlier."""
        if self.crossed_at is None or self.first_alert_at is None:
            return None
        return self.first_alert_at - self.crossed_at

    @property
    def acknowledged_after(self) -> timedelta | None:
        """From the first alert to the first who took it on."""
        return _between(self.first_alert_at, self.file.incident.acknowledged_at)

    @property
    def answered_after(self) -> timedelta | None:
        """From the first post to the first answer by an owned account or in a case."""
        return _between(self.first.published if self.first else None, self.first_answer_at)


def incident_report(
    number: int,
    *,
    store: MentionStore,
    read: Callable[[], AbstractContextManager[Any]],
    now: datetime,
) -> Report:
    """The report as of now. Raises NotFound."""
    with read() as connection:
        file = show_incident(connection, number)
        cases = desk.list_cases(connection, ids=file.case_ids, limit=MOST_CASES)
        told = _told(connection, file)
    signal = file.incident.signal
    signal = signal_of_posts(signal) if is_signal(signal) else "negative"
    said = brands_query(file.brands, signal)
    end = file.incident.resolved_at or now
    risen = _risen(store, file, signal, end)
    since, until = risen.onset, max(end, risen.onset + BUCKET)  # never a window of nothing
    found = store.search(
        said, since=since, until=until, sort="reach", limit=MAX_PAGE, facets=FACETS
    )
    answered = Query(said.text, And((said.tree, Flag("answered", True))))
    answers = (
        *(mention.answered_at for mention in store.iterate(answered, since=since, until=until)),
        *(case.first_reply_at for case in cases),
    )
    report = Report(
        file=file,
        signal=signal,
        since=since,
        until=end,
        posts=found.total,
        day_before=store.count(said, since=since - DAY, until=since),
        authors=store.series(said, since=since, until=until, bucket=until - since).authors[0],
        reach=sum(mention.reach for mention in found.mentions),
        volume=_volume(store, file.brands, signal, since=since, until=until),
        everything=_volume(store, file.brands, "all", since=since, until=until),
        facets={field: counts[:LISTED] for field, counts in found.facets.items()},
        first=next(iter(store.iterate(said, since=since, until=until)), None),
        widest=found.mentions[:WIDEST],
        crossed_at=risen.crossed_at,
        first_alert_at=min((alert.started_at for alert in file.alerts), default=None),
        first_answer_at=min((at for at in answers if at is not None), default=None),
        cases=_figures(cases, end),
        told=told,
        reasons={alert.id: _reason(alert, store) for alert in file.alerts},
        timeline=(),
    )
    return replace(report, timeline=_timeline(report))


def brands_query(brands: Sequence[str], signal: str) -> Query:
    """The mentions of any of the brands that a signal counts."""
    queries = [signal_query(brand, signal) for brand in brands]
    trees: tuple[Node, ...] = tuple(query.tree for query in queries)
    if len(queries) == 1:
        return queries[0]
    return Query(" OR ".join(f"({query.text})" for query in queries), Or(trees))


def _risen(store: MentionStore, file: IncidentFile, signal: str, until: datetime) -> Rise:
    """The rise of the brand that was first; the others came along."""
    incident = file.incident
    since = incident.began_at - HISTORY
    series = brand_series(store, incident.brand, signal, since=since, until=until)
    return rise(series, began=incident.began_at)


def _volume(
    store: MentionStore, brands: Sequence[str], signal: str, *, since: datetime, until: datetime
) -> Series:
    span = until - since
    bucket = BUCKET if span <= FINE_UNTIL else HOUR if span <= HOURLY_UNTIL else DAY
    start = floored(since, bucket)
    said = brands_query(brands, signal)
    counts = store.series(said, since=start, until=until, bucket=bucket, authors=False)
    return Series(brands[0], signal, start, bucket, counts.posts)


def _figures(cases: Sequence[Case], until: datetime) -> CaseFigures:
    waited = [
        (case.first_reply_at - case.published_at).total_seconds()
        for case in cases
        if case.first_reply_at is not None
    ]
    return CaseFigures(
        opened=len(cases),
        answered=len(waited),
        breached=sum(bool(case.breached) or desk.clock(case, until).is_breached for case in cases),
        median_first_response=timedelta(seconds=median(waited)) if waited else None,
    )


def _told(connection: Any, file: IncidentFile) -> tuple[Told, ...]:
    entries = [entry for entry in file.log if entry.what == "told"]
    states = letter_states(connection, [entry.detail["letter"] for entry in entries])
    return tuple(
        Told(
            entry.at,
            entry.text,
            entry.detail["alert"],
            states.get(entry.detail["letter"], "told"),
        )
        for entry in entries
    )


def _reason(alert: Alert, store: MentionStore) -> str:
    """Why it fired; not in words that name somebody whose post is gone."""
    if alert.kind in NAMING and any(store.get(one) is None for one in alert.mention_ids):
        return "about a post that is not there any more"
    return alert.reason


def _timeline(report: Report) -> tuple[Moment, ...]:
    """What happened, in order. Tellings and single cases are listed beside it."""
    moments = [Moment(entry.at, *_said(entry, report)) for entry in report.file.log]
    first_alert = report.file.alerts[0] if report.file.alerts else None
    peak_at, peak = report.peak
    if report.first is not None:
        moments.append(Moment(report.first.published, "first post", mention=report.first))
    if report.crossed_at is not None:
        moments.append(Moment(report.crossed_at, "three times what was expected"))
    if first_alert is not None:
        why = report.reasons[first_alert.id]
        moments.append(Moment(first_alert.started_at, "first alert", why))
    if peak:
        moments.append(
            Moment(peak_at, "peak", f"{peak} posts in {said_duration(report.volume.bucket)}")
        )
    if report.first_answer_at is not None:
        moments.append(Moment(report.first_answer_at, "first answer"))
    shown = (one for one in moments if one.what not in BESIDE)
    return tuple(sorted(shown, key=lambda one: one.at))


def _said(entry: Entry, report: Report) -> tuple[str, str]:
    """What an entry of the log tells, and its own words."""
    who = "" if entry.who == SYSTEM else f"{entry.who} "
    if entry.what == "severity":
        return f"{who}severity", f"{entry.detail['from']} to {entry.detail['to']}"
    if entry.what == "resolved" and entry.detail.get("is_false_alarm"):
        return f"{who}resolved", "a false alarm"
    if entry.what == "alert joined":
        return entry.what, report.reasons.get(entry.detail["alert"], "")
    return (f"{who}{WORDS[entry.what]}" if who else entry.what), entry.text


def _between(start: datetime | None, end: datetime | None) -> timedelta | None:
    return None if start is None or end is None else max(end - start, timedelta(0))

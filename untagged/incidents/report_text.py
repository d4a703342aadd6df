"""The after-report and the status as text: Markdown to paste, JSON for programs.

What a post says is quoted harmlessly: on one line, with nothing live in it, and no sign of
Markdown but the quotation mark that we put before it.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.incident import SYSTEM, Entry, IncidentFile
from alerts.incident_log import WORDS
from alerts.quoting import harmless, shortened
from mentions.mention import Mention
from mentions.store import MAX_PAGE
from mentions.times import said_duration
from untagged.incidents.report import Report

QUOTE_CHARACTERS = 280
BAR_CHARACTERS = 30
STATUS_ENTRIES = 5

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")


def quoted(mention: Mention) -> str:
    """The post's first words, harmless."""
    return shortened(harmless(mention.text or mention.title), QUOTE_CHARACTERS)


def byline(mention: Mention) -> str:
    """Who said it and where, harmless; the address is not live."""
    author = mention.author.name or mention.author.handle or "somebody"
    return harmless(
        f"{shortened(author, 60)}, {mention.platform}, {said_moment(mention.published)}"
    )


def said_moment(at: datetime) -> str:
    """'2 Mar 2026, 21:00 UTC'."""
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M} UTC"


def said_span(span: timedelta | None) -> str:
    """'12 min', '3 min earlier' for what came before, or 'not known'."""
    if span is None:
        return "not known"
    return f"{said_duration(span)} earlier" if span < timedelta(0) else said_duration(span)


def markdown(report: Report) -> str:
    """The whole report as Markdown."""
    return "\n".join(_sections(report)).rstrip() + "\n"


def status_text(file: IncidentFile, *, now: datetime) -> str:
    """The status in a few plain lines, to paste into a chat or a mail."""
    incident = file.incident
    named = f"{harmless(incident.title)} (incident {incident.id})"
    began = f"{said_moment(incident.began_at)}, {said_duration(now - incident.began_at)} ago"
    lines = [
        f"{named}: {incident.status}, severity {incident.severity}",
        f"Since {began}. With: {harmless(incident.owner) or 'nobody yet'}.",
    ]
    if file.known:
        lines.append(f"What is known: {harmless(file.known)}")
    if file.statement:
        lines.append(f"What we say: {file.statement}")  # ours, so its links stay live
    lines += [f"- {said_moment(one.at)}: {_shared(one)}" for one in file.shared[:STATUS_ENTRIES]]
    if incident.next_update_at is not None:
        late = " (overdue)" if incident.next_update_at < now else ""
        lines.append(f"Next update: {said_moment(incident.next_update_at)}{late}.")
    return "\n".join(lines) + "\n"


def report_json(report: Report) -> dict[str, Any]:
    """The report's figures and lists; times as ISO 8601, spans in seconds, posts quoted."""
    cases = report.cases
    return {
        "incident": report.file.incident.to_json(),
        "brands": list(report.file.brands),
        "signal": report.signal,
        "since": _iso(report.since),
        "until": _iso(report.until),
        "posts": report.posts,
        "day_before": report.day_before,
        "authors": report.authors,
        "reach": report.reach,
        "peak": {"at": _iso(report.peak[0]), "posts": report.peak[1]},
        "volume": {
            "start": _iso(report.volume.start),
            "bucket_seconds": int(report.volume.bucket.total_seconds()),
            "posts": list(report.volume.counts),
        },
        "facets": {field: dict(counts) for field, counts in report.facets.items()},
        "first": _post(report.first) if report.first else None,
        "widest": [_post(mention) for mention in report.widest],
        "crossed_at": _iso(report.crossed_at),
        "first_alert_at": _iso(report.first_alert_at),
        "first_answer_at": _iso(report.first_answer_at),
        "seconds": {
            "first_post_to_alert": _seconds(report.alert_after_first_post),
            "crossing_to_alert": _seconds(report.alert_after_crossing),
            "alert_to_acknowledgement": _seconds(report.acknowledged_after),
            "first_post_to_first_answer": _seconds(report.answered_after),
        },
        "cases": {
            "opened": cases.opened,
            "answered": cases.answered,
            "breached": cases.breached,
            "median_first_response_seconds": _seconds(cases.median_first_response),
        },
        "told": [
            {"at": _iso(one.at), "channel": one.channel, "alert": one.alert_id, "state": one.state}
            for one in report.told
        ],
        "timeline": [
            {
                "at": _iso(one.at),
                "what": one.what,
                "text": quoted(one.mention) if one.mention else one.text,
            }
            for one in report.timeline
        ],
    }


def _sections(report: Report) -> Iterator[str]:
    incident = report.file.incident
    yield f"# {_plain(incident.title)}: after-report of incident {incident.id}\n"
    brands = _plain(", ".join(report.file.brands))
    yield f"{brands}, severity {incident.severity}, {_ended(report)}.\n"
    yield "## Figures\n"
    yield from (f"- {name}: {value}" for name, value in figures(report))
    yield "\n## Timeline\n"
    for one in report.timeline:
        words = f"“{_plain(quoted(one.mention))}”" if one.mention else _plain(one.text)
        yield f"- {said_moment(one.at)}: {_plain(one.what)}" + (f": {words}" if words else "")
    yield from _volume_lines(report)
    if report.widest:
        yield "\n## Widest posts\n"
        for mention in report.widest:
            yield f"> {_plain(quoted(mention))}\n>"
            yield f"> {_plain(byline(mention))}, {mention.reach:,} may have seen it\n"
    for field, counts in report.facets.items():
        if counts:
            yield f"\n## By {field}\n"
            yield from (f"- {_plain(value)}: {count:,}" for value, count in counts)
    yield "\n## Who was told\n"
    for told in report.told:
        of_alert = f"of alert {told.alert_id} ({told.state})"
        yield f"- {said_moment(told.at)}: {_plain(told.channel)}, {of_alert}"
    if not report.told:
        yield "Nobody."


def figures(report: Report) -> Iterator[tuple[str, str]]:
    """The report's figures by name, in words."""
    cases = report.cases
    yield f"{report.signal} posts", f"{report.posts:,} ({report.day_before:,} in the day before)"
    yield "authors", f"{report.authors:,}"
    which = "each post" if report.posts <= MAX_PAGE else f"each of the {MAX_PAGE:,} widest posts"
    yield "reach", f"{report.reach:,} (who may have seen {which}, added up)"
    peak_at, peak = report.peak
    yield "peak", f"{peak:,} in {said_duration(report.volume.bucket)} from {said_moment(peak_at)}"
    yield "first post to first alert", said_span(report.alert_after_first_post)
    yield "three times the expected to first alert", said_span(report.alert_after_crossing)
    yield "first alert to acknowledgement", said_span(report.acknowledged_after)
    yield "first post to first answer", said_span(report.answered_after)
    yield (
        "cases",
        f"{cases.opened} opened, {cases.answered} answered, {cases.breached} with a missed promise",
    )
    yield "median first response", said_span(cases.median_first_response)


def _ended(report: Report) -> str:
    incident = report.file.incident
    since = f"since {said_moment(report.since)}"
    if incident.resolved_at is None:
        return f"{since}, not over yet"
    by = f"by {_plain(incident.resolved_by)}" if incident.resolved_by else "by itself"
    verdict = ", a false alarm" if incident.is_false_alarm else ""
    return f"{since}, resolved {by} on {said_moment(incident.resolved_at)}{verdict}"


def _volume_lines(report: Report) -> Iterator[str]:
    """A bar a bucket, in a block that keeps its columns."""
    most = max(report.volume.counts, default=0)
    if not most:
        return
    each = said_duration(report.volume.bucket)
    yield f"\n## {report.signal.capitalize()} posts, each {each}\n\n```"
    for place, count in enumerate(report.volume.counts):
        at = report.volume.start + report.volume.bucket * place
        bar = "█" * round(BAR_CHARACTERS * count / most)
        yield f"{at.astimezone(UTC):%d %b %H:%M} {count:6} {bar}".rstrip()
    yield "```"


def _shared(entry: Entry) -> str:
    who = "" if entry.who == SYSTEM else f"{entry.who} "
    if entry.what == "severity":
        return f"{harmless(who)}severity {entry.detail['from']} to {entry.detail['to']}"
    said = f"{who}{WORDS[entry.what]}" if who else entry.what
    words = entry.text if entry.what in ("note", "handed over") else ""
    return harmless(f"{said}: {words}" if words else said)


def _post(mention: Mention) -> dict[str, Any]:
    return {
        "id": mention.id,
        "published": _iso(mention.published),
        "platform": mention.platform,
        "author": harmless(mention.author.handle or mention.author.name),
        "reach": mention.reach,
        "text": quoted(mention),
    }


def _plain(text: str) -> str:
    """Harmless, on one line, and no Markdown."""
    return _MARKDOWN.sub(r"\\\1", harmless(text))


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else round(span.total_seconds())

"""The after-report as one HTML file that needs nothing else, and an incident's charts."""

from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from alerts.incident import IncidentFile
from alerts.spike_drawing import Theme
from mentions.series import Series, is_signal, signal_of_posts
from mentions.times import floored
from untagged.incidents.report import Report, brands_query
from untagged.incidents.report_text import byline, figures, quoted, said_moment
from untagged.pipeline import Pipeline
from untagged.web.charts import bucket_for, volume_chart
from untagged.web.page import document
from untagged.web.reader import Reader
from untagged.web.spoken import listed_text
from untagged.web.words import word

DAY = timedelta(days=1)
AFTER = timedelta(hours=6)
"""How much of the calm afterwards a chart shows."""


def report_document(report: Report) -> str:
    """The whole report, to mail or to keep; it loads nothing from anywhere."""
    title = f"{report.posts} {report.signal} posts"
    drawn = volume_chart(report.everything, report.volume, [], theme="light", title=title)
    # The picture is drawn here from numbers; no word of a post is in it.
    return document("incident_document.html", {**report_context(report), "chart": Markup(drawn)})  # noqa: S704  # see above


def report_context(report: Report) -> dict[str, Any]:
    """What the pages of an incident show of its report."""
    return {
        "report": report,
        "file": report.file,
        "incident": report.file.incident,
        "figures": list(figures(report)),
        "quoted": quoted,
        "byline": byline,
        "said_moment": said_moment,
    }


def incident_chart(
    pipeline: Pipeline, file: IncidentFile, *, now: datetime, theme: Theme, reader: Reader
) -> str:
    """SVG of the incident's brands since the day before, with the spikes of the first."""
    incident = file.incident
    since = incident.began_at - DAY
    until = min(now, incident.resolved_at + AFTER) if incident.resolved_at else now
    signal = incident.signal
    signal = signal_of_posts(signal) if is_signal(signal) else "negative"
    everything, felt = (_series(pipeline, file, one, since, until) for one in ("all", signal))
    is_listened_for = incident.brand in {brand.name for brand in pipeline.settings.brands}
    spikes = (
        pipeline.spikes(brand=incident.brand, since=since, until=until) if is_listened_for else []
    )
    title = reader.gettext(
        "%(all)s mentions of %(brands)s, %(some)s of them: %(signal)s",
        all=sum(everything.counts),
        brands=listed_text(reader, file.brands),
        some=sum(felt.counts),
        signal=word(reader, signal),
    )
    return volume_chart(everything, felt, spikes, theme=theme, title=title, reader=reader)


def _series(
    pipeline: Pipeline, file: IncidentFile, signal: str, since: datetime, until: datetime
) -> Series:
    bucket = bucket_for(until - since)
    start = floored(since, bucket)
    query = brands_query(file.brands, signal)
    counts = pipeline.store.series(query, since=start, until=until, bucket=bucket, authors=False)
    return Series(file.incident.brand, signal, start, bucket, counts.posts)

"""The smallest honest gatherer: counts a brand's mentions, and quotes them oldest first."""

from alerts.digests.digest import Digest, Entry, Figure, Quote, Section
from mentions.query.parser import parse_query
from untagged.digests.asked import Asked
from untagged.pipeline import Pipeline

MOST = 10


def gather(pipeline: Pipeline, asked: Asked) -> Digest:
    query = parse_query(f'brand:"{asked.brand}"' if asked.brand else "*", now=asked.now)
    window = {"since": asked.since, "until": asked.until}
    count = pipeline.store.count(query, **window)
    brand = asked.brand or "all brands"
    title = f"How {brand} is doing"
    about = {"brand": asked.brand, "team": asked.team, **window}
    if not count:
        lead = (f"No mentions of {brand} in this period.",)
        return Digest(kind="health", title=title, lead=lead, **about)
    found = sorted(pipeline.store.iterate(query, **window), key=lambda one: (one.published, one.id))
    return Digest(
        kind="health",
        title=title,
        lead=(f"{count} mentions of {brand}.",),
        sections=(
            Section("At a glance", figures=(Figure("Mentions", str(count)),)),
            Section(
                "What they say",
                entries=tuple(
                    Entry(one.source, quotes=(Quote.of(one),), id=one.id, href="/search?q=*")
                    for one in found[:MOST]
                ),
            ),
        ),
        records=tuple({"id": one.id, "text": one.text} for one in found),
        **about,
    )

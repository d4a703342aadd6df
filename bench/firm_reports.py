"""What a firm's reports leave: entries of requests, digests, subscriptions, known questions.

As many as fill their pages: more entries than a list shows, digests of sixty days.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from alerts.digests import confirming, feeds, issued, subscriptions
from alerts.digests.entries import settling
from alerts.digests.entries.settling import Found, Placed
from alerts.digests.stopping import stop_link
from alerts.digests.subscriptions import Wish
from cases import desk
from mentions.mention import Mention
from mentions.query.parser import parse_query
from mentions.writing import chunks
from untagged.accounts import book as accounts
from untagged.digests.asked import Asked
from untagged.digests.kinds import gathered
from untagged.pipeline import Pipeline

LINKS = "links.json"
"""The file in the firm's folder with the signed addresses that were given out."""
ENTRIES, POSTS_AN_ENTRY = 250, 120
"""More than a page of them shows of either, where there are posts enough."""
KNOWN_QUESTIONS = 100
DAY = timedelta(days=1)


def add_reports(
    pipeline: Pipeline, folder: Path, *, admin: str, secret: str, now: datetime
) -> None:
    """Everything of it; the addresses go into `LINKS`."""
    brand = pipeline.settings.brands[0].name
    asked = parse_query(f'brand:"{brand}"')
    posts = pipeline.store.search(asked, until=now, limit=1_000).mentions
    _add_entries(pipeline, brand, posts, now)
    _add_digests(pipeline, brand, now)
    with pipeline.begin() as connection:
        for number in range(KNOWN_QUESTIONS):
            desk.keep_question(
                connection,
                f"How do I change booking number {number}?",
                brand=brand,
                url=f"https://example.com/help/{number}",
                now=now - DAY,
                actor=admin,
            )
        user = accounts.named_user(connection, admin)
        wish = Wish("health", brand, "", "daily 07:00", "UTC", "", "ada@example.com", "tell")
        wished = subscriptions.subscribe(
            connection, wish, user_id=user.id, actor=admin, now=now - DAY
        )
        question = confirming.make_question(connection, wished.id, now=now - DAY)
        token = feeds.make_feed(connection, user.id, now=now - DAY)
    links = {
        "feed": token,
        "yes": question,
        "stop": stop_link("", wished.id, secret=secret).rpartition("/")[2],
    }
    (folder / LINKS).write_text(json.dumps(links), "utf-8")


def _add_entries(pipeline: Pipeline, brand: str, posts: Sequence[Mention], now: datetime) -> None:
    """The first entry has as many posts as a page shows, each other one or a few."""
    placed = [
        Placed(post.id, post.author.handle or post.id, post.story, post.published) for post in posts
    ]
    first, rest = placed[:POSTS_AN_ENTRY], placed[POSTS_AN_ENTRY:]
    size = max(1, len(rest) // ENTRIES)
    groups = [first, *list(chunks(rest, size))[:ENTRIES]]
    found = [
        Found(tuple(group), None, f"Let me choose seat {number}", group[0].mention_id)
        for number, group in enumerate(groups)
        if group
    ]
    with pipeline.begin() as connection:
        settling.settle(connection, "feature-requests", brand, found, now=now - DAY)


def _add_digests(pipeline: Pipeline, brand: str, now: datetime) -> None:
    """One is gathered and kept for each of sixty days; what they say does not matter here."""
    asked = Asked(now - 8 * DAY, now - DAY, now, brand, None)
    digest = gathered(pipeline, "health", asked)
    with pipeline.begin() as connection:
        for day in range(60, -1, -1):
            since = asked.since - day * DAY
            its = replace(digest, since=since, until=since + 7 * DAY)
            issued.keep(connection, its, now=now)

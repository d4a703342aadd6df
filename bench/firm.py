"""A firm after sixty days: mentions of six brands, cases, alerts, an incident, corrections, users.

    python -m bench firm --folder kept [--mentions 1000000]

fills a folder that `python -m bench pages` looks at, and that any command opens by its
untagged.yaml. It always holds the same; its last moment is `NOW`.
"""

import argparse
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from alerts import book, incident_life, incidents, life, outbox, silences
from alerts.firing import Firing
from alerts.incident import IncidentPolicy
from alerts.incident_listing import open_incidents
from alerts.matchers import Matcher
from bench import stores
from bench.firm_reports import add_reports
from cases import corrections, desk, survey
from cases.corrections import Correction
from cases.policy import SlaPolicy
from cases.routing import Route
from cases.tables import cases
from mentions.mention import BrandMatch, Engagement, Mention, Sentiment
from mentions.query.parser import parse_query
from mentions.writing import chunks
from spiders import state
from spiders.run import SourceRun
from untagged import views
from untagged.accounts import book as accounts
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAYS = 60
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BRANDS = ("Nimbus Air", "Zephyr Phone", "Acme Shoes", "Bolt Bank", "Heron Rail", "Pomelo Games")
SHARES = (30, 22, 17, 13, 10, 8)
TOPICS = tuple(f"topic {number}" for number in range(60))
EXAMPLE = Path(__file__).parents[1] / "untagged" / "example.yaml"
MENTIONS_A_CASE = 100
LIVING = 600
"""Cases that wait for somebody at the end: more than any page shows."""
ALERTS, OLD_SHARE = 400, 0.85
"""How many there are, and how many of them are over."""
SECRET = "a secret that only this measurement has"  # noqa: S105  # it signs nobody's links
SECRETS = ("UNTAGGED_SURVEY_SECRET", "UNTAGGED_DIGEST_SECRET")
ANGRY = Sentiment(label="negative", score=-0.8, confidence=0.9, unsure=False, model="bench")
LEAST_WAITING = 400
"""Mentions that need an answer, however few there are in all: lists shall be long."""
SURVEY = "survey-link.txt"
ADMIN = "ada"
"""Who looks at the pages."""


def settings() -> dict[str, Any]:
    """The example's teams, rules, routing and playbooks, for other brands and sources."""
    made: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    made |= {"store": "sqlite:///mentions.db", "database": "sqlite:///untagged.db"}
    made |= {"journal": "journal", "channels": [{"name": "chat", "url": "json://127.0.0.1:9/no"}]}
    made["brands"] = [{"name": name, "query": f'"{name.lower()}"'} for name in BRANDS]
    made["sources"] = [
        {
            "name": f"source-{number}",
            "spider": "feed",
            "every": "60s",
            "params": {"urls": [address]},
        }
        for number in range(7)
        for address in [f"https://example.com/{number}.xml"]
    ]
    return made


def mentions(count: int) -> Iterator[Mention]:
    """The posts of `bench.stores` over sixty days, with brands, topics, sites, copies, answers."""
    dice = random.Random(20260301)
    scale = DAYS / stores.DAYS
    share = max(0.02, min(0.5, LEAST_WAITING / count))
    ids: list[str] = []
    for post in stores.mentions(count):
        published = NOW - (stores.END - post.published) * scale
        ids = [*ids[-200:], post.id]
        named = dice.choices(BRANDS, SHARES, k=2 if dice.random() < 0.05 else 1)
        is_burst = NOW - 5 * HOUR <= published < NOW - 2 * HOUR and dice.random() < 0.6
        if is_burst:
            named = [BRANDS[0]]
        sentiment = ANGRY if is_burst else post.sentiment
        needs = dice.random() < share
        is_copy = dice.random() < 0.08
        site = int(dice.paretovariate(0.5)) % 3_000
        yield post.model_copy(
            update={
                "published": published,
                "collected": published + timedelta(minutes=3),
                "kind": dice.choice(("post", "comment", "review", "article")),
                "url": f"https://site{site}.example.com/posts/{post.native_id}",
                "brands": tuple(BrandMatch(name=name) for name in dict.fromkeys(named)),
                "sentiment": sentiment,
                "topics": tuple(dice.choices(TOPICS, k=dice.randrange(3))),
                "engagement": Engagement(likes=int(dice.paretovariate(0.8)) % 100_000),
                "needs_reply": needs,
                "answered_at": published + HOUR if needs and dice.random() < 0.8 else None,
                "cluster": dice.choice(ids) if is_copy else "",
                "severity": dice.choices((None, 1, 2, 3, 4), (60, 1, 4, 15, 20))[0],
            }
        )


def fill(folder: Path, count: int) -> None:
    """Everything of the firm, unless the folder holds it; what is half full is filled anew."""
    done = folder / f"filled-{count}"
    if done.exists():
        return
    if folder.exists() and any(folder.iterdir()):
        raise SystemExit(f"{folder} holds something else; name an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "untagged.yaml"
    config.write_text(yaml.safe_dump(settings(), sort_keys=False), "utf-8")
    with open_pipeline(config) as pipeline:
        began = time.perf_counter()
        for part in chunks(mentions(count), 20_000):
            pipeline.store.upsert(part)
        print(f"{count:,} mentions in {time.perf_counter() - began:.0f} s", flush=True)
        began = time.perf_counter()
        _open_cases(pipeline, max(200, count // MENTIONS_A_CASE))
        _raise_alerts(pipeline, min(ALERTS, count // 5))
        _correct(pipeline)
        _let_in(pipeline)
        _run_sources(pipeline)
        (folder / SURVEY).write_text(_survey(pipeline), "utf-8")
        add_reports(pipeline, folder, admin=ADMIN, secret=SECRET, now=NOW)
        print(f"cases, alerts and the rest in {time.perf_counter() - began:.0f} s", flush=True)
    done.touch()


def _open_cases(pipeline: Pipeline, count: int) -> None:
    """Cases of the last thirty days; all but the newest are answered, and most resolved."""
    query = parse_query("needs_reply:true")
    posts = list(pipeline.store.iterate(query, since=NOW - DAYS * DAY / 2, until=NOW))[-count:]
    dice, living = random.Random(1), min(LIVING, len(posts) // 2)
    policies, teams = pipeline.settings.sla, pipeline.settings.teams
    for part in chunks(enumerate(posts), 200):
        with pipeline.begin() as connection:
            for place, post in part:
                team = dice.choice(teams)
                policy: SlaPolicy = dice.choice(policies)
                route = Route("*", team.name, "medium", policy.name, ("refund",), "*")
                opened = desk.open_case(
                    connection, post, route, policy=policy, teams=teams, now=post.collected
                )
                _work(connection, opened.id, post, place < len(posts) - living, dice)


def _work(connection: Any, case_id: int, post: Mention, is_old: bool, dice: random.Random) -> None:
    at = post.collected + timedelta(minutes=dice.randint(1, 300))
    if dice.random() < 0.1:
        desk.note(
            connection, case_id, "Seen; ops say it is the rain.", now=at, actor="ana", teams=()
        )
    if not is_old:
        return
    desk.record_reply(connection, case_id, at=at, now=at, actor="ana")
    at += HOUR
    if dice.random() < 0.3:
        url = f"https://example.com/help/{dice.randrange(40)}"
        desk.resolve_with(connection, case_id, url, now=at, actor="ana")
    else:
        desk.resolve(connection, case_id, now=at, actor="ana")
    if dice.random() < 0.2:
        token = survey.ask(
            connection, case_id, secret=SECRET, topics=post.topics, valid=DAY, now=at, actor="ana"
        )
        score = dice.randint(1, 5)
        survey.answer(connection, token, score=score, comment="Thanks", secret=SECRET, now=at)


def _raise_alerts(pipeline: Pipeline, count: int) -> None:
    """A few hundred alerts, of which many fire; an incident a brand, two of them open."""
    dice = random.Random(2)
    examples = [post.id for post in pipeline.store.search(parse_query("*"), limit=200).mentions]
    kinds = ("spike", "unanswered", "watchlist", "crisis", "influencer", "trend")
    for number in range(count):
        brand, kind = dice.choice(BRANDS), dice.choice(kinds)
        at = NOW - DAYS * DAY * (1 - (number + 1) / count)
        firing = Firing(
            key=f"{kind}:{number}:{brand}:negative",
            rule="negative spike" if kind == "spike" else kind,
            kind=kind,
            brand=brand,
            signal="negative",
            at=at,
            began=at - HOUR,
            severity=dice.randint(1, 4),
            observed=90.0,
            expected=20.0,
            reason="90 negative mentions in the hour, 20 expected at that time of day",
            mention_ids=tuple(dice.sample(examples, 50)),
        )
        with pipeline.begin() as connection:
            recorded = book.record(connection, firing, repeat=4 * HOUR, now=at)
            incidents.gather(connection, recorded, firing, policy=IncidentPolicy(), now=at)
            if number < count * OLD_SHARE:
                for one in open_incidents(connection):
                    incident_life.resolve(connection, one.id, who="farah", now=at)
                if book.get_alert(connection, recorded.alert_id).is_open:
                    life.resolve(connection, recorded.alert_id, who="farah", now=at)
            key = f"letter {number}"
            outbox.enqueue(connection, key=key, channel="chat", kind="alert", payload={}, now=at)
    with pipeline.begin() as connection:
        for brand in BRANDS[:4]:
            for number in range(5):
                matchers = (Matcher("brand", "=", brand),)
                silences.silence(
                    connection,
                    matchers=matchers,
                    starts_at=NOW,
                    ends_at=NOW + (number + 1) * HOUR,
                    author="ana",
                    comment="works on the line",
                    now=NOW,
                )


def _correct(pipeline: Pipeline) -> None:
    posts = pipeline.store.search(parse_query("*"), limit=1_000).mentions
    with pipeline.begin() as connection:
        for post in posts[::2]:
            was = post.sentiment.label if post.sentiment else ""
            read = {"value": None, "reason": None}
            one = Correction(post.id, "sentiment", was, "neutral", read, ADMIN, NOW - HOUR)
            corrections.note(connection, one)
    part = [
        post.model_copy(update={"corrections": {"sentiment": "neutral"}}) for post in posts[::2]
    ]
    pipeline.store.upsert(part)


def _let_in(pipeline: Pipeline) -> None:
    """Sixty users, and the views of the one who looks."""
    by = accounts.By("bench", NOW - DAY)
    with pipeline.begin() as connection:
        accounts.add_user(connection, ADMIN, role="admin", by=by)
        for number in range(60):
            accounts.add_user(connection, f"agent{number}", role="agent", by=by)
        for number in range(views.MAX_VIEWS):
            view = views.View(ADMIN, f"view {number}", f'topic:"{TOPICS[number]}"', "7d")
            views.save(connection, view, now=NOW - DAY)


def _run_sources(pipeline: Pipeline) -> None:
    with pipeline.begin() as connection:
        for source in pipeline.settings.sources:
            for minute in range(200):
                at = NOW - timedelta(minutes=minute)
                run = SourceRun(source.name, at, at, ok=True, newest_post_at=at)
                state.record_run(connection, run)


def _survey(pipeline: Pipeline) -> str:
    """The token of a survey that is not answered yet."""
    with pipeline.begin() as connection:
        asked = select(survey.surveys.c.case_id)
        wanted = select(cases.c.id).where(
            cases.c.status == "resolved", cases.c.mention_id.is_not(None), cases.c.id.not_in(asked)
        )
        case_id = connection.execute(wanted.limit(1)).scalar_one()
        return survey.ask(connection, case_id, secret=SECRET, valid=DAY, now=NOW, actor="ana")


def main() -> None:
    """Fill a folder."""
    parser = argparse.ArgumentParser("python -m bench firm", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--mentions", type=int, default=1_000_000)
    asked = parser.parse_args()
    fill(asked.folder, asked.mentions)


if __name__ == "__main__":
    main()

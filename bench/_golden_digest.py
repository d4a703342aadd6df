"""The golden requests among three weeks of other posts, and what digests make of them.

Who wrote each text, when and where is made by rule; the other posts are the town's, about the
same two brands. `Truth` knows what every post is, `verdict_on` compares a digest with it.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

from alerts.digests.digest import Digest
from alerts.digests.entries import book
from bench.sixty_days import ANCHOR, story_of
from mentions.query.parser import parse_query
from untagged.correcting import correct
from untagged.digests.asked import Asked
from untagged.digests.feature_requests import gather_feature_requests
from untagged.pipeline import Pipeline
from untagged.town.post import Post

TEXTS = Path(__file__).parents[1] / "tests" / "nlp" / "golden_requests.jsonl"
WEEK = timedelta(days=7)
BEGAN, ENDED = ANCHOR - 3 * WEEK, ANCHOR
WEEKS = tuple(BEGAN + number * WEEK for number in range(3))
LEAST_ASKING = 3
"""People who ask for a thing that a product manager is to find."""
FIRST = 20
"""Entries that are read before one's patience ends."""
SETTINGS = """
store: sqlite:///mentions.db
database: sqlite:///ops.db
journal: journal
brands:
  - {name: Kestrel, query: 'kestrel OR @kestrelbank OR site:reviews.kestrel.example',
     handles: ['@kestrelbank'], sectors: [banking]}
  - {name: Fernway, query: 'fernway OR @fernway OR site:reviews.fernway.example',
     handles: ['@fernway'], sectors: [retail]}
"""
_SOLD = re.compile(
    r"deliver|driver|order|vegan|gluten|bags|substitut|shopping|favourites|recipes|barcode|entrega"
    r"|^alone (?:1|2|3|9|11|12|13|14|15|16)$"
)
"""Clusters of the grocer; all others are of the bank."""
_HERON = re.compile(r"@?her+on\s?n?air|her+on\s+air|\bher+ons?\b|@?heronair", re.IGNORECASE)
_POMELO = re.compile(r"pom+elo\s?os|pom+elo\w*", re.IGNORECASE)
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Truth:
    """What each post is, by its id: the cluster of a request, the intents of another post."""

    clusters: Mapping[str, str]
    brands: Mapping[str, str]
    authors: Mapping[str, str]
    published: Mapping[str, datetime]
    langs: Mapping[str, str]
    others: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a digest of a brand shows of the clusters that at least three people asked for.

    `found` are entries whose posts are mostly one cluster, and that have most of it. `titled` are
    those whose title names the thing. `in_order` is the share of pairs of them that stand in the
    order of who asked. `false` are entries among the first 20 of which most posts ask for nothing.
    `people` are those whom these entries count, and those who asked.
    """

    asked: Sequence[str]
    found: Mapping[str, str]
    titled: Sequence[str]
    in_order: float
    false: Sequence[str]
    people: tuple[int, int]


def golden_rows() -> list[dict[str, Any]]:
    """The golden requests as rows of a file: every ninth by the author of the one before."""
    rows = []
    author = 0
    for number, line in enumerate(TEXTS.read_text(encoding="utf-8").splitlines()):
        said = json.loads(line)
        brand = "Fernway" if _SOLD.search(said["cluster"]) else "Kestrel"
        author = author if number % 9 == 8 else number
        named = brand.casefold() in said["text"].casefold()
        hours = number * 101 % (21 * 24)
        row = {
            "native_id": str(number),
            "text": said["text"],
            "author": {"handle": f"asker{author}", "followers": number * 37 % 900},
            "published": (BEGAN + timedelta(hours=hours, minutes=number % 60)).isoformat(),
            "truth": (said["cluster"], brand, said["lang"]),
        }
        if named:
            rows.append({**row, "platform": "mastodon", "url": f"https://town.example/{number}"})
        else:
            review = {"platform": "googleplay", "kind": "review", "rating": 1 + number % 5}
            url = f"https://reviews.{brand.casefold()}.example/{number}"
            rows.append({**row, **review, "url": url})
    return rows


def other_rows(*, each: int = 1) -> list[dict[str, Any]]:
    """Posts of the town that ask for nothing, about these brands; one of `each`."""
    posts = [post for post in story_of(1).posts(BEGAN, ENDED) if _is_other(post)]
    return [_other_row(post) for post in posts[::each]]


def _is_other(post: Post) -> bool:
    return "feature_request" not in post.said.intents and not post.author.brand


def _other_row(post: Post) -> dict[str, Any]:
    handle, followers = post.author.handle, post.author.followers
    intents = [one for one in post.said.intents if one != "feature_request"]
    return {
        "native_id": f"t{post.number}",
        "platform": post.site,
        "title": _renamed(post.said.title),
        "text": _renamed(post.said.text),
        "url": f"https://town.example/t{post.number}",
        "author": {"handle": handle, "followers": followers},
        "published": post.published.isoformat(),
        "reply_to": f"town:t{post.reply_to}" if post.reply_to else "",
        "intent": intents[0] if intents else "other",
    }


def _renamed(text: str) -> str:
    return _POMELO.sub("Fernway", _HERON.sub("Kestrel", text))


def truth_of(rows: Iterable[Row]) -> Truth:
    """What is known of the rows, imported as the source `town`."""
    clusters, brands, authors, published, langs, others = {}, {}, {}, {}, {}, {}
    for row in rows:
        mention_id = f"town:{row['native_id']}"
        # Who has the same name on another platform is somebody else.
        authors[mention_id] = f"{row['platform']} {row['author']['handle']}"
        published[mention_id] = datetime.fromisoformat(row["published"])
        if "truth" in row:
            clusters[mention_id], brands[mention_id], langs[mention_id] = row["truth"]
        else:
            others[mention_id] = row["intent"]
    return Truth(clusters, brands, authors, published, langs, others)


def brought(pipeline: Pipeline, folder: Path, rows: Sequence[Row], *, files: int = 1) -> None:
    """The rows through the journal, in so many files, each processed before the next comes."""
    size = -(-len(rows) // files)
    for start in range(0, len(rows), size):
        file = folder / f"posts {start}.jsonl"
        some = rows[start : start + size]
        file.write_text("".join(f"{json.dumps(row)}\n" for row in some), encoding="utf-8")
        pipeline.import_file(file, columns=None, source="town", now=ENDED, added="backfill")
        done = pipeline.process(now=ENDED)
        if done.quarantined:
            raise RuntimeError(f"{done.quarantined} rows of {file} could not be read")


def corrected(pipeline: Pipeline, truth: Truth) -> int:
    """Have a person say the intent of every request, and of what was taken for one."""
    wrong = dict.fromkeys(truth.clusters, "feature_request") | {
        one: truth.others[one] for one in read_as_requests(pipeline) if one in truth.others
    }
    for mention_id, intent in wrong.items():
        correct(
            mention_id,
            "intent",
            intent,
            who="ana",
            brands=pipeline.settings.brands,
            store=pipeline.store,
            begin=pipeline.begin,
            now=ENDED,
        )
    return len(wrong)


def read_as_requests(pipeline: Pipeline) -> set[str]:
    """The posts that are read as feature requests, or corrected to be some."""
    query = parse_query("intent:feature_request AND NOT intent:spam")
    return {one.id for one in pipeline.store.iterate(query)}


def digest_of(
    pipeline: Pipeline, brand: str, since: datetime = BEGAN, until: datetime = ENDED
) -> Digest:
    """What people asked the brand for in the period."""
    return gather_feature_requests(pipeline, Asked(since, until, now=until, brand=brand))


def entries_of(pipeline: Pipeline, brand: str, ids: Sequence[str]) -> Mapping[str, str]:
    """The entry in which each of the posts is."""
    with pipeline.read() as connection:
        return book.placed_among(connection, "feature-requests", brand, ids)


def verdict_on(digest: Digest, entries: Mapping[str, str], truth: Truth) -> Verdict:
    """Compare the digest of a brand with what its people asked for."""
    askers: dict[str, set[str]] = {}
    posts: Counter[str] = Counter()
    for mention_id, cluster in truth.clusters.items():
        if truth.brands[mention_id] == digest.brand:
            askers.setdefault(cluster, set()).add(truth.authors[mention_id])
            posts[cluster] += 1
    inside: dict[str, Counter[str]] = {}
    for mention_id, entry_id in entries.items():
        inside.setdefault(entry_id, Counter())[truth.clusters.get(mention_id, "")] += 1
    asked = sorted(one for one, people in askers.items() if len(people) >= LEAST_ASKING)
    shown = {record["id"]: record for record in digest.records}
    found = {}
    for entry_id, own in inside.items():
        cluster, many = own.most_common(1)[0]
        is_of_one = cluster in asked and 2 * many > own.total()
        if entry_id in shown and is_of_one and 2 * many > posts[cluster]:
            found[cluster] = entry_id
    places = {entry_id: at for at, entry_id in enumerate(shown)}
    pairs = [
        (places[found[one]] < places[found[other]]) == (len(askers[one]) > len(askers[other]))
        for one, other in combinations(sorted(found), 2)
        if len(askers[one]) != len(askers[other])
    ]
    false = [one for one in list(shown)[:FIRST] if 2 * inside[one][""] > inside[one].total()]
    return Verdict(
        asked=asked,
        found=found,
        titled=[one for one in found if names(shown[found[one]]["title"], one)],
        in_order=sum(pairs) / len(pairs) if pairs else 1.0,
        false=[shown[one]["title"] for one in false],
        people=(
            sum(shown[entry_id]["authors"] for entry_id in found.values()),
            sum(len(askers[cluster]) for cluster in found),
        ),
    )


_OBJECTS = {
    "dark mode for the bank app": "dark|night|black",
    "split a payment": "split|share|divid",
    "joint account": "joint|shared|together",
    "apple pay": "apple ?(?:pay|wallet)",
    "csv export": "csv|excel|spreadsheet",
    "spending categories": "categor",
    "search transactions": "search",
    "instant notifications": "notif|alert|message",
    "scheduled transfers": "schedul|future|plan|recurring",
    "savings pots": "pots|jars|goals|sub accounts|spaces|aside",
    "remove dark mode": "(?:remove|off|disable|awful|light).*(?:dark|light)|light one",
    "kids account": "kid|child|18",
    "google pay": "google|gpay",
    "budget per month": "budget|limit",
    "face id": "face",
    "widget balance": "widget",
    "fewer notifications": "notif|push",
    "virtual cards": "virtual|disposable|one time|single-use",
    "freeze the card": "freeze|block|lock",
    "chat support": "chat|message",
    "web version": "web|browser|desktop",
    "bigger text": "text|font|letters|bigger",
    "old design back": "old|previous|back",
    "delivery slots evening": "evening|later|8pm",
    "live tracking of the driver": "track|driver|follow",
    "change an order": "order",
    "vegan filter": "vegan",
    "paper bags": "paper|plastic|crates",
    "dunkler Modus (de)": "dunk|dark",
    "fingerprint": "fingerprint",
    "stay logged in longer": "log|session|signed",
    "apple watch app": "watch",
    "hide the balance": "hide|blur",
    "choose the pin": "pin",
    "round up": "round",
    "better interest": "interest|rate",
    "stocks": "stock|shares|etf",
    "phone support at night": "phone|support|hotline",
    "tablet layout": "ipad|tablet",
    "receipts photos": "receipt",
    "notes on payments": "note|comment",
    "second currency": "currenc|euro|dollar",
    "foreign fees": "fees|abroad",
    "atm map": "atm|cash",
    "cash deposit": "cash",
    "sunday delivery": "sunday",
    "no substitutions": "substitut|swap",
    "gluten free filter": "gluten",
    "shopping list share": "list|basket",
    "favourites": "favourite|usual",
    "Gemeinschaftskonto (de)": "gemein",
    "modo oscuro (es)": "oscuro",
    "mode sombre (fr)": "sombre",
}
"""Words of which one is in a title that names what a cluster is about."""


def names(title: str, cluster: str) -> bool:
    """Whether a title tells what the cluster asks for."""
    return re.search(_OBJECTS[cluster], title, re.IGNORECASE) is not None

"""Explaining: reads from the store what changed when a brand's series rose.

Costs one look at the posts of the spike and of a week of days before, so it is
done when an alert is told or a person looks, never at each step of a replay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mentions.brand import Brand
from mentions.mention import Mention
from mentions.query.matcher import matches
from mentions.query.parser import parse_query
from mentions.query.tree import And, Or, Query, Value
from mentions.significance import asked_tokens
from mentions.store import MentionStore
from mentions.tokens import words
from nlp.spike_explanation import Explanation, Told, explained
from nlp.spike_shares import Mood
from untagged.detecting import signal_query

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LONG = timedelta(hours=6)
DAYS_BEFORE = 7
AROUND = timedelta(hours=2)
"""An hour of a quiet brand's days before holds too few posts to tell what is usual; what people
say two hours earlier or later is much the same."""
FEW_BEFORE, TIMES_BEFORE = 60, 2
"""Fewer posts at these hours, or fewer than twice the spike's, are too few to find new words by:
of 98 posts in which 20 hold a word that none of 30 before does, its z is below 2."""
MOST_NOW, MOST_A_DAY = 250, 75
"""Posts read of the spike, and of each day before. More are sampled evenly over the time."""
MOST_OWN = 500
"""Posts of the brand itself in a day; who posts more is a little in the counts."""


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation, and the posts that it points at, in its order."""

    explanation: Explanation
    posts: tuple[Mention, ...]


def explain(
    store: MentionStore,
    brand: Brand,
    signal: str,
    *,
    began: datetime,
    until: datetime,
    observed: float = 0.0,
    with_backfill: bool = True,
) -> Explained:
    """What sets the posts of a rise apart from those of the same hours on the days before.

    `began` is when it was first told, `observed` how many mentions told it: if the hour before
    does not hold them, the rise was a slow one, and its six hours are looked at. Of a long spike
    the last day is.
    """
    since = _since(store, brand, signal, began=began, until=until, observed=observed)
    now = _told(store, brand, signal, since, until, most=MOST_NOW, with_backfill=with_backfill)
    before = [
        _told(
            store,
            brand,
            signal,
            max(since - AROUND, until - DAY) - DAY * day,
            min(until + AROUND, since + DAY) - DAY * day,
            most=MOST_A_DAY,
        )
        for day in range(DAYS_BEFORE, 0, -1)
    ]
    held = sum(len(day.posts) for day in before)
    whole_days = None
    if held < max(FEW_BEFORE, TIMES_BEFORE * len(now.posts)):
        whole_days = _whole_days(store, brand, signal, until)
    first = next((number for number, day in enumerate(before) if day.mood.posts), len(before))
    explanation = explained(
        brand=brand.name,
        signal=signal,
        since=since,
        until=until,
        now=now,
        before=before[first:],
        whole_days=whole_days,
        ignoring=ignored_tokens(brand),
    )
    return Explained(explanation, _posts(explanation, now))


def posts_of(store: MentionStore, explanation: Explanation) -> tuple[Mention, ...]:
    """The posts that an explanation points at, in its order; those taken back are left out."""
    found = (store.get(carrier.mention_id) for carrier in explanation.carriers)
    return tuple(post for post in found if post is not None)


def ignored_tokens(brand: Brand) -> frozenset[str]:
    """The words by which the brand is found, which all of its posts hold."""
    named = words(brand.name)
    own = [word for handle in brand.all_handles() for word in words(handle.partition("@")[0])]
    asked = asked_tokens(parse_query(brand.query).tree)
    plain = {token.lstrip("#@") for token in asked}
    return frozenset((*named, "".join(named), *own, *asked, *plain, *(f"#{w}" for w in named)))


def _since(
    store: MentionStore,
    brand: Brand,
    signal: str,
    *,
    began: datetime,
    until: datetime,
    observed: float,
) -> datetime:
    hour = max(began - HOUR, until - DAY)
    if not observed:
        return hour
    held = store.count(signal_query(brand.name, signal), since=hour, until=until)
    return hour if held >= observed else max(began - LONG, until - DAY)


def _whole_days(store: MentionStore, brand: Brand, signal: str, until: datetime) -> list[Mention]:
    """The signal's posts of the days before, but for the last, which the rise may be in."""
    days = (until - DAY * day for day in range(DAYS_BEFORE, 0, -1))
    said = signal_query(brand.name, signal)
    found = (store.sample(said, since=day - DAY, until=day, limit=MOST_A_DAY) for day in days)
    return [post for day in found for post in day.mentions if not _is_own(brand, post)]


def _told(
    store: MentionStore,
    brand: Brand,
    signal: str,
    since: datetime,
    until: datetime,
    *,
    most: int,
    with_backfill: bool = True,
) -> Told:
    """A sample of the signal's posts by others than the brand itself, and the mood of all."""
    counted = signal_query(brand.name, signal, with_backfill=with_backfill)
    found = store.sample(counted, since=since, until=until, limit=most)
    posts = [post for post in found.mentions if not _is_own(brand, post)]
    own = [] if not brand.handles else _own(store, brand, since, until, with_backfill)
    there = found.total
    if found.total > len(found.mentions):
        asked = counted.tree
        there -= sum(matches(asked, post) for post in own)
    else:
        there = len(posts)
    everything = signal_query(brand.name, "all", with_backfill=with_backfill)
    return Told(posts, _mood(store, everything, since, until, without=own), there)


def _mood(
    store: MentionStore,
    query: Query,
    since: datetime,
    until: datetime,
    *,
    without: Sequence[Mention],
) -> Mood:
    """Counted by the store, exactly, however many there are."""
    page = store.search(query, since=since, until=until, limit=0, facets=("sentiment",))
    own = Mood.of(without)
    negative = dict(page.facets["sentiment"]).get("negative", 0)
    return Mood(page.total - own.posts, negative - own.negative)


def _own(
    store: MentionStore, brand: Brand, since: datetime, until: datetime, with_backfill: bool
) -> list[Mention]:
    """What the brand itself wrote, which tells nothing of what others say."""
    handles = tuple(Value("author", handle) for handle in sorted(brand.all_handles()))
    said = signal_query(brand.name, "all", with_backfill=with_backfill)
    query = Query("(by the brand itself)", And((said.tree, Or(handles))))
    found = store.sample(query, since=since, until=until, limit=MOST_OWN)
    return [post for post in found.mentions if _is_own(brand, post)]


def _is_own(brand: Brand, post: Mention) -> bool:
    return brand.owns(post.author.handle, post.platform)


def _posts(explanation: Explanation, now: Told) -> tuple[Mention, ...]:
    known = {post.id: post for post in now.posts}
    return tuple(known[carrier.mention_id] for carrier in explanation.carriers)

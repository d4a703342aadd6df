"""Watches topics and feature requests for what grows from week to week."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from alerts.kinds.trend import Trend, TrendRule, What, trend_firing
from mentions.query.parser import parse_query
from mentions.query.tree import And, Node, Query, Value
from mentions.times import floored
from nlp.growth import growth
from untagged.watches.scene import Found, Scene

EVERY = timedelta(hours=6)
"""A week does not change from minute to minute."""
LEAST_BEFORE = 2
"""Windows in which the brand was heard; against one alone nothing can be said to grow."""
CLOSER_LOOK = 0.5
"""Posts that grow by half of what authors must: one who wrote a lot before hides no growth."""
EVIDENCE = 5
REQUEST = Value("intent", "feature_request")


class TrendWatch:
    """One alert for each topic of a brand that grows."""

    def __init__(self, rule: TrendRule, scene: Scene) -> None:
        self._rule, self._scene = rule, scene
        self._at: datetime | None = None
        self._trends: list[Trend] = []

    def found(self, now: datetime) -> Iterator[Found]:
        """Topics that grow, with their most widely read mentions."""
        until = floored(now, EVERY)
        if until != self._at:
            self._at, self._trends = until, list(self._looked_up(until))
        for trend in self._trends:
            if trend_firing(self._rule, trend, now) is None:
                continue
            condition = self._about(trend.brand, trend.what, trend.topic)
            posts = self._scene.store.search(
                condition, since=trend.since, until=until, sort="reach", limit=EVIDENCE
            ).mentions
            ids = tuple(mention.id for mention in posts)
            firing = trend_firing(self._rule, trend, now, mention_ids=ids)
            if firing is not None:
                yield Found(firing, posts)

    def _looked_up(self, until: datetime) -> Iterator[Trend]:
        for brand in self._scene.brands(self._rule):
            whole = self._authors(self._about(brand, "topics"), until)
            heard = next((place for place, count in enumerate(whole) if count), len(whole))
            if len(whole) - 1 - heard < LEAST_BEFORE:
                continue
            brand_times = growth(whole[-1], whole[heard:-1]).times
            for what in self._rule.what:
                for topic in self._topics(brand, what, until):
                    authors = self._authors(self._about(brand, what, topic), until)[heard:]
                    seen = growth(authors[-1], authors[:-1])
                    yield Trend(
                        brand=brand,
                        what=what,
                        topic=topic,
                        since=until - self._rule.window,
                        until=until,
                        authors=seen.observed,
                        earlier=authors[:-1],
                        expected=seen.expected,
                        score=seen.score,
                        brand_times=brand_times,
                    )

    def _topics(self, brand: str, what: What, until: datetime) -> list[str]:
        """Topics whose posts are enough, and not far from growing: what is worth a closer look."""
        since = until - self._rule.window
        now = self._posts(brand, what, since, until)
        before = self._posts(brand, what, since - self._rule.window * self._rule.before, since)
        asked = {topic.casefold() for topic in self._rule.topics}
        bar = CLOSER_LOOK * self._rule.figures.times / self._rule.before
        return [
            topic
            for topic, count in now.items()
            if count >= max(self._rule.minimum, bar * before.get(topic, 0))
            and (not asked or topic.casefold() in asked)
        ]

    def _posts(self, brand: str, what: What, since: datetime, until: datetime) -> dict[str, int]:
        page = self._scene.store.search(
            self._about(brand, what), since=since, until=until, limit=0, facets=("topic",)
        )
        return dict(page.facets["topic"])

    def _authors(self, condition: Query, until: datetime) -> tuple[int, ...]:
        """Distinct authors in each window, the oldest first."""
        window = self._rule.window
        since = until - window * (self._rule.before + 1)
        return self._scene.store.series(condition, since=since, until=until, bucket=window).authors

    def _about(self, brand: str, what: What, topic: str = "") -> Query:
        parts: list[Node] = [Value("brand", brand.casefold()), parse_query(self._rule.query).tree]
        if what == "feature_requests":
            parts.append(REQUEST)
        if topic:
            parts.append(Value("topic", topic.casefold()))
        return Query(f"{what} {topic} of {brand}", And(tuple(parts)))

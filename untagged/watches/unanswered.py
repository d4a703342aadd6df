"""Watches for mentions that nobody answers."""

from collections.abc import Iterator
from datetime import datetime

from alerts.kinds.unanswered import UnansweredRule, unanswered_firings
from mentions.query.parser import parse_query
from untagged.watches.scene import Found, Scene
from untagged.watches.waiting import Waiting


class UnansweredWatch:
    """One alert for each brand (or mention), with the mentions that wait."""

    def __init__(self, rule: UnansweredRule, scene: Scene) -> None:
        self._rule = rule
        self._waiting = Waiting(
            scene.store,
            parse_query(rule.query).tree,
            scene.brands(rule),
            after=rule.after,
            lookback=rule.lookback,
            is_replay=scene.is_replay,
        )

    def found(self, now: datetime) -> Iterator[Found]:
        """Those that have waited too long at `now`, oldest first."""
        waiting = {mention.id: mention for mention in self._waiting.at(now)}
        for firing in unanswered_firings(self._rule, waiting.values(), now):
            yield Found(firing, tuple(waiting[mention_id] for mention_id in firing.mention_ids))

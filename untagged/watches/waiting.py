"""Waiting: the mentions that a rule is about and that nobody answered, as time goes on."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.kinds.noted import NotedRule
from mentions.mention import Mention
from mentions.query.tree import And, Node, Not, Or, Query, Range, Value
from mentions.store import MentionStore
from untagged.watches.scene import Scene


class Waiting:
    """The mentions that wait at a moment. Asked again later, it reads only what came since.

    That is right for a replay, where no post comes late; live, each response makes a new one.
    """

    def __init__(
        self,
        store: MentionStore,
        condition: Node,
        brands: Sequence[str],
        *,
        after: timedelta,
        lookback: timedelta,
        with_backfill: bool,
    ) -> None:
        self._store = store
        self._after, self._lookback = after, lookback
        parts = [condition, Or(tuple(Value("brand", name.casefold()) for name in brands))]
        if not with_backfill:
            parts.append(Not(Value("added", "backfill")))
        self._parts = tuple(parts)
        self._read_until: datetime | None = None
        self._mentions: deque[Mention] = deque()

    @classmethod
    def of_rule(cls, rule: NotedRule, scene: Scene, condition: Node) -> "Waiting":
        """What a rule notes as soon as it is heard."""
        return cls(
            scene.store,
            condition,
            scene.brands(rule),
            after=timedelta(0),
            lookback=rule.lookback,
            with_backfill=scene.is_replay,
        )

    def at(self, now: datetime) -> list[Mention]:
        """Oldest first: over `after` old, not over `lookback` old, unanswered at `now`."""
        oldest, until = now - self._lookback, now - self._after
        since = oldest if self._read_until is None else max(oldest, self._read_until)
        unanswered = Not(Range("answered_at", high=now))
        query = Query("waiting", And((*self._parts, unanswered)))
        self._mentions.extend(self._store.iterate(query, since=since, until=until))
        self._read_until = until
        while self._mentions and self._mentions[0].published < oldest:
            self._mentions.popleft()
        return [
            mention
            for mention in self._mentions
            if mention.answered_at is None or mention.answered_at > now
        ]

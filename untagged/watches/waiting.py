"""Waiting: the mentions that a rule is about and that nobody answered, as time goes on."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from alerts.kinds.noted import NotedRule
from mentions.mention import Mention
from mentions.query.tree import And, Node, Not, Or, Query, Range, Value
from mentions.store import MentionStore
from untagged.watches.scene import Scene

AHEAD = timedelta(hours=6)
"""A replay reads as much at a time, as a query for each step would be most of its time."""


class Waiting:
    """The mentions that wait at a moment. Asked again later, it reads only what came since.

    That is right for a replay (`is_replay`), where no post comes late; live, each response makes a
    new one. Of what a replay reads ahead it shows nothing before its time.
    """

    def __init__(
        self,
        store: MentionStore,
        condition: Node,
        brands: Sequence[str],
        *,
        after: timedelta,
        lookback: timedelta,
        is_replay: bool,
    ) -> None:
        self._store = store
        self._after, self._lookback = after, lookback
        parts = [condition, Or(tuple(Value("brand", name.casefold()) for name in brands))]
        if not is_replay:
            parts.append(Not(Value("added", "backfill")))
        self._parts = tuple(parts)
        self._ahead = AHEAD if is_replay else timedelta()
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
            is_replay=scene.is_replay,
        )

    def at(self, now: datetime) -> list[Mention]:
        """Oldest first: over `after` old, not over `lookback` old, unanswered at `now`."""
        oldest, until = now - self._lookback, now - self._after
        self._read(oldest, until, now)
        while self._mentions and self._mentions[0].published < oldest:
            self._mentions.popleft()
        due = takewhile(lambda mention: mention.published < until, self._mentions)
        return [m for m in due if m.answered_at is None or m.answered_at > now]

    def _read(self, oldest: datetime, until: datetime, now: datetime) -> None:
        read_until = self._read_until
        if read_until is not None and until <= read_until:
            return
        since = oldest if read_until is None else max(oldest, read_until)
        unanswered = Not(Range("answered_at", high=now))
        query = Query("waiting", And((*self._parts, unanswered)))
        self._read_until = until + self._ahead
        self._mentions.extend(self._store.iterate(query, since=since, until=self._read_until))

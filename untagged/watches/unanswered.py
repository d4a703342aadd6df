"""Watches for mentions that nobody answers, but for those that the routing opens no case for."""

from collections.abc import Iterator
from datetime import datetime

from alerts.kinds.unanswered import UnansweredRule, unanswered_firings
from cases.routing import HANDLED
from mentions.mention import Mention
from mentions.query.parser import parse_query
from mentions.query.tree import And, Node, Not, Value
from untagged.routing_now import router
from untagged.watches.scene import Found, PassedBy, Scene
from untagged.watches.waiting import Waiting


class UnansweredWatch:
    """One alert for each brand (or mention), with the mentions that wait."""

    def __init__(self, rule: UnansweredRule, scene: Scene) -> None:
        self._rule, self._is_replay = rule, scene.is_replay
        routing = scene.settings.routing if rule.opens_case else ()
        self._router = router(routing, scene.settings) if routing else None
        self._opens_none: dict[str, bool] = {}
        self._waiting = Waiting(
            scene.store,
            _condition(rule, is_replay=scene.is_replay),
            scene.brands(rule),
            after=rule.after,
            lookback=rule.lookback,
            is_replay=scene.is_replay,
        )

    def found(self, now: datetime) -> Iterator[Found | PassedBy]:
        """Those that have waited too long at `now`, oldest first."""
        there = self._waiting.at(now)
        if passed := tuple(mention for mention in there if self._is_passed_by(mention)):
            yield PassedBy(passed)
        waiting = {m.id: m for m in there if not self._is_passed_by(m)}
        for firing in unanswered_firings(self._rule, waiting.values(), now):
            yield Found(firing, tuple(waiting[mention_id] for mention_id in firing.mention_ids))

    def _is_passed_by(self, mention: Mention) -> bool:
        if self._router is None or (mention.case_team and not self._is_replay):
            return False
        if mention.id not in self._opens_none:
            self._opens_none[mention.id] = bool(self._router.route(mention).no_case)
        return self._opens_none[mention.id]


def _condition(rule: UnansweredRule, *, is_replay: bool) -> Node:
    """What the rule is about; live, what was passed by before is not looked at again."""
    wanted = parse_query(rule.query).tree
    if is_replay or not rule.opens_case:
        return wanted
    return And((wanted, Not(Value("tag", f"{HANDLED}*", is_pattern=True))))

"""Watches for mentions that name what must not be missed."""

from collections.abc import Iterator
from datetime import datetime

from alerts.kinds.noted import Noted
from alerts.kinds.watchlist import WatchlistRule, quoted, watchlist_firings
from mentions.mention import Mention
from mentions.query.matcher import QueryMatcher
from mentions.query.parser import parse_query
from mentions.query.tree import And, Node, Or
from untagged.watches.regulators import names_regulator, regulators_in
from untagged.watches.scene import Found, Scene
from untagged.watches.waiting import Waiting

SAID = 3
"""Names that a reason says; more is no reason any more."""


class WatchlistWatch:
    """One alert for each mention (or brand) that names something of the list."""

    def __init__(self, rule: WatchlistRule, scene: Scene) -> None:
        self._rule, self._scene = rule, scene
        self._terms = {term: parse_query(quoted(term)) for term in rule.terms}
        self._matcher = QueryMatcher(self._terms)
        self._noted = Waiting.of_rule(rule, scene, names_something(rule))

    def found(self, now: datetime) -> Iterator[Found]:
        """Those of the last `lookback` that nobody answered, oldest first."""
        mentions = {one.id: one for one in self._noted.at(now) if not self._scene.is_owned(one)}
        noted = [Noted(mention, self._why(mention)) for mention in mentions.values()]
        for firing in watchlist_firings(self._rule, noted, now):
            yield Found(firing, tuple(mentions[name] for name in firing.mention_ids))

    def _why(self, mention: Mention) -> str:
        named = list(self._matcher.match(mention))
        if "regulators" in self._rule.lists:
            named += regulators_in([mention])[0]
        if not named:
            return f"matches {self._rule.query}"
        return f"names {', '.join(named[:SAID])}"


def names_something(rule: WatchlistRule) -> Node:
    """What a store is asked for such mentions."""
    query = parse_query(rule.query).tree
    named: list[Node] = [parse_query(quoted(term)).tree for term in rule.terms]
    if "regulators" in rule.lists:
        named.append(names_regulator())
    return And((query, Or(tuple(named)))) if named else query

"""Watches for what people say whom many follow."""

from collections.abc import Iterator
from datetime import datetime

from alerts.kinds.influencer import InfluencerRule, influencer_firings
from alerts.kinds.noted import Noted
from mentions.mention import Mention
from mentions.query.parser import parse_query
from mentions.query.tree import And, Node, Or, Range, Value
from untagged.watches.scene import Found, Scene
from untagged.watches.waiting import Waiting


class InfluencerWatch:
    """One alert for each mention (or brand) by somebody whom many follow."""

    def __init__(self, rule: InfluencerRule, scene: Scene) -> None:
        self._rule, self._scene = rule, scene
        self._noted = Waiting.of_rule(rule, scene, follows_many(rule))

    def found(self, now: datetime) -> Iterator[Found]:
        """Those of the last `lookback` that nobody answered, oldest first."""
        mentions = {one.id: one for one in self._noted.at(now) if not self._scene.is_owned(one)}
        noted = [Noted(mention, _why(mention)) for mention in mentions.values()]
        for firing in influencer_firings(self._rule, noted, now):
            yield Found(firing, tuple(mentions[name] for name in firing.mention_ids))


def follows_many(rule: InfluencerRule) -> Node:
    """What a store is asked for such mentions."""
    bounds: list[Node] = []
    if rule.followers is not None:
        bounds.append(Range("author.followers", low=float(rule.followers)))
    if rule.reach is not None:
        bounds.append(Range("reach", low=float(rule.reach)))
    parts: list[Node] = [parse_query(rule.query).tree, Or(tuple(bounds))]
    if rule.sentiment != "any":
        parts.append(Value("sentiment", rule.sentiment))
    return And(tuple(parts))


def _why(mention: Mention) -> str:
    label = mention.sentiment.label if mention.sentiment else "neutral"
    return {"negative": "complains about", "positive": "is glad of"}.get(label, "speaks of")

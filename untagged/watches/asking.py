"""Asking: which mentions a rule opens cases for, wherever the routing sends them."""

from alerts.kinds.influencer import InfluencerRule
from alerts.kinds.unanswered import UnansweredRule
from alerts.kinds.watchlist import WatchlistRule
from alerts.rules import Rule
from mentions.query.parser import parse_query
from mentions.query.tree import And, Node, Or, Value
from untagged.watches.influencer import follows_many
from untagged.watches.watchlist import names_something


def asked_by(rule: Rule) -> Node | None:
    """What the rule opens cases for; None for one that opens none for single mentions."""
    if not rule.opens_case:
        return None
    match rule:
        case UnansweredRule():
            asked = parse_query(rule.query).tree
        case InfluencerRule():
            asked = follows_many(rule)
        case WatchlistRule():
            asked = names_something(rule)
        case _:
            return None
    if not rule.brands:
        return asked
    return And((asked, Or(tuple(Value("brand", name.casefold()) for name in rule.brands))))

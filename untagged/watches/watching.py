"""Which watch a rule of each kind gets."""

from typing import assert_never

from alerts.kinds.crisis import CrisisRule
from alerts.kinds.flatline import FlatlineRule
from alerts.kinds.influencer import InfluencerRule
from alerts.kinds.spike import SpikeRule
from alerts.kinds.trend import TrendRule
from alerts.kinds.unanswered import UnansweredRule
from alerts.kinds.watchlist import WatchlistRule
from alerts.rules import Rule
from untagged.watches.crisis import CrisisWatch
from untagged.watches.flatline import FlatlineWatch
from untagged.watches.influencer import InfluencerWatch
from untagged.watches.scene import Scene, Watch
from untagged.watches.spike import SpikeWatch
from untagged.watches.trend import TrendWatch
from untagged.watches.unanswered import UnansweredWatch
from untagged.watches.watchlist import WatchlistWatch


def watch(rule: Rule, scene: Scene) -> Watch:  # noqa: PLR0911  one line for each kind
    """The rule at work over the scene."""
    match rule:
        case SpikeRule():
            return SpikeWatch(rule, scene)
        case CrisisRule():
            return CrisisWatch(rule, scene)
        case UnansweredRule():
            return UnansweredWatch(rule, scene)
        case WatchlistRule():
            return WatchlistWatch(rule, scene)
        case InfluencerRule():
            return InfluencerWatch(rule, scene)
        case TrendRule():
            return TrendWatch(rule, scene)
        case FlatlineRule():
            return FlatlineWatch(rule, scene)
        case _:
            assert_never(rule)

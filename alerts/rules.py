"""Rules: what should raise an alert. Each is checked when it is read, and says what to mend."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from alerts.kinds.crisis import CrisisRule
from alerts.kinds.flatline import FlatlineRule
from alerts.kinds.influencer import InfluencerRule
from alerts.kinds.spike import SpikeRule
from alerts.kinds.trend import TrendRule
from alerts.kinds.unanswered import UnansweredRule
from alerts.kinds.watchlist import WatchlistRule

KINDS = ("spike", "crisis", "unanswered", "watchlist", "influencer", "trend", "flatline")
RuleOfMentions = UnansweredRule | WatchlistRule | InfluencerRule
"""Rules whose alerts are about single mentions: each opens a case for every mention, routed."""
RuleOfCounts = SpikeRule | CrisisRule | TrendRule | FlatlineRule
"""Rules whose alerts are about many mentions, or their absence: each opens one case, if any."""
AnyRule = RuleOfMentions | RuleOfCounts
Rule = Annotated[AnyRule, Field(discriminator="kind")]
RULE: TypeAdapter[AnyRule] = TypeAdapter(Rule)

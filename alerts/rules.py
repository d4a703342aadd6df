"""Rules: what should raise an alert. Each is checked when it is read, and says what to mend."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from alerts.kinds.crisis import CrisisRule
from alerts.kinds.flatline import FlatlineRule
from alerts.kinds.spike import SpikeRule
from alerts.kinds.unanswered import UnansweredRule

KINDS = ("spike", "crisis", "unanswered", "flatline")
AnyRule = SpikeRule | CrisisRule | UnansweredRule | FlatlineRule
Rule = Annotated[AnyRule, Field(discriminator="kind")]
RULE: TypeAdapter[AnyRule] = TypeAdapter(Rule)

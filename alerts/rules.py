"""Rules: what should raise an alert. Each is checked when it is read, and says what to mend."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from alerts.kinds.flatline import FlatlineRule
from alerts.kinds.spike import SpikeRule
from alerts.kinds.unanswered import UnansweredRule

KINDS = ("spike", "unanswered", "flatline")
Rule = Annotated[SpikeRule | UnansweredRule | FlatlineRule, Field(discriminator="kind")]
RULE: TypeAdapter[SpikeRule | UnansweredRule | FlatlineRule] = TypeAdapter(Rule)

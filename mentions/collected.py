"""What a collecting run can bring: a post, word of a deletion, or something unreadable."""

from dataclasses import dataclass

from mentions.mention import Mention

MAX_RAW_CHARACTERS = 4_000
"""What quarantine keeps of an unreadable post: enough to see why."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """The platform says that this mention is gone; it must disappear here too."""

    mention_id: str


@dataclass(frozen=True, slots=True)
class Reject:
    """A post that could not be read: why, and the start of what came."""

    source: str
    reason: str
    raw: str = ""


Collected = Mention | Deletion | Reject

"""What a collecting run can bring: a post, word of deletions, or something unreadable."""

from dataclasses import dataclass

from mentions.mention import Mention

MAX_RAW_CHARACTERS = 4_000
"""What quarantine keeps of an unreadable post: enough to see why."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """The platform says that this mention is gone; it must disappear here too."""

    mention_id: str


@dataclass(frozen=True, slots=True)
class AuthorDeletion:
    """The platform says that an account is gone; all its mentions in the source must go, too."""

    source: str
    author_id: str


@dataclass(frozen=True, slots=True)
class Reject:
    """A post that could not be read: why, and the start of what came."""

    source: str
    reason: str
    raw: str = ""


Collected = Mention | Deletion | AuthorDeletion | Reject

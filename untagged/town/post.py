"""Post: what somebody says on one of the town's sites, with the truth about it."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from untagged.town.people import Person

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Said:
    """Words with their meaning: `intents`, `sentiment`, `topic`, the brands meant and tagged."""

    text: str
    lang: str
    title: str = ""
    brands: tuple[str, ...] = ()
    tagged: bool = False
    intents: tuple[str, ...] = ("other",)
    sentiment: str = "neutral"
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """The text since `at`."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Post:
    """A post with its whole fate, past and to come; ask it with the time it is.

    `number` grows with `published`: milliseconds since 1970 times 65,536 plus sixteen bits, as
    Mastodon numbers statuses. `reply_to` and `thread` are numbers of posts of the same site.
    """

    number: int
    site: str
    author: Person
    said: Said
    published: datetime
    reply_to: int | None = None
    thread: int | None = None
    answered_at: datetime | None = None
    crisis: str = ""
    likes: int = 0
    shares: int = 0
    edit: Edit | None = None
    deleted_at: datetime | None = None

    def text_at(self, now: datetime) -> str:
        """The text as it reads at `now`."""
        return self.edit.text if self.edit and self.edit.at <= now else self.said.text

    def edited_at(self, now: datetime) -> datetime | None:
        """When it was last edited, seen from `now`."""
        return self.edit.at if self.edit and self.edit.at <= now else None

    def is_deleted_at(self, now: datetime) -> bool:
        """Whether its author has taken it back by `now`."""
        return self.deleted_at is not None and self.deleted_at <= now

    def counts_at(self, now: datetime) -> tuple[int, int]:
        """Likes and shares by `now`: most of them come within the first hours."""
        age = max((now - self.published) / timedelta(hours=5), 0.0)
        grown = 1 - math.exp(-age)
        return int(self.likes * grown), int(self.shares * grown)


def number_of(moment: datetime, bits: int) -> int:
    """The number of a post made at `moment`; `bits` (0..65535) tells same milliseconds apart."""
    return ((moment - _EPOCH) // timedelta(milliseconds=1) << 16) + bits

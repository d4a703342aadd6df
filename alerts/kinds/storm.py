"""Storm: what was seen of a brand's negative mentions in a window, beside what is usual."""

from dataclasses import dataclass
from datetime import datetime, timedelta

A_PERSON = 3
"""Of one author so many posts count: whoever posts forty times is one angry person."""
A_CONVERSATION = 10
"""Of one conversation its first post and every tenth after it count: twelve answers below a post
are a debate, three hundred are news."""


def heard_of_conversation(posts: int) -> int:
    """How many of a conversation's posts count."""
    return 1 + (posts - 1) // A_CONVERSATION


@dataclass(frozen=True, slots=True)
class Storm:
    """Negative mentions of a brand from `since` to `until`; it goes on since `began`.

    `posts` are all of them, `voices` are those that are left where one person, or one
    conversation, says it over and over; `expected` and `expected_voices` are what is usual of
    both. `everything` is all mentions of the brand whatever they say. `reach` is
    how many people may have read them, `copies` how many tell the story that is told most;
    `dangers`, `incidents` and `regulators` are posts that tell of such. `is_learning` where too
    little of the brand is known to say what is usual.
    """

    brand: str
    began: datetime
    since: datetime
    until: datetime
    posts: int
    voices: int
    authors: int
    expected: float
    expected_voices: float
    everything: int
    usual_share: float
    reach: int = 0
    usual_reach: float = 0.0
    copies: int = 0
    dangers: int = 0
    incidents: int = 0
    regulators: int = 0
    regulator_names: tuple[str, ...] = ()
    is_learning: bool = False

    @property
    def span(self) -> timedelta:
        """How long the window is."""
        return self.until - self.since

    @property
    def share(self) -> float:
        """The negative share of the mentions, without what is said over and over."""
        repeated = self.posts - self.voices
        return self.voices / max(self.everything - repeated, 1)

    @property
    def times(self) -> float:
        """How many times the expected there are, without what is said over and over."""
        return self.voices / self.expected_voices

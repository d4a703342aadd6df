"""Scene: what a watch looks at, and what it finds there. A watch is a rule at work."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from alerts.firing import Firing
from alerts.rule import RuleBase
from mentions.mention import Mention
from mentions.store import MentionStore
from nlp.spike_boards import Boards
from untagged.detecting import SeriesAt
from untagged.listening import SourcesAt
from untagged.settings import Settings


@dataclass(frozen=True, slots=True)
class Scene:
    """The store and the sources as they are at a moment.

    `is_replay`: the past is looked at as if it had been heard live.
    """

    settings: Settings
    store: MentionStore
    series_at: SeriesAt
    sources_at: SourcesAt
    is_replay: bool = False
    boards: Boards = field(default_factory=Boards)

    def brands(self, rule: RuleBase) -> list[str]:
        """The brands that a rule looks at."""
        return list(rule.brands) or [brand.name for brand in self.settings.brands]

    def is_owned(self, mention: Mention) -> bool:
        """Whether an account of one of the brands wrote it."""
        return self.settings.is_owned(mention)


@dataclass(frozen=True, slots=True)
class Found:
    """A rule holds, and the posts that show it."""

    firing: Firing
    posts: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True)
class PassedBy:
    """Posts that the routing opens no case for: no rule says that nobody answers them."""

    posts: tuple[Mention, ...]


class Watch(Protocol):
    """One rule over one scene. It may keep what it read, as a replay asks it again and again."""

    def found(self, now: datetime) -> Iterable[Found | PassedBy]:
        """Everything that the rule says at `now`; of one key once."""

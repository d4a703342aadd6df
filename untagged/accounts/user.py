"""A user: who they are, what they may do, and which brands and teams they see."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from mentions.errors import UntaggedError
from untagged.accounts.roles import GRANTS, Permission, Role

MAX_NAME = 100
_NAME = re.compile(r"[^\s\x00-\x1f\x7f]+(?: [^\s\x00-\x1f\x7f]+)*")


class Limits(TypedDict):
    """A scope as lists of cases take it."""

    brands: frozenset[str] | None
    teams: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Scope:
    """What somebody sees; None is everything, an empty set is nothing."""

    brands: frozenset[str] | None = None
    teams: frozenset[str] | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing is hidden."""
        return self.brands is None and self.teams is None

    @property
    def of_cases(self) -> Limits:
        """For the lists of cases."""
        return Limits(brands=self.brands, teams=self.teams)

    def has_brand(self, brand: str) -> bool:
        """Whether what is said of the brand is seen."""
        return self.brands is None or brand in self.brands

    def has_team(self, team: str) -> bool:
        """Whether the team's queue is seen."""
        return self.teams is None or team in self.teams

    def has_all(self, brands: Collection[str]) -> bool:
        """Whether what is about all of these is seen."""
        return self.brands is None or self.brands >= set(brands)

    def has_case(self, *, brand: str, team: str) -> bool:
        """Whether a case of the brand, in the team's queue, is seen."""
        return self.has_brand(brand) and self.has_team(team)


@dataclass(frozen=True, slots=True)
class User:
    """One user. `agent` is who they are among the agents of the settings, '' for nobody."""

    id: int
    name: str
    full_name: str
    role: Role
    brands: tuple[str, ...]
    teams: tuple[str, ...]
    agent: str
    zone: str
    language: str
    is_disabled: bool
    must_change: bool
    created_at: datetime
    last_login_at: datetime | None
    external_id: str | None
    has_password: bool

    def may(self, permission: Permission) -> bool:
        """Whether the role grants it."""
        return permission in GRANTS[self.role]

    @property
    def actor(self) -> str:
        """The name in every trail: the agent's, so that cases are theirs, else the user's own."""
        return self.agent or self.name

    def scope(self, own_teams: Collection[str]) -> Scope:
        """What they see; `own_teams` are those of the settings in which their agent is.

        No brand named is all brands. No team named is all teams, for an agent the own ones.
        """
        teams = frozenset(self.teams) if self.teams else None
        if teams is None and self.role == "agent":
            teams = frozenset(own_teams)
        return Scope(frozenset(self.brands) if self.brands else None, teams)


def known_name(said: str) -> str:
    """The name as it is kept: one spelling for all that look alike. Raises UntaggedError."""
    name = unicodedata.normalize("NFKC", said).strip().casefold()
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise UntaggedError(
            f"{said[:MAX_NAME]!r} is no name for a user; write 1 to {MAX_NAME} visible characters"
        )
    return name

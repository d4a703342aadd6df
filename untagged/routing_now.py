"""Which routing rules hold: the file's, until others were saved in the cockpit. The one place.

A saved version that no longer fits the settings (a team that is gone) does not stop the clocks of
everybody: the file's rules hold meanwhile, and whoever asks is told.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from cases import desk
from cases.routing import Router, RoutingRule
from mentions.errors import SettingsError
from mentions.mention import said_validation
from untagged.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules that hold and where they are from.

    `version` is the latest that was saved, None while none was. `is_saved` is whether its rules
    hold; `problem` is why they do not although they should, '' else.
    """

    rules: tuple[RoutingRule, ...]
    version: desk.RoutingVersion | None = None
    is_saved: bool = False
    problem: str = ""

    @property
    def number(self) -> int:
        """The version to name when saving the next one, 0 for the file alone."""
        return self.version.number if self.version else 0

    def __str__(self) -> str:
        """For whoever edits the file and wonders."""
        if self.version is None:
            return "the rules are those of the settings file"
        at = f"{self.version.at:%Y-%m-%d %H:%M} UTC"
        by = f"version {self.number}, saved by {self.version.actor} {at}"
        if self.problem:
            return f"the settings file's rules hold, as {by}, no longer fits: {self.problem}"
        if not self.is_saved:
            return f"the rules are those of the settings file again ({by})"
        return (
            f"the rules are {by}; `routing:` in the settings file is not used until "
            "`untagged routing reset`"
        )


def in_force(settings: Settings, connection: Any) -> InForce:
    """The rules that hold now."""
    version = desk.latest_version(connection)
    if version is None or version.rules is None:
        return InForce(settings.routing, version)
    try:
        rules = tuple(RoutingRule.model_validate(rule) for rule in version.rules)
        router(rules, settings)
    except ValidationError as error:
        return InForce(settings.routing, version, problem=said_validation(error))
    except SettingsError as error:
        return InForce(settings.routing, version, problem=str(error))
    return InForce(rules, version, is_saved=True)


def with_rules_in_force(
    settings: Settings, read: Callable[[], AbstractContextManager[Any]]
) -> Settings:
    """The settings with the rules that hold."""
    with read() as connection:
        found = in_force(settings, connection)
    if found.problem:
        log.warning("routing: %s", found)
    return settings if not found.is_saved else settings.model_copy(update={"routing": found.rules})


def router(rules: Iterable[RoutingRule], settings: Settings) -> Router:
    """A router of these rules. Raises SettingsError where they do not fit the settings."""
    return Router(
        tuple(rules),
        teams=settings.teams,
        policies=settings.sla,
        playbooks=settings.playbooks,
    )

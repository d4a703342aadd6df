"""Appointing users: their brands, teams and agent are those that the settings know."""

from collections.abc import Iterable, Sequence

from mentions.errors import UntaggedError
from untagged.accounts.user import known_name
from untagged.settings import Settings
from untagged.yaml_file import known_or_suggested


def agent_names(settings: Settings) -> list[str]:
    """Whom somebody can be."""
    return sorted({one.name for team in settings.teams for one in team.agents})


def agent_meant(settings: Settings, name: str, said: str | None) -> str:
    """The agent somebody is: the one said; if nothing is said, the one who is called like them.

    '' is nobody. Raises UntaggedError for an agent that there is not.
    """
    agents = agent_names(settings)
    if said:
        _refuse("agent", [said], agents)
        return said
    if said is None:
        return next((one for one in agents if known_name(one) == known_name(name)), "")
    return ""


def refuse_unknown(settings: Settings, *, brands: Iterable[str], teams: Iterable[str]) -> None:
    """Raise UntaggedError, with what was perhaps meant, for a brand or a team that is not there."""
    _refuse("brand", brands, [one.name for one in settings.brands])
    _refuse("team", teams, [one.name for one in settings.teams])


def _refuse(what: str, said: Iterable[str], known: Sequence[str]) -> None:
    for name in said:
        if name not in known:
            raise UntaggedError(f"{what}: {known_or_suggested(name, list(known))}")

"""Calling in: who hears of a new case beside its team, as its playbook says."""

from collections.abc import Iterator, Sequence

from cases.case import Case
from cases.playbook import playbook_of
from cases.team import Team


def called_in(new: Sequence[Case], teams: Sequence[Team]) -> Iterator[tuple[str, str, list[Case]]]:
    """(agent or team, a channel of theirs, the cases that they hear of there).

    Who hears of the team's cases in the same channel is not told twice. An agent may be in several
    teams.
    """
    own_of = {team.name: team.notify for team in teams}
    channels_of = dict[str, tuple[str, ...]]()
    for agent in (agent for team in teams for agent in team.agents):
        channels_of[agent.name] = (*channels_of.get(agent.name, ()), *agent.notify)
    channels_of |= own_of
    called: dict[str, list[Case]] = {}
    for case in new:
        playbook = playbook_of(case)
        for name in playbook.joins if playbook else ():
            called.setdefault(name, []).append(case)
    for name, concerned in called.items():
        for channel in dict.fromkeys(channels_of.get(name, ())):
            other = [one for one in concerned if channel not in own_of.get(one.team, ())]
            if other:
                yield name, channel, other

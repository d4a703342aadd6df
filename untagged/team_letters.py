"""Team letters: what teams, and whom playbooks call in, are told of cases. Each is sent once."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from alerts import outbox
from alerts.messages import cases_payload
from cases.case import SYSTEM, Case
from cases.playbook import playbook_of
from untagged.calling_in import called_in
from untagged.case_words import Told, told
from untagged.handing_over import hand_over
from untagged.settings import Settings


class TeamLetters:
    """Writes them into the outbox, in the transaction of the decision that they tell of."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def of_new(
        self, connection: Any, new: Sequence[Case], *, heard_in: Sequence[str] = (), now: datetime
    ) -> None:
        """New cases to their teams, to whom their playbooks call in, and to their help desks.

        Channels `heard_in` know already.
        """
        concerned = [(case, told(case)) for case in new]
        self.to_teams(connection, "new", concerned, heard_in=heard_in, now=now)
        self._hand_over(connection, new, now=now)
        for who, channel, of in called_in(new, self._settings.teams):
            if channel not in heard_in:
                concerned = [(case, told(case)) for case in of]
                is_team = any(team.name == who for team in self._settings.teams)
                agents = () if is_team else (who,)
                self._tell_of(connection, "new", who, concerned, (channel,), agents=agents, now=now)

    def to_teams(
        self,
        connection: Any,
        what: str,
        concerned: Sequence[Told],
        *,
        heard_in: Sequence[str] = (),
        now: datetime,
    ) -> None:
        """One letter to each team about all of its cases, not one for each case."""
        for team in self._settings.teams:
            own = [(case, words) for case, words in concerned if case.team == team.name]
            if not own:
                continue
            channels = team.notify
            if what == "long overdue" and team.escalate_to:
                channels = team.escalate_to
            channels = tuple(channel for channel in channels if channel not in heard_in)
            self._tell_of(connection, what, team.name, own, channels, now=now)

    def _tell_of(
        self,
        connection: Any,
        what: str,
        who: str,
        concerned: Sequence[Told],
        channels: Sequence[str],
        *,
        agents: Sequence[str] = (),
        now: datetime,
    ) -> None:
        payload = cases_payload(
            what,
            team=who,
            cases=[words for _, words in concerned],
            link=f"{self._settings.cockpit.url}/cases",
            agents=agents,
        )
        # A case is new once, and each of its promises breaks once: the versions tell them.
        numbers = ",".join(f"{case.id}v{case.version}" for case, _ in concerned)
        digest = hashlib.sha256(numbers.encode()).hexdigest()[:16]
        for channel in channels:
            key = f"cases:{what}:{digest}:{channel}"
            outbox.enqueue(
                connection, key=key, channel=channel, kind="cases", payload=payload, now=now
            )

    def _hand_over(self, connection: Any, new: Sequence[Case], *, now: datetime) -> None:
        """To the help desks that the playbooks of these cases name."""
        for case in new:
            playbook = playbook_of(case)
            if playbook is not None and playbook.help_desk:
                desk_name, settings = playbook.help_desk, self._settings
                hand_over(connection, settings, case.id, desk_name, now=now, actor=SYSTEM)

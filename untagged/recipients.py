"""Recipients: whether whom a letter is for may still be told, asked when it is about to be sent.

A letter may have waited for hours; whoever was disabled meanwhile is told nothing more. Letters to
a channel that is nobody's own, such as a team's, are for whoever reads that channel.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from alerts.digests.subscriptions import get_subscription, subscription_of
from alerts.outbox import Letter
from untagged.accounts.book import disabled_actors
from untagged.digests.allowing import refused
from untagged.escalating import channels_of
from untagged.hearing import KIND as WATCHED
from untagged.settings import Settings


class Recipients:
    """Those of the settings' agents and of the subscriptions to digests."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def why_not(self, connection: Any, letter: Letter, now: datetime) -> str:
        """Why the letter must not be sent, '' where it may be."""
        number = subscription_of(letter.idempotency_key)
        if number is not None:
            subscription = get_subscription(connection, number)
            return refused(connection, subscription, self._settings, now=now)
        people = self._people(letter)
        if people and disabled_actors(connection).issuperset(people):
            return f"{' and '.join(people)} {'are' if len(people) > 1 else 'is'} disabled"
        return ""

    def _people(self, letter: Letter) -> Sequence[str]:
        """The agents whom it is for, of several those who have this channel; none for a team."""
        said = letter.payload
        named = [said["agent"]] if letter.kind == WATCHED else said.get("agents", [])
        own = [one for one in named if letter.channel in channels_of(self._settings, [one])]
        return own or named

"""Allowing: whether a subscription's person may still have its digest where it goes."""

from datetime import datetime
from typing import Any

from alerts.digests.issued import Seen
from alerts.digests.subscriptions import Subscription, end
from untagged.accounts.book import get_user
from untagged.accounts.user import User
from untagged.settings import Settings

OVER = "nobody who may have it"
"""Who ends a subscription whose person is disabled, no longer sees what it tells of, or may no
longer send it there."""


def refused(
    connection: Any, subscription: Subscription, settings: Settings, *, now: datetime
) -> str:
    """Why its person may have it no more, and end it then with what waits of it; '' if they may.

    A recipient of the settings is nobody's user, and may.
    """
    if subscription.user_id is None:
        return ""
    user = get_user(connection, subscription.user_id)
    why = _why_not(user, subscription, settings)
    if why:
        end(connection, subscription.id, actor=OVER, now=now)
    return why


def _why_not(user: User, subscription: Subscription, settings: Settings) -> str:
    if user.is_disabled:
        return f"{user.name} is disabled"
    teams = [
        team.name
        for team in settings.teams
        if any(agent.name == user.actor for agent in team.agents)
    ]
    scope = user.scope(teams)
    about = {"brand": subscription.brand, "team": subscription.team}
    if not Seen(scope.brands, scope.teams).has(subscription.kind, **about):
        return f"{user.name} no longer sees what it tells of"
    is_their_place = (
        user.may("operate")
        if subscription.channel
        else settings.digest_delivery.has_domain_of(subscription.address)
    )
    return "" if is_their_place else f"{user.name} may no longer send it to {subscription.to}"

"""A mail address that says yes to a subscription, as by the button of its letter's page."""

from datetime import datetime

from sqlalchemy import Connection

from alerts.digests.confirming import confirm, make_question
from alerts.digests.subscriptions import Subscription


def say_yes(connection: Connection, one: Subscription, *, now: datetime) -> Subscription:
    return confirm(connection, make_question(connection, one.id, now=now), now=now)

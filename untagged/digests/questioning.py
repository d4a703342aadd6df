"""Asking a mail address that somebody subscribed whether it wants the digest, by one letter."""

from datetime import datetime
from typing import Any

from alerts import outbox
from alerts.digests.confirming import KIND, LASTS, PREFIX, make_question, question_key
from alerts.digests.settings import BY_MAIL
from alerts.digests.subscriptions import get_subscription
from alerts.digests.timing import said_timing
from mentions.errors import SettingsError
from untagged.digests.due import cockpit_url
from untagged.digests.kinds import NAMES
from untagged.pipeline import Pipeline


def ask_address(pipeline: Pipeline, connection: Any, number: int, *, now: datetime) -> None:
    """Write the letter to the outbox. Raises Conflict where it was asked too often."""
    carrier = pipeline.settings.digest_delivery.mail
    if not carrier:
        raise SettingsError(
            "nothing carries mail to people; name the mail channel that does: digest_delivery.mail"
        )
    token = make_question(connection, number, now=now)
    one = get_subscription(connection, number)
    outbox.enqueue(
        connection,
        key=question_key(number, now.isoformat()),
        channel=f"{BY_MAIL}{carrier}",
        kind=KIND,
        payload={
            "to": one.address,
            "who": one.made_by,
            "digest": NAMES[one.kind],
            "brand": one.brand,
            "team": one.team,
            "at": said_timing(one.at),
            "zone": one.zone,
            "days": LASTS.days,
            "link": f"{cockpit_url(pipeline)}{PREFIX}{token}",
        },
        now=now,
    )

"""Which digests are due: each subscription's last period, made once, written to the outbox once.

After a day away, or a month, only the period that ended last is sent. What cannot be made is told
at the end, and made by the next call; the others do not wait for it.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts import outbox
from alerts.digests.issued import Issued, get_issued, hold_still
from alerts.digests.letters import KIND, summary, whole
from alerts.digests.settings import BY_MAIL, MAIL_SCHEMES
from alerts.digests.stopping import stop_link, stop_secret
from alerts.digests.subscriptions import (
    Subscription,
    active,
    follow_settings,
    get_subscription,
    is_told,
    letter_key,
    note_telling,
)
from alerts.digests.timing import Period, said_timing
from mentions.errors import SettingsError, UntaggedError
from untagged.digests.allowing import refused
from untagged.digests.asked import Asked
from untagged.digests.issuing import issue
from untagged.pipeline import Pipeline

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DigestsSent:
    """What one look did: digests made, letters written, empty ones skipped as wished."""

    made: int = 0
    told: int = 0
    skipped: int = 0


def send_due(pipeline: Pipeline, *, now: datetime) -> DigestsSent:
    """Make what is due and write it to the outbox. Raises the first problem after all the rest."""
    with pipeline.begin() as connection:
        follow_settings(connection, pipeline.settings.digests, now=now)
        waiting = [
            (one, period)
            for one in active(connection)
            if (period := one.due(now)) and not is_told(connection, one.id, period.until)
        ]
    if not waiting:
        return DigestsSent()
    secret = stop_secret()
    made = told = skipped = 0
    problems = list[UntaggedError]()
    for subscription, period in waiting:
        try:
            with pipeline.begin() as connection:
                why = refused(connection, subscription, pipeline.settings, now=now)
            if why:
                log.warning("subscription %s is over: %s", subscription.id, why)
                continue
            result = issue(pipeline, subscription.kind, _asked(subscription, period, now))
            what = _tell(pipeline, subscription, period, result.issued, secret=secret, now=now)
        except UntaggedError as problem:
            log.warning("subscription %s is not served: %s", subscription.id, problem)
            problems.append(problem)
            continue
        except Exception as problem:  # one digest, whatever is wrong with it, stops no other
            log.exception("subscription %s is not served", subscription.id)
            problems.append(_unforeseen(subscription, problem))
            continue
        made += result.is_new
        told += what == "told"
        skipped += what == "skipped"
    if problems:
        raise problems[0]
    return DigestsSent(made, told, skipped)


def _unforeseen(subscription: Subscription, problem: Exception) -> UntaggedError:
    said = f"the digest {subscription.kind} for {subscription.to} failed: {problem!r}"
    error = UntaggedError(f"{said}; the log has all of it, and the next call tries again")
    error.__cause__ = problem
    return error


def _asked(subscription: Subscription, period: Period, now: datetime) -> Asked:
    about = (subscription.brand or None, subscription.team or None)
    return Asked(period.since, period.until, now, *about)


def _tell(
    pipeline: Pipeline,
    subscription: Subscription,
    period: Period,
    issued: Issued,
    *,
    secret: str,
    now: datetime,
) -> str:
    """'told', 'skipped', or '' where another worker was faster, or whoever unsubscribed."""
    what = "skipped" if issued.digest.is_empty and subscription.empty == "skip" else "told"
    with pipeline.begin() as connection:
        hold_still(connection)
        if get_subscription(connection, subscription.id).ended_at is not None:
            return ""
        if not note_telling(connection, subscription.id, period.until, what=what, now=now):
            return ""
        if what == "told":
            # As it is now: posts may have left it since it was kept.
            kept = get_issued(connection, issued.id)
            _enqueue(connection, pipeline, subscription, kept, secret=secret, now=now)
    return what


def _enqueue(
    connection: Any,
    pipeline: Pipeline,
    subscription: Subscription,
    issued: Issued,
    *,
    secret: str,
    now: datetime,
) -> None:
    url = cockpit_url(pipeline)
    said = {
        "page": f"{url}/digests/{issued.id}",
        "stop": stop_link(url, subscription.id, secret=secret),
        "why": _why(subscription),
    }
    settings = pipeline.settings
    by_mail = {one.name for one in settings.channels if one.url.startswith(MAIL_SCHEMES)}
    carrier = subscription.channel or settings.digest_delivery.mail
    if not carrier:
        raise SettingsError(
            f"nothing carries mail to {subscription.address}; name the mail channel that does: "
            "digest_delivery.mail"
        )
    if subscription.address or carrier in by_mail:
        channel, payload = f"{BY_MAIL}{carrier}", whole(issued, subscription, cockpit=url, **said)
    else:
        channel, payload = carrier, summary(issued, **said)
    key = letter_key(subscription.id, issued.digest.until)
    outbox.enqueue(connection, key=key, channel=channel, kind=KIND, payload=payload, now=now)


def _why(subscription: Subscription) -> str:
    who = "You get this digest" if subscription.address else "This channel gets this digest"
    return f"{who} {said_timing(subscription.at)} ({subscription.zone})."


def cockpit_url(pipeline: Pipeline) -> str:
    """Where readers reach the cockpit, without a slash at the end."""
    settings = pipeline.settings
    return (settings.digest_delivery.url or settings.cockpit.url).rstrip("/")

"""Sending: what carries letters and events, and a pass over the outbox and the webhooks."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from random import Random
from typing import Any

from alerts import outbox
from alerts.channels import open_channels
from alerts.digests.settings import BY_MAIL, MAIL_SCHEMES
from alerts.outbox import Sender
from cases.help_desks.port import HelpDeskPort
from untagged.happenings import write_events
from untagged.hearing import tell_watchers
from untagged.recipients import Recipients
from untagged.settings import Settings
from untagged.ticket_text import Lookup
from untagged.ticketing import desk_senders

Begin = Callable[[], AbstractContextManager[Any]]


def deliver(
    settings: Settings,
    desks: Mapping[str, HelpDeskPort],
    *,
    begin: Begin,
    lookup: Lookup,
    now: datetime,
) -> outbox.Delivered:
    """Write what watchers are to hear, then send what is due; what cannot be sent is kept."""
    told = True
    while told:
        with begin() as connection:
            told = tell_watchers(connection, settings, now=now) > 0
    write_events(begin, settings.webhooks, now=now)
    chance = Random()  # noqa: S311  # jitter keeps retries apart; it is no secret
    senders = _senders(settings, desks, begin, lookup)
    delivered = outbox.deliver(
        begin, senders, now=now, chance=chance, why_not=Recipients(settings).why_not
    )
    if settings.webhooks:
        # Loaded here, as only who has webhooks needs it.
        from alerts.events.telling import tell_endpoints  # noqa: PLC0415 - see above

        source = settings.cockpit.url
        tell_endpoints(begin, settings.webhooks, source=source, now=now, chance=chance)
    return delivered


def _senders(
    settings: Settings, desks: Mapping[str, HelpDeskPort], begin: Begin, lookup: Lookup
) -> dict[str, Sender]:
    """Each by the name under which letters wait for it."""
    channels = open_channels(
        settings.channels, source=settings.cockpit.url, folders=settings.template_folders
    )
    desk = desk_senders(settings, desks, begin, lookup)
    return {**channels, **_digest_senders(settings), **desk}


def _digest_senders(settings: Settings) -> dict[str, Sender]:
    """Each mail channel once more, for whole digests."""
    carriers = [one for one in settings.channels if one.url.startswith(MAIL_SCHEMES)]
    if not carriers:
        return {}
    from alerts.digests.mail import MailSender  # noqa: PLC0415 - it draws, and few settings mail

    folders = settings.template_folders
    return {f"{BY_MAIL}{one.name}": MailSender(one.url, folders=folders) for one in carriers}

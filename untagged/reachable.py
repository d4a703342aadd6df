"""Reachable: what `untagged doctor` tries of schedules, templates, customers and what is told."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Any

from alerts import calendars, outbox
from alerts.events.book import waiting_for
from alerts.events.endpoints import endpoints
from alerts.events.webhook import Webhook
from alerts.schedule import Schedule
from alerts.trying_templates import broken_templates, own_templates
from mentions.errors import DeliveryDelayed, SettingsError
from mentions.webhooks import signers
from untagged.customers import open_customers
from untagged.duty import checked
from untagged.settings import Settings

Begin = Callable[[], AbstractContextManager[Any]]
Attempt = tuple[str, Callable[[], str]]


def attempts(settings: Settings, begin: Begin, *, now: datetime) -> Iterator[Attempt]:
    """Each thing to try by its name; what raises SettingsError wants mending."""
    for schedule in settings.on_call:
        yield f"on call {schedule.name}", partial(_schedule, settings, begin, schedule, now)
    if settings.templates:
        yield "templates", partial(_templates, settings)
    if customers := open_customers(settings.customers):
        yield "customers", customers.check
    yield "notifications", partial(_outbox, begin)
    for webhook in settings.webhooks:
        yield f"webhook {webhook.name}", partial(_webhook, begin, webhook, now)


def _schedule(settings: Settings, begin: Begin, schedule: Schedule, now: datetime) -> str:
    calendars.refresh(begin, [schedule], now=now, at_once=True)
    with begin() as connection:
        return checked(connection, settings, schedule, now)


def _templates(settings: Settings) -> str:
    folders, teams = settings.template_folders, [team.name for team in settings.teams]
    if wrong := "\n".join(broken_templates(folders, teams)):
        raise SettingsError(wrong)
    return f"{len(own_templates(folders, teams))} of your own, all can be filled"


def _outbox(begin: Begin) -> str:
    with begin() as connection:
        found = outbox.counts(connection)
    if found["dead"]:
        raise SettingsError(
            f"{found['dead']} could not be sent; `untagged outbox list --state dead` says why"
        )
    return f"{found['waiting']} waiting, {found['sent']} sent, none dead"


def _webhook(begin: Begin, webhook: Webhook, now: datetime) -> str:
    try:
        signers(os.environ, webhook.secret_env)
    except DeliveryDelayed as error:
        raise SettingsError(str(error)) from error
    with begin() as connection:
        kept = endpoints(connection, [webhook.name], now=now)[webhook.name]
        waiting = waiting_for(connection, webhook.name)
    if kept.missed:
        raise SettingsError(f"{kept.missed:,} mentions were not kept for it, as too much waits")
    if kept.paused_at:
        raise SettingsError(
            f"paused, {waiting:,} events wait: {kept.paused_because}; mend it, then "
            f"`untagged webhooks resume '{webhook.name}'`"
        )
    if kept.fails:
        raise SettingsError(
            f"{kept.fails} tries failed since {kept.failing_since:%Y-%m-%d %H:%M} UTC; "
            "`untagged webhooks log` says why"
        )
    return f"{waiting:,} waiting, takes what it is told"

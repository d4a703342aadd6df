"""Reachable: what `untagged doctor` tries of schedules, templates, customers and the outbox."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import Any

from alerts import calendars, outbox
from alerts.schedule import Schedule
from alerts.trying_templates import broken_templates, own_templates
from mentions.errors import SettingsError
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

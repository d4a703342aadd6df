"""Telling: the one place where it is decided whether a group of alerts is told now, and of what.

Nothing here reads a clock, a database or the settings: what a silence or another alert holds back
is a member that is muted, whatever the cause; what quiet hours hold back is told when they end,
even if it is over by then. In Alertmanager's words:

- a group's first letter goes `group_wait` after its first alert, so that what breaks together is
  told together;
- news (a new alert, one that got worse, with `send_resolved` one that is over) goes no sooner
  than `group_interval` after the last letter;
- without news, a letter goes when an alert that nobody has acknowledged was last told its
  `repeat` ago;
- an alert of severity 1, new or become so, waits for none of these.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.notifications import Notifications
from alerts.tables import OPEN

URGENT = 1
"""The severity that waits for nothing."""


@dataclass(frozen=True, slots=True)
class Member:
    """An alert in its group: what it is, and as what it was last told there.

    `told_status` is '' (never), 'firing' or 'resolved'. `joined_at` is when it came to wait.
    `is_held` while quiet hours keep it from being told, `was_held` if they did when it began and
    nobody has taken it on or closed it since.
    """

    alert_id: int
    status: str
    severity: int
    joined_at: datetime
    repeat: timedelta
    is_muted: bool = False
    is_held: bool = False
    was_held: bool = False
    told_status: str = ""
    told_severity: int | None = None
    told_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is not over."""
        return self.status in OPEN


@dataclass(frozen=True, slots=True)
class Telling:
    """A letter that is due: the alerts that it lists, those first that are news in it."""

    alerts: tuple[int, ...]
    news: tuple[int, ...]


def decide(
    members: Sequence[Member],
    settings: Notifications,
    *,
    told_at: datetime | None,
    now: datetime,
) -> Telling | None:
    """The letter that is due now, or None. `told_at` is when the group was last told."""
    heard = [member for member in members if not (member.is_muted or member.is_held)]
    news = [member for member in heard if _is_news(member, settings)]
    is_due = (
        any(member.is_open and member.severity == URGENT for member in news)
        or (bool(news) and _has_waited(members, news, settings, told_at=told_at, now=now))
        or (_has_rested(settings, told_at, now) and any(_repeats(one, now) for one in heard))
    )
    if not is_due:
        return None
    listed = [member for member in heard if member.is_open or member in news]
    newest = _numbers(news)
    return Telling((*newest, *_numbers(one for one in listed if one not in news)), newest)


def is_done(member: Member, settings: Notifications) -> bool:
    """Whether there is nothing more to tell of it, unless it fires again."""
    is_over = not (member.is_open or member.is_held)
    return is_over and (member.is_muted or not _is_news(member, settings))


def _is_news(member: Member, settings: Notifications) -> bool:
    was_told = member.told_status == "firing"
    if not member.is_open:
        # What came and went while it was quiet is told once it may be, or nobody ever hears of it.
        is_missed = member.was_held and not member.told_status
        return is_missed or (was_told and settings.send_resolved)
    if not was_told:
        return member.status == "firing"  # what somebody took on before needs no letter
    return member.told_severity is not None and member.severity < member.told_severity


def _has_waited(
    members: Iterable[Member],
    news: Iterable[Member],
    settings: Notifications,
    *,
    told_at: datetime | None,
    now: datetime,
) -> bool:
    if any(member.told_status == "firing" for member in members):
        return _has_rested(settings, told_at, now)
    return now - min(member.joined_at for member in news) >= settings.group_wait


def _has_rested(settings: Notifications, told_at: datetime | None, now: datetime) -> bool:
    return told_at is None or now - told_at >= settings.group_interval


def _repeats(member: Member, now: datetime) -> bool:
    if member.status != "firing" or member.told_status != "firing" or member.told_at is None:
        return False
    return now - member.told_at >= member.repeat


def _numbers(members: Iterable[Member]) -> tuple[int, ...]:
    """By severity, the oldest of each first."""
    ordered = sorted(members, key=lambda member: (member.severity, member.alert_id))
    return tuple(member.alert_id for member in ordered)

"""Deeds: what can be done with a case, by its name, alike for one case and for many."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from cases import desk
from cases.case import PRIORITIES, Case, Priority
from cases.tagging import tags_in
from cases.team import Team
from mentions.errors import UntaggedError
from mentions.times import parse_moment

Deed = Callable[[Any, int, int | None], Case]
"""With a connection, a case's number and the version that was seen (None: whatever it is)."""
NAMES = (
    *("assign", "claim", "release", "pend", "snooze", "resolve", "reopen"),
    *("tag", "untag", "prioritise", "merge"),
)


def deed(do: str, to: str, *, teams: Sequence[Team], now: datetime, actor: str) -> Deed:
    """The deed called `do`; `to` is what else it needs.

    `TEAM/AGENT` or `TEAM/` to assign, a span such as 2h to snooze, tags with commas between them,
    a priority, the case to merge into. Raises UntaggedError before anything is done.
    """
    act: Callable[..., Case]
    match do:
        case "assign":
            team, _, agent = to.partition("/")
            act = partial(desk.assign, team=team or None, agent=agent or None, teams=teams)
        case "claim":
            act = partial(_claim, teams=teams)
        case "snooze":
            act = partial(desk.snooze, until=_after(to, now))
        case "tag":
            act = partial(desk.tag, add=_tags(to))
        case "untag":
            act = partial(desk.tag, remove=_tags(to))
        case "prioritise":
            act = partial(desk.prioritise, priority=_priority(to))
        case "merge":
            act = partial(desk.merge, into=_number(to))
        case "release" | "pend" | "resolve" | "reopen":
            act = getattr(desk, do)
        case _:
            raise UntaggedError(f"{do!r} is nothing that one can do with a case")
    return lambda conn, number, version: act(conn, number, now=now, actor=actor, version=version)


def _claim(
    conn: Any,
    number: int,
    *,
    teams: Sequence[Team],
    now: datetime,
    actor: str,
    version: int | None,
) -> Case:
    return desk.claim(conn, number, actor, teams=teams, now=now, version=version)


def _priority(text: str) -> Priority:
    for priority in PRIORITIES:
        if text == priority:
            return priority
    raise UntaggedError(f"{text!r} is no priority; choose one of {', '.join(PRIORITIES)}")


def _after(text: str, now: datetime) -> datetime:
    try:
        return parse_moment(f"now+{text}", now=now)
    except ValueError as error:
        raise UntaggedError(str(error)) from error


def _tags(text: str) -> list[str]:
    if tags := tags_in(text):
        return tags
    raise UntaggedError("no tag is given; write for example refund, late")


def _number(text: str) -> int:
    digits = text.strip().lstrip("#")
    if digits.isascii() and digits.isdecimal() and len(digits) < 20:
        return int(digits)
    raise UntaggedError(f"{text!r} is no case; write the number of the one to merge into")

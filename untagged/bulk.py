"""Bulk: one deed for many cases, each in a transaction of its own, with word of every refusal."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cases import desk
from cases.case import LIVING
from cases.team import Team
from mentions.errors import TryAgain, UntaggedError
from untagged.deeds import Deed, deed

MOST = 500
"""Cases in a call: as many as one may still look over, and a few seconds of work."""
Chosen = Sequence[tuple[int, int | None]]
"""Numbers of cases, each with the version that was seen when it was chosen."""


@dataclass(slots=True)
class Done:
    """The cases that were changed, that were so already, and that were not, each with why."""

    changed: list[int] = field(default_factory=list)
    same: list[int] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)

    def __str__(self) -> str:
        told = [f"{len(self.changed)} changed"]
        told += [f"{len(self.same)} were so already"] if self.same else []
        told += [f"{len(self.refused)} not changed"] if self.refused else []
        return ", ".join(told)


def in_bulk(
    begin: Callable[[], AbstractContextManager[Any]],
    chosen: Chosen,
    do: str,
    to: str,
    *,
    teams: Sequence[Team],
    now: datetime,
    actor: str,
) -> Done:
    """Do it with each case; one that refuses stops no other. `merge` is into the oldest of them.

    Raises UntaggedError, before anything is done, for no case, for more than MOST, and for what
    cannot be done at all.
    """
    versions = dict(chosen)
    if not versions:
        raise UntaggedError("no case is chosen; tick those that you mean")
    if len(versions) > MOST:
        raise UntaggedError(
            f"{len(versions)} cases are more than the {MOST} that one call takes; choose fewer"
        )
    if do == "merge":
        to = str(oldest := _oldest(begin, list(versions)))
        del versions[oldest]
    act = deed(do, to, teams=teams, now=now, actor=actor)
    done, away = Done(), ""
    for number, version in versions.items():
        if away:
            done.refused.append((number, f"not tried: {away}"))
            continue
        try:
            with begin() as connection:
                kept = done.changed if _acts(connection, act, number, version) else done.same
            kept.append(number)  # only after the commit
        except TryAgain as error:  # the next ones would wait as long for the same answer
            away = str(error)
            done.refused.append((number, away))
        except UntaggedError as error:
            done.refused.append((number, str(error)))
    return done


def _acts(connection: Any, act: Deed, number: int, version: int | None) -> bool:
    """Do it; whether that changed the case."""
    before = desk.read_case(connection, number).version
    act(connection, number, version)
    return desk.read_case(connection, number).version != before


def _oldest(begin: Callable[[], AbstractContextManager[Any]], numbers: list[int]) -> int:
    """The case that the others are merged into."""
    with begin() as connection:
        living = desk.list_cases(connection, ids=numbers, status=LIVING, limit=len(numbers))
    if len(numbers) < 2 or not living:
        raise UntaggedError("merging takes two cases that are not over; choose some")
    return min(living, key=lambda case: (case.opened_at, case.id)).id

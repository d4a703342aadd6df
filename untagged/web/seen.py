"""What somebody sees: the cases, alerts, incidents and brands that a path names, within a scope.

What lies outside is answered as if it were not there: with the same words and the same status.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from fastapi import Request

from alerts.book import get_alert
from alerts.digests.entries.book import get_entry
from alerts.digests.issued import Seen, get_issued
from alerts.incident import Incident
from alerts.incident_listing import brands_of, get_incident
from cases import desk
from cases.ledger import read_case
from mentions.errors import NotFound
from mentions.numbers import MAX_NUMBER
from untagged.accounts.user import Scope
from untagged.history import AuthorHistory


def refuse_unseen(connection: Any, request: Request, scope: Scope) -> None:
    """Raise NotFound if what the path names lies outside; every path below it is looked at alike.

    So a new page below `/cases/{number}` needs no look of its own.
    """
    path: str = request.scope["route"].path
    look = _LOOKS.get(path.partition("}")[0])
    if look is not None and not scope.is_everything:
        look(connection, next(iter(request.path_params.values())), scope)


def seen_incidents(connection: Any, found: Iterable[Incident], scope: Scope) -> list[Incident]:
    """Those of which all brands are seen."""
    if scope.brands is None:
        return list(found)
    return [one for one in found if scope.has_all(brands_of(connection, one))]


def seen_cases(connection: Any, numbers: Sequence[int], scope: Scope) -> list[int]:
    """Those of the cases that are seen; all of them, there or not, by who sees everything."""
    if scope.is_everything:
        return list(numbers)
    found = desk.list_cases(connection, ids=numbers, limit=len(numbers), **scope.of_cases)
    return [case.id for case in found]


def seen_history(history: AuthorHistory | None, scope: Scope) -> AuthorHistory | None:
    """The history with those of its cases that are seen."""
    if history is None:
        return None
    own = [one for one in history.cases if scope.has_case(brand=one.case.brand, team=one.case.team)]
    return replace(history, cases=tuple(own))


def case_or_inbox(connection: Any, number: int, scope: Scope, where: str) -> str:
    """Where to go on after a change: a case that was handed over may be seen no more."""
    case = read_case(connection, number)
    return where if scope.has_case(brand=case.brand, team=case.team) else "/cases"


def _number(said: str) -> int:
    """The number in a path, 0 for what is none: that one there is not, and the route says so."""
    is_number = said.isascii() and said.isdecimal() and len(said) <= len(str(MAX_NUMBER))
    return int(said) if is_number and int(said) <= MAX_NUMBER else 0


def refuse_unseen_case(connection: Any, number: int, scope: Scope) -> None:
    """Raise NotFound if the case lies outside."""
    case = read_case(connection, number)
    if not scope.has_case(brand=case.brand, team=case.team):
        raise NotFound(f"there is no case {number}; list them to see their numbers")


def _case(connection: Any, said: str, scope: Scope) -> None:
    refuse_unseen_case(connection, _number(said), scope)


def _reply(connection: Any, said: str, scope: Scope) -> None:
    number = _number(said)
    reply = desk.read_reply(connection, number)
    case = read_case(connection, reply.case_id)
    if not scope.has_case(brand=case.brand, team=case.team):
        raise NotFound(f"there is no reply {number}; the case shows its replies")


def _alert(connection: Any, said: str, scope: Scope) -> None:
    number = _number(said)
    if not scope.has_brand(get_alert(connection, number).brand):
        raise NotFound(f"there is no alert {number}; list them with `untagged alerts list`")


def refuse_unseen_incident(connection: Any, said: str, scope: Scope) -> None:
    """Raise NotFound if the incident of the number lies outside."""
    number = _number(said)
    if not scope.has_all(brands_of(connection, get_incident(connection, number))):
        raise NotFound(
            f"there is no incident {number}; list them with `untagged incidents list --all`"
        )


def refuse_unseen_entry(connection: Any, said: str, scope: Scope) -> None:
    """Raise NotFound if the entry of digests that has this id lies outside."""
    entry = get_entry(connection, said)
    if not scope.has_brand(entry.brand):
        raise NotFound(f"there is no entry {entry.id}; `untagged requests list` tells their ids")


def _digest(connection: Any, said: str, scope: Scope) -> None:
    number = _number(said)
    digest = get_issued(connection, number).digest
    seen = Seen(scope.brands, scope.teams)
    if not seen.has(digest.kind, brand=digest.brand, team=digest.team):
        raise NotFound(f"there is no digest {number}; list them to see their numbers")


def _brand(_connection: Any, name: str, scope: Scope) -> None:
    if not scope.has_brand(name):
        raise NotFound(f"there is no brand {name!r} in the settings")


_LOOKS: Mapping[str, Callable[[Any, str, Scope], None]] = MappingProxyType(
    {
        "/cases/{number": _case,
        "/presence/{number": _case,
        "/replies/{number": _reply,
        "/alerts/{number": _alert,
        "/incidents/{number": refuse_unseen_incident,
        "/brands/{name": _brand,
        "/requests/{entry": refuse_unseen_entry,
        "/digests/{number": _digest,
    }
)

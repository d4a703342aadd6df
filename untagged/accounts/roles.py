"""Roles: who may do what. The one table of it; every route of the cockpit names what it needs."""

from typing import Literal, get_args

Role = Literal["viewer", "agent", "lead", "admin"]
Permission = Literal[
    "look", "work", "acknowledge", "correct", "silence", "rules", "export", "operate", "administer"
]

MEANING: dict[Permission, str] = {
    "look": "look at pages of their brands and teams",
    "work": "take, answer, assign and resolve cases",
    "acknowledge": "take on, hand over and close alerts and incidents",
    "correct": "say that a reading or an alert was right or wrong",
    "silence": "keep alerts quiet",
    "rules": "try and change rules and routing",
    "export": "take mentions out as a file",
    "operate": "see and resend what could not be sent, see the quarantine",
    "administer": "users, roles, audit, erasure",
}

_VIEWER: tuple[Permission, ...] = ("look",)
_AGENT: tuple[Permission, ...] = (*_VIEWER, "work", "acknowledge", "correct")
_LEAD: tuple[Permission, ...] = (*_AGENT, "silence", "rules", "export", "operate")
_ADMIN: tuple[Permission, ...] = (*_LEAD, "administer")

GRANTS: dict[Role, frozenset[Permission]] = {
    "viewer": frozenset(_VIEWER),
    "agent": frozenset(_AGENT),
    "lead": frozenset(_LEAD),
    "admin": frozenset(_ADMIN),
}
ROLES: tuple[Role, ...] = get_args(Role)

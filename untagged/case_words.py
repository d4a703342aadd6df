"""Case words: what a team's message says of a case, and of the promises that it is told for."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from cases import desk
from cases.case import Case
from cases.clocks import THRESHOLDS

Told = tuple[Case, dict[str, Any]]
"""A case and what a message says of it."""


def promised(found: Sequence[desk.Breach | desk.Notice]) -> list[Told]:
    """Each case once, with the promises that it is told for and not the clock that is due first."""
    of_case = defaultdict(list)
    for one in found:
        of_case[one.case.id].append(one)
    return [
        (
            each[-1].case,
            {
                **told(each[-1].case),
                "due_at": min(one.due_at for one in each).isoformat(),
                "promise": " and ".join(THRESHOLDS[one.kind].replace("_", " ") for one in each),
            },
        )
        for each in of_case.values()
    ]


def told(case: Case) -> dict[str, Any]:
    """The case with the clock that is due first."""
    due = case.due_at.isoformat() if case.due_at else ""
    return {
        "id": case.id,
        "brand": case.brand,
        "agent": case.agent,
        "priority": case.priority,
        "text": case.title or case.excerpt,
        "url": case.url,
        "due_at": due,
    }

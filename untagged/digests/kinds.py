"""The kinds of digest, and who gathers each."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import get_args

from alerts.digests.digest import Digest, Kind
from mentions.errors import NotFound, UntaggedError
from untagged.digests.asked import Asked
from untagged.digests.bug_reports import gather_bug_reports
from untagged.digests.churn_reasons import gather_churn_reasons
from untagged.digests.feature_requests import gather_feature_requests
from untagged.digests.health import gather_health
from untagged.digests.questions import gather_questions
from untagged.digests.team import gather_team
from untagged.pipeline import Pipeline

LONGEST_DAYS = 3_660
"""Of a period: ten years, so that a digest on every 29 February is one."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""No period begins before: there was no web, and those it is compared with are in the calendar."""
Gather = Callable[[Pipeline, Asked], Digest]
KINDS: tuple[Kind, ...] = get_args(Kind)
NAMES: dict[Kind, str] = {
    "feature-requests": "Feature requests",
    "bug-reports": "Bug reports",
    "churn-reasons": "Churn reasons",
    "questions": "Questions",
    "health": "Brand health",
    "team": "Team performance",
}
"""What people call them."""
GATHER: dict[Kind, Gather] = {
    "feature-requests": gather_feature_requests,
    "bug-reports": gather_bug_reports,
    "churn-reasons": gather_churn_reasons,
    "questions": gather_questions,
    "health": gather_health,
    "team": gather_team,
}


def gathered(pipeline: Pipeline, kind: Kind, asked: Asked) -> Digest:
    """The digest. Raises NotFound for a brand or team that the settings lack.

    Raises UntaggedError for a period that is none, or too long.
    """
    if asked.since >= asked.until:
        raise UntaggedError("a digest tells of a period; let it begin before it ends")
    if asked.since < EARLIEST or asked.until - asked.since > timedelta(days=LONGEST_DAYS):
        raise UntaggedError(
            f"a digest tells of {LONGEST_DAYS:,} days at most, and of none before "
            f"{EARLIEST:%Y-%m-%d}; ask for a shorter or later period"
        )
    settings = pipeline.settings
    _refuse_unknown("brand", asked.brand, [one.name for one in settings.brands])
    _refuse_unknown("team", asked.team, [one.name for one in settings.teams])
    if kind not in GATHER:
        raise NotFound(f"there is no digest {kind!r}; there are {', '.join(GATHER)}")
    return GATHER[kind](pipeline, asked)


def _refuse_unknown(what: str, name: str | None, known: list[str]) -> None:
    if name is not None and name not in known:
        listed = ", ".join(known) or "none"
        raise NotFound(f"there is no {what} {name!r}; the settings have {listed}")

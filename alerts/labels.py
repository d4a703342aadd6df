"""Labels: what people said of a firing, right or wrong, and how precise that makes a rule.

A label belongs to a key (rule, brand, signal) and a moment, so it outlives the alert and judges
a changed rule in a backtest, which fires a little earlier or later than the rule as it was.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from alerts.tables import rule_labels
from mentions.errors import UntaggedError

NEAR = timedelta(hours=12)
"""A firing within it of a label is the same event. One crisis is told once in half a day: on the
airline week `few`, `balanced` and `many` tell the same night within 75 minutes of one another."""
HOUR = timedelta(hours=1)
MAX_NOTE_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Label:
    """Somebody's word that the firing of `key` at `at` was right, or that it was not."""

    rule: str
    key: str
    at: datetime
    is_right: bool
    who: str
    note: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Precision:
    """How many labelled firings were right and wrong, and how many nobody has labelled."""

    right: int = 0
    wrong: int = 0
    unlabelled: int = 0

    @property
    def share(self) -> float | None:
        """The share of the labelled that was right; None where nothing is labelled."""
        labelled = self.right + self.wrong
        return self.right / labelled if labelled else None

    def __str__(self) -> str:
        if self.share is None:
            return "nothing labelled yet"
        return f"{self.right} of {self.right + self.wrong} labelled were right ({self.share:.0%})"


def put_label(
    conn: Connection,
    *,
    rule: str,
    key: str,
    at: datetime,
    is_right: bool,
    who: str,
    note: str = "",
    now: datetime,
) -> None:
    """Say whether a firing was right; said again about the same moment, the later word holds."""
    if not (rule.strip() and key.strip()):
        raise UntaggedError("a label needs the rule and the key of what fired; see `replay --json`")
    if len(note) > MAX_NOTE_CHARACTERS:
        raise UntaggedError(f"a label's note has at most {MAX_NOTE_CHARACTERS:,} characters")
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    said = {"is_right": is_right, "who": who, "note": note, "said_at": now}
    put = dialect.insert(rule_labels).values(rule=rule, key=key, at=at, **said)
    conn.execute(put.on_conflict_do_update(index_elements=["rule", "key", "at"], set_=said))


def labels(conn: Connection, *, rule: str | None = None) -> list[Label]:
    """Of one rule or all, oldest first."""
    wanted = select(rule_labels).order_by(rule_labels.c.at, rule_labels.c.rule, rule_labels.c.key)
    if rule is not None:
        wanted = wanted.where(rule_labels.c.rule == rule)
    return [Label(**row) for row in conn.execute(wanted).mappings()]


def nearest(said: Iterable[Label], *, key: str, at: datetime) -> Label | None:
    """The label that judges a firing: of the same key, the nearest within NEAR.

    Of several that are the same hours away, the one said last: backtests at other steps label the
    same event some minutes apart.
    """
    near = (one for one in said if one.key == key and abs(one.at - at) <= NEAR)
    latest_first = sorted(near, key=lambda one: one.said_at, reverse=True)
    return min(latest_first, key=lambda one: abs(one.at - at) // HOUR, default=None)


def precision(given: Sequence[Label | None]) -> Precision:
    """Of firings, each with the label that judges it."""
    right = sum(one is not None and one.is_right for one in given)
    wrong = sum(one is not None and not one.is_right for one in given)
    return Precision(right, wrong, len(given) - right - wrong)

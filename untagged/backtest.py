"""Backtest: what a rule would have told in a past window, and how much of it people call right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from alerts.labels import Label, Precision, nearest, precision
from untagged.events import Event

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert that would have been raised, and what somebody said of it before."""

    event: Event
    label: Label | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """The alerts of one rule in a window, oldest first, and how many cases came with them."""

    rule: str
    span: timedelta
    fired: tuple[Fired, ...]
    cases: int

    @property
    def a_week(self) -> float:
        """Alerts a week."""
        return len(self.fired) * (WEEK / self.span)

    @property
    def precision(self) -> Precision:
        """What the labels say of these alerts."""
        return precision([one.label for one in self.fired])

    def __str__(self) -> str:
        alerts = "1 alert" if len(self.fired) == 1 else f"{len(self.fired)} alerts"
        cases = "1 case" if self.cases == 1 else f"{self.cases} cases"
        return (
            f"{self.rule}: {alerts} and {cases} in {self.span / timedelta(days=1):.0f} days, "
            f"{self.a_week:.1f} alerts a week; {self.precision}"
        )


def backtests(
    rules: Sequence[str], events: Iterable[Event], said: Sequence[Label], *, span: timedelta
) -> list[Backtest]:
    """One for each rule, in their order, also for those that never fired."""
    of: dict[str, list[Event]] = {rule: [] for rule in rules}
    for event in events:
        of[event.rule].append(event)
    return [
        Backtest(
            rule,
            span,
            tuple(
                Fired(event, nearest(said, key=event.key, at=event.at))
                for event in found
                if event.event == "alert"
            ),
            sum(event.event == "case" for event in found),
        )
        for rule, found in of.items()
    ]

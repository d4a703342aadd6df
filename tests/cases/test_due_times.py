"""Due times through a case's life equal a countdown that looks at the wall clock every minute."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from cases.calendar import Calendar
from cases.case import Case
from cases.clocks import notices
from cases.desk import (
    breaches,
    due_notices,
    merge,
    pend,
    record_reply,
    reopen,
    resolve,
    show_case,
    snooze,
    wake_snoozed,
)
from cases.policy import SlaPolicy
from cases.routing import Route
from cases.team import Agent, Team
from tests.cases.test_calendar import CHANGES, SHIFTS, written
from tests.cases.wall import MINUTE, is_worked
from tests.cases.world import opened, trail_agrees, undone

CARE = Team(name="care", agents=(Agent(name="ana"),))
CALM = Route("all", "care", "medium", "standard", (), "*")
URGENT = Route("danger", "care", "urgent", "standard", (), "danger")
MINUTES = {"FRT": 60, "NRT": 90, "RT": 420}
PRESSING = {"FRT": 20, "NRT": 30, "RT": 120}
WARN, ESCALATE = 14, 45
WEEKS = st.lists(st.sampled_from(SHIFTS[1:5]), min_size=7, max_size=7)
STEPS = st.lists(
    st.tuples(
        st.integers(1, 700),
        st.sampled_from(("post", "danger", "answer", "pend", "snooze", "resolve", "reopen")),
    ),
    max_size=7,
)


def policy(calendar: Calendar) -> SlaPolicy:
    names = {"FRT": "first_response", "NRT": "next_response", "RT": "resolution"}
    usual, urgent = (
        {names[kind]: MINUTE * many for kind, many in promised.items()}
        for promised in (MINUTES, PRESSING)
    )
    ahead = {"warn": MINUTE * WARN, "escalate": MINUTE * ESCALATE}
    return SlaPolicy(
        name="standard",
        hours="business",
        calendar=calendar,
        priorities={"urgent": urgent},
        **usual,
        **ahead,
    )


class Countdown:
    """What is left of each promise of a case, minute by minute, and when it came to nothing."""

    def __init__(self, published: datetime, is_open: Callable[[datetime], bool]) -> None:
        self.now, self.is_open = published, is_open
        self.left = {"FRT": MINUTES["FRT"], "RT": MINUTES["RT"]}
        self.promised = MINUTES
        self.ended: dict[str, datetime] = {}
        self.missed: set[str] = set()
        self.settled: datetime | None = None
        self.status, self.stood_at = "open", published
        self.wakes_at: datetime | None = None

    def go_to(self, moment: datetime) -> None:
        while self.now < moment:
            self._wake()
            if self.status == "open":
                self._minute()
            self.now += MINUTE
        self._wake()

    def _wake(self) -> None:
        if self.status == "snoozed" and self.now == self.wakes_at:
            self.status = "open"

    def _minute(self) -> None:
        for kind, left in self.left.items():
            if left == 0 and kind not in self.ended:
                self.ended[kind] = self.now
                self.missed.add(kind)
            self.left[kind] -= left > 0 and self.is_open(self.now)

    def due(self, kind: str) -> datetime | None:
        """When it is, or was, due if the clocks go on from where they are."""
        if kind == "FRT" and self.settled is not None:
            return self.settled
        if kind not in self.left:
            return None
        if kind in self.ended:
            return self.ended[kind]
        at, left = (self.now if self.status == "open" else self.stood_at), self.left[kind]
        while left:
            left -= self.is_open(at)
            at += MINUTE
        return at

    def stand(self, status: str, wakes_at: datetime | None = None) -> None:
        if self.status == "open":
            self.stood_at = self.now
        self.status, self.wakes_at = status, wakes_at

    def answered(self) -> None:
        self.settled = self.due("FRT")
        for kind in ("FRT", "NRT"):
            self.left.pop(kind, None)
            self.ended.pop(kind, None)

    def asked(self, *, is_urgent: bool) -> None:
        self.status = "open"
        if is_urgent and self.promised is not PRESSING:
            self.promised = PRESSING
            self.left = {kind: min(left, PRESSING[kind]) for kind, left in self.left.items()}
        if self.settled is not None:
            self.left["NRT"] = min(self.left.get("NRT", 10_000), self.promised["NRT"])


def live(conn: Connection, case: Case, model: Countdown, step: str, number: int) -> None:
    """The step on the desk and on the countdown, where the case allows it."""
    now, told = model.now, {"now": model.now, "actor": "ana"}
    is_living = model.status != "resolved"
    match step:
        case "post" | "danger":
            route = URGENT if step == "danger" else CALM
            opened(
                conn,
                f"more {number}",
                thread="1",
                published=now,
                collected=now,
                now=now,
                route=route,
                teams=(CARE,),
            )
            model.asked(is_urgent=step == "danger")
        case "answer" if is_living:
            record_reply(conn, case.id, at=now, **told)
            model.answered()
        case "pend" if is_living:
            pend(conn, case.id, **told)
            model.stand("pending")
        case "snooze" if is_living:
            until = now + 95 * MINUTE
            snooze(conn, case.id, until, **told)
            model.stand("snoozed", until)
        case "resolve" if is_living:
            resolve(conn, case.id, **told)
            model.stand("resolved")
        case "reopen":
            reopen(conn, case.id, **told)
            model.status = "open"


def tick(conn: Connection, now: datetime) -> None:
    wake_snoozed(conn, now)
    breaches(conn, now)
    due_notices(conn, now)


def check(case: Case, model: Countdown) -> None:
    assert case.frt_due_at == model.due("FRT")
    assert case.nrt_due_at == model.due("NRT")
    assert case.rt_due_at == model.due("RT")
    assert set(case.breached) == model.missed
    assert case.status == model.status
    for (kind, what), moment in notices(case).items():
        at = model.due(kind)
        assert at
        left = ESCALATE if what == "escalated" else min(WARN, model.promised[kind] // 2)
        while left:
            at -= MINUTE if what == "warned" else timedelta(0)
            left -= model.is_open(at)
            at += MINUTE if what == "escalated" else timedelta(0)
        assert moment == at


@pytest.mark.slow
# Shrinking a life takes minutes and is done by hand, where it has to be.
@settings(max_examples=400, deadline=None, phases=[Phase.generate])
@given(
    change=st.sampled_from(CHANGES),
    week=WEEKS,
    before=st.integers(-60, 3000),
    steps=STEPS,
    other=st.none() | st.integers(0, 600),
)
def test_due_times_through_a_life_equal_a_countdown_over_split_shifts_and_clock_changes(
    sqlite_desk: Engine, *, change, week, before, steps, other
):
    zone, moment = change
    is_open = cache(partial(is_worked, week, ZoneInfo(zone), ()))
    promises = policy(Calendar(zone=zone, hours=written(week)))
    published = moment - before * MINUTE
    told = {"teams": (CARE,), "policy": promises}
    model = Countdown(published, is_open)
    with undone(sqlite_desk) as conn:
        case = opened(conn, published=published, collected=published, now=published, **told).case
        for number, (gap, step) in enumerate(steps):
            model.go_to(model.now + gap * MINUTE)
            tick(conn, model.now)
            live(conn, case, model, step, number)
        check(show_case(conn, case.id).case, model)
        if other is not None and model.status != "resolved":
            since = model.now
            model.go_to(since + other * MINUTE)
            tick(conn, model.now)
            second = opened(conn, "other", published=since, collected=since, now=model.now, **told)
            check_merged(conn, case, second.case, model, since)
        assert trail_agrees(conn, case.id)


def check_merged(
    conn: Connection, case: Case, second: Case, model: Countdown, since: datetime
) -> None:
    theirs = Countdown(since, model.is_open)
    theirs.go_to(model.now)
    model.status = "open"
    merged = merge(conn, second.id, into=case.id, now=model.now, actor="ana")
    response = "FRT" if model.settled is None else "NRT"
    dues = {"FRT": merged.frt_due_at, "NRT": merged.nrt_due_at, "RT": merged.rt_due_at}
    for kind, brought in ((response, theirs.due("FRT")), ("RT", theirs.due("RT"))):
        assert dues[kind] == min(at for at in (model.due(kind), brought) if at is not None)

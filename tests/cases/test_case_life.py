"""Whatever is done with cases in whatever order: no post lost or twice, no step untold."""

from datetime import datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)
from sqlalchemy import select

from cases import desk
from cases.case import LIVING, AuditEntry, Case
from cases.clocks import kept_in_index
from cases.ledger import audited_state, folded
from cases.tables import audit, case_posts, metadata
from mentions.errors import Conflict
from tests.cases.world import MINUTE, NOON, TEAMS, alerted, opened, sqlite_engine

AGENTS = st.sampled_from(["ana", "ben", "cy"])
HOLDS = st.integers(1, 900)
IN_ORDER = select(audit).order_by(audit.c.id)


class CaseLife(RuleBasedStateMachine):
    """A desk on which anything may happen next; `self.status` is what we expect of each case."""

    cases = Bundle("cases")

    def __init__(self) -> None:
        super().__init__()
        self.engine = sqlite_engine()
        metadata.create_all(self.engine)
        self.now = NOON
        self.posts = 0
        self.status: dict[int, str] = {}
        self.missed: set[tuple[int, str, object]] = set()

    def teardown(self) -> None:
        self.engine.dispose()

    def written(self, ago: int) -> dict[str, datetime]:
        """A post of that many minutes ago, collected now."""
        return {"published": self.now - ago * MINUTE, "collected": self.now, "now": self.now}

    def act(self, case_id: int, becomes: str, work, *, allowed=LIVING) -> None:
        """Do it; where the state does not allow it, it must be refused and change nothing."""
        with self.engine.begin() as conn:
            before = desk.show_case(conn, case_id)
            if self.status[case_id] in allowed:
                work(conn)
                self.status[case_id] = becomes
            else:
                with pytest.raises(Conflict):
                    work(conn)
                assert desk.show_case(conn, case_id) == before

    @initialize()
    def the_first_day(self) -> None:
        self.now = NOON

    @rule(minutes=st.integers(1, 2000))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule(target=cases, ago=st.integers(0, 300))
    def a_post_opens_a_case(self, ago: int):
        self.posts += 1
        with self.engine.begin() as conn:
            made = opened(conn, str(self.posts), **self.written(ago))
        assert made.is_new
        self.status[made.id] = "open"
        return made.id

    @rule(target=cases)
    def an_alert_opens_a_case(self):
        with self.engine.begin() as conn:
            made = alerted(conn, at=self.now, now=self.now)
        if not made.is_new:
            assert self.status[made.id] in LIVING
            return multiple()
        self.status[made.id] = "open"
        return made.id

    @rule(target=cases, case_id=cases, ago=st.integers(0, 300))
    def a_post_comes_in_the_thread(self, case_id: int, ago: int):
        with self.engine.begin() as conn:
            case = desk.show_case(conn, case_id).case
            if case.mention_id is None:
                return multiple()
            self.posts += 1
            thread = case.mention_id.removeprefix("board:")
            made = opened(conn, str(self.posts), thread=thread, **self.written(ago))
        if made.is_new:
            assert self.status[self.where_it_went(case_id)] == "resolved"
            self.status[made.id] = "open"
            return made.id
        assert self.status[made.id] != "merged"  # resolved, it goes on: the author wrote again
        self.status[made.id] = "open"
        return multiple()

    def where_it_went(self, case_id: int) -> int:
        with self.engine.connect() as conn:
            case = desk.show_case(conn, case_id).case
            while case.merged_into is not None:
                case = desk.show_case(conn, case.merged_into).case
        return case.id

    @rule(case_id=cases, agent=AGENTS)
    def it_is_assigned(self, case_id: int, agent: str) -> None:
        self.act(
            case_id,
            self.status[case_id],
            lambda conn: desk.assign(
                conn, case_id, team="care", agent=agent, teams=TEAMS, now=self.now, actor="boss"
            ),
        )

    @rule(case_id=cases)
    def it_is_released(self, case_id: int) -> None:
        self.act(
            case_id,
            self.status[case_id],
            lambda conn: desk.release(conn, case_id, now=self.now, actor="ana"),
        )

    @rule()
    def the_waiting_are_assigned(self) -> None:
        with self.engine.begin() as conn:
            desk.assign_waiting(conn, teams=TEAMS, now=self.now)
            assert desk.list_cases(conn, agent="", status="open") == []

    @rule(case_id=cases)
    def it_waits(self, case_id: int) -> None:
        self.act(
            case_id, "pending", lambda conn: desk.pend(conn, case_id, now=self.now, actor="ana")
        )

    @rule(case_id=cases, minutes=HOLDS)
    def it_sleeps(self, case_id: int, minutes: int) -> None:
        until = self.now + minutes * MINUTE
        self.act(
            case_id,
            "snoozed",
            lambda conn: desk.snooze(conn, case_id, until, now=self.now, actor="ana"),
        )

    @rule()
    def sleepers_wake(self) -> None:
        with self.engine.begin() as conn:
            for case in desk.wake_snoozed(conn, self.now):
                assert self.status[case.id] == "snoozed"
                self.status[case.id] = "open"
            late = desk.list_cases(conn, status="snoozed", limit=1000)
            assert all(case.snoozed_until > self.now for case in late)

    @rule(case_id=cases)
    def it_is_resolved(self, case_id: int) -> None:
        self.act(
            case_id, "resolved", lambda conn: desk.resolve(conn, case_id, now=self.now, actor="ana")
        )

    @rule(case_id=cases)
    def it_is_reopened(self, case_id: int) -> None:
        try:
            with self.engine.begin() as conn:
                desk.reopen(conn, case_id, now=self.now, actor="ana")
        except Conflict as refused:
            followed = "another case goes on" in str(refused)
            assert self.status[case_id] == ("resolved" if followed else "merged")
        else:
            self.status[case_id] = "open"

    @rule(case_id=cases, into=cases)
    def it_is_merged(self, case_id: int, into: int) -> None:
        woken = "open" in (self.status[case_id], self.status[into])
        may = case_id != into and self.status[into] in LIVING
        self.act(
            case_id,
            "merged",
            lambda conn: desk.merge(conn, case_id, into=into, now=self.now, actor="ana"),
            allowed=LIVING if may else (),
        )
        if self.status[case_id] == "merged" and may and woken:
            self.status[into] = "open"

    @rule(number=st.integers(1, 30), ago=st.integers(0, 300))
    def an_answer_is_seen(self, number: int, ago: int) -> None:
        with self.engine.begin() as conn:
            known = desk.case_of_mention(conn, f"board:{number}")
            at = self.now - ago * MINUTE
            seen = desk.mark_answered(conn, f"board:{number}", at, now=self.now)
            assert (seen is None) == (known is None)
            if seen is not None:
                assert seen.first_reply_at <= at <= seen.last_reply_at

    @rule(number=st.integers(1, 30))
    def a_post_is_deleted(self, number: int) -> None:
        with self.engine.begin() as conn:
            desk.mention_deleted(conn, f"board:{number}", now=self.now)

    @rule(case_id=consumes(cases))
    def it_is_noted(self, case_id: int) -> None:
        with self.engine.begin() as conn:
            desk.note(conn, case_id, "call back", now=self.now, actor="ana")

    @rule()
    def the_missed_are_noticed(self) -> None:
        with self.engine.begin() as conn:
            for breach in desk.breaches(conn, self.now):
                assert self.status[breach.case.id] == "open"
                assert breach.due_at < self.now
                once = (breach.case.id, breach.kind, breach.due_at)
                assert once not in self.missed
                self.missed.add(once)
            assert desk.breaches(conn, self.now) == []

    @invariant()
    def the_desk_is_whole(self) -> None:
        with self.engine.connect() as conn:
            listed = desk.list_cases(conn, limit=1000)
            trail = [AuditEntry(**row) for row in conn.execute(IN_ORDER).mappings()]
            homes = conn.execute(select(case_posts.c.mention_id, case_posts.c.case_id)).all()
        assert {case.id: case.status for case in listed} == self.status
        self.every_post_is_in_one_case_that_was_not_merged_away(homes)
        self.the_most_pressing_come_first(listed)
        for case in listed:
            own = [line for line in trail if line.case_id == case.id]
            self.the_trail_tells_the_whole_life(case, own)
            self.the_list_agrees_with_the_clock(case)

    def every_post_is_in_one_case_that_was_not_merged_away(self, homes) -> None:
        expected = {f"board:{number + 1}" for number in range(self.posts)}
        assert {home.mention_id for home in homes} == expected
        assert len(homes) == len(expected)
        assert all(self.status[home.case_id] != "merged" for home in homes)

    def the_most_pressing_come_first(self, listed: list[Case]) -> None:
        ahead = [case.due_at for case in listed if case.due_at is not None]
        assert ahead == sorted(ahead)

    def the_trail_tells_the_whole_life(self, case: Case, own: list[AuditEntry]) -> None:
        assert folded(own) == audited_state(case)
        assert [line.action for line in own[:2]] == ["opened", "assigned"]
        assert [line.at for line in own] == sorted(line.at for line in own)
        changes = [line for line in own[1:] if line.action != "noted"]
        assert len(changes) == case.version

    def the_list_agrees_with_the_clock(self, case: Case) -> None:
        kept = {
            "due_at": case.due_at,
            "next_breach_at": case.next_breach_at,
            "next_notice_at": case.next_notice_at,
        }
        assert kept == kept_in_index(case)
        assert desk.clock(case, self.now).due_at == case.due_at


CaseLife.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
test_any_life_of_cases_is_told_whole = pytest.mark.slow(CaseLife.TestCase)

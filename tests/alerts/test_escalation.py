"""Escalation: each step once, at its time, until somebody takes the alert on."""

import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from alerts import book, escalation, life, muting, outbox
from alerts.chain import Chain, Target
from alerts.escalation import Reached, advance, begin, runs_of
from alerts.groups import letters_of
from alerts.history import history_of
from alerts.matchers import Matcher
from alerts.messages import alert_payload, render
from alerts.notifications import InhibitRule
from alerts.silences import silence
from alerts.tables import metadata
from alerts.tables import outbox as outbox_table
from tests.alerts.conftest import sqlite_engine
from tests.alerts.world import HOUR, MINUTE, NOW, firing, mention

REPEAT = timedelta(hours=4)


def chain(*steps: dict[str, Any], repeat: int = 0) -> Chain:
    return Chain.model_validate({"name": "crisis", "steps": steps, "repeat": repeat})


def step(channel: str, wait: str = "0m", **more: Any) -> dict[str, Any]:
    return {"wait": wait, "notify": {"channel": channel}, **more}


THREE = chain(step("chat"), step("phone", "10m"), step("boss", "20m"), repeat=1)


def channel_of(target: Target, at: datetime) -> Reached:
    return Reached((target.name,), str(target))


def fired(conn: Connection, at: datetime = NOW, **other: Any) -> int:
    """An alert that fires at `at`."""
    return book.record(conn, firing(at=at, began=at, **other), repeat=REPEAT, now=at).alert_id


def escalate(conn: Connection, number: int, at: datetime, what: Chain = THREE) -> bool:
    payload = alert_payload(firing(), alert_id=number, posts=[mention()])
    return begin(conn, what, alert_id=number, payload=payload, repeat=REPEAT, now=at)


def started(conn: Connection, what: Chain = THREE, at: datetime = NOW, **other: Any) -> int:
    """An alert whose chain has begun."""
    number = fired(conn, at, **other)
    assert escalate(conn, number, at, what)
    return number


def tick(
    conn: Connection,
    minute: float,
    *,
    what: Chain = THREE,
    reach: Callable[[Target, datetime], Reached] = channel_of,
) -> None:
    advance(conn, {what.name: what}, reach, now=NOW + minute * MINUTE)


def told(conn: Connection) -> list[str]:
    """The channels of all letters, in the order of their writing."""
    wanted = select(outbox_table.c.channel).order_by(outbox_table.c.id)
    return list(conn.execute(wanted).scalars())


def test_steps_are_told_in_order_and_again_until_the_chain_is_through(conn: Connection) -> None:
    number = started(conn)
    seen = []
    for minute in range(0, 120, 5):
        before = len(told(conn))
        tick(conn, minute)
        seen += [(minute, channel) for channel in told(conn)[before:]]
    assert seen == [
        (0, "chat"), (10, "phone"), (30, "boss"), (30, "chat"), (40, "phone"), (60, "boss"),
    ]  # fmt: skip
    (run,) = runs_of(conn, [number])
    assert run.ended_by == "exhausted: nobody acknowledged the alert"
    assert run.ended_at == NOW + HOUR
    assert [entry["what"] for entry in run.log][:2] == [
        "told channel chat through chat",
        "told channel phone through phone",
    ]


def test_a_letter_says_what_is_wrong_and_where_the_chain_stands(conn: Connection) -> None:
    started(conn)
    tick(conn, 10)
    letter = outbox.letters(conn)[0]
    message = render(letter.kind, letter.payload)
    assert "Acme" in message.title
    assert "nobody has acknowledged" in message.title.lower()
    assert "Step 2 of 3, round 1 of 2" in message.text
    assert "my acme phone is on fire" in message.text


def test_a_team_is_told_in_its_own_templates(conn: Connection) -> None:
    what = chain({"notify": {"team": "crisis"}}, step("boss"))
    started(conn, what)
    tick(conn, 0, what=what)
    assert {letter.channel: letter.payload["team"] for letter in outbox.letters(conn)} == {
        "crisis": "crisis",
        "boss": "",
    }


def test_acknowledging_ends_the_chain(conn: Connection) -> None:
    number = started(conn)
    tick(conn, 0)
    life.acknowledge(conn, number, who="ana", now=NOW + 5 * MINUTE)
    tick(conn, 60)
    assert told(conn) == ["chat"]
    (run,) = runs_of(conn, [number])
    assert (run.ended_by, dict(run.payload)) == ("acknowledged by ana", {})
    assert not escalate(conn, number, NOW + HOUR)


def test_an_acknowledgement_that_is_taken_back_lets_the_chain_go_on(conn: Connection) -> None:
    number = started(conn)
    life.acknowledge(conn, number, who="ana", now=NOW + MINUTE)
    tick(conn, 5)
    life.unacknowledge(conn, number, who="ana", now=NOW + 20 * MINUTE)
    assert escalate(conn, number, NOW + 20 * MINUTE)
    tick(conn, 20)
    tick(conn, 30)
    assert told(conn) == ["chat", "phone"]


def test_a_resolution_ends_the_chain_and_what_begins_after_it_escalates_by_itself(
    conn: Connection,
) -> None:
    number = started(conn)
    life.resolve(conn, number, who="ana", now=NOW + MINUTE)
    tick(conn, 60)
    assert told(conn) == []
    later = started(conn, at=NOW + HOUR)
    assert later != number
    tick(conn, 60)
    assert told(conn) == ["chat"]


def test_an_alert_that_flaps_goes_on_where_its_chain_stopped(conn: Connection) -> None:
    number = started(conn)
    tick(conn, 0)
    book.resolve_absent(conn, "negative spike", [], now=NOW + 35 * MINUTE)
    tick(conn, 35)
    assert fired(conn, NOW + 50 * MINUTE) == number
    assert escalate(conn, number, NOW + 50 * MINUTE)
    tick(conn, 50)
    assert told(conn) == ["chat", "phone"]
    tick(conn, 70)
    assert told(conn) == ["chat", "phone", "boss", "chat"]
    assert len(runs_of(conn, [number])) == 1


def silenced(conn: Connection, **hours: int) -> None:
    silence(
        conn,
        matchers=[Matcher("brand", "=", "Acme")],
        starts_at=NOW,
        ends_at=NOW + timedelta(**hours),
        author="ana",
        comment="",
        now=NOW,
    )


@pytest.mark.parametrize(("hours", "channels"), [(1, ["phone"]), (5, ["chat"])])
def test_a_silence_ends_the_chain_and_what_fires_after_it_goes_on_or_later_begins_anew(
    conn: Connection, hours: int, channels: list[str]
) -> None:
    number = started(conn)
    tick(conn, 0)
    silenced(conn, hours=hours)
    muting.refresh(conn, (), now=NOW + 10 * MINUTE)
    tick(conn, 10)
    assert told(conn) == ["chat"]
    assert runs_of(conn, [number])[0].ended_by == "silenced"
    assert not escalate(conn, number, NOW + 20 * MINUTE)
    over = NOW + timedelta(hours=hours)
    muting.refresh(conn, (), now=over)
    assert escalate(conn, number, over)
    tick(conn, hours * 60)
    assert told(conn) == ["chat", *channels]


def test_what_a_worse_alert_mutes_does_not_escalate(conn: Connection) -> None:
    number = started(conn)
    fired(conn, key="crisis:Acme", kind="crisis", severity=1)
    rule = InhibitRule(source={"kind": ("crisis",)}, target={"kind": ("spike",)})
    muting.refresh(conn, (rule,), now=NOW)
    tick(conn, 60)
    assert told(conn) == []
    assert runs_of(conn, [number])[0].ended_by == "inhibited"


def test_in_quiet_hours_a_chain_stops_and_goes_on_in_the_morning(conn: Connection) -> None:
    number = started(conn)
    tick(conn, 0)
    at_night = NOW + 10 * MINUTE
    chains = {THREE.name: THREE}
    assert advance(conn, chains, channel_of, now=at_night, is_quiet=lambda rule, _: True) == 0
    assert runs_of(conn, [number])[0].ended_by == "quiet hours"
    morning = NOW + 2 * HOUR
    assert escalate(conn, number, morning)
    assert advance(conn, chains, channel_of, now=morning, is_quiet=lambda rule, _: False) == 1
    assert told(conn) == ["chat", "phone"]


def test_an_alert_escalates_once_however_often_it_fires(conn: Connection) -> None:
    number = started(conn)
    assert not escalate(conn, number, NOW)
    tick(conn, 600)
    assert len(told(conn)) == 6
    assert not escalate(conn, number, NOW + 10 * HOUR)


def test_what_a_chain_told_stands_in_the_alerts_history_and_letters(conn: Connection) -> None:
    number = started(conn)
    tick(conn, 10)
    said = [entry.note for entry in history_of(conn, number) if entry.what == "told"]
    assert said == ["chat, escalation crisis", "phone, escalation crisis"]
    assert [letter.channel for letter in letters_of(conn, number)] == ["chat", "phone"]


def test_a_step_outside_its_hours_is_passed_over_and_the_chain_goes_on(conn: Connection) -> None:
    office = {"from": "09:00", "until": "17:00"}  # NOW is 21:00
    what = chain(step("office", only=office), step("phone", "10m"))
    number = started(conn, what)
    tick(conn, 10, what=what)
    assert told(conn) == ["phone"]
    assert "outside its hours" in runs_of(conn, [number])[0].log[0]["what"]


def test_a_step_that_waits_for_its_hours_is_told_when_they_begin(conn: Connection) -> None:
    office = {"from": "09:00", "until": "17:00", "outside": "wait"}
    what = chain(step("office", only=office), step("phone", "10m"))
    started(conn, what)
    tick(conn, 12 * 60 - 1, what=what)
    assert told(conn) == []
    tick(conn, 12 * 60, what=what)
    assert told(conn) == ["office"]
    tick(conn, 12 * 60 + 10, what=what)
    assert told(conn) == ["office", "phone"]


def test_a_step_for_many_alerts_waits_for_no_single_one(conn: Connection) -> None:
    burst = {"alerts": 1, "within": "15m"}
    what = chain(step("all", "10m", if_more_than=burst), step("boss", "10m", if_more_than=burst))
    started(conn, what)
    tick(conn, 10, what=what)
    assert told(conn) == []
    fired(conn, NOW + 12 * MINUTE, key="another", signal="all")
    fired(conn, NOW + 12 * MINUTE, key="of another brand", brand="Bolt")
    tick(conn, 20, what=what)
    assert told(conn) == []  # of this brand only one began within 15 minutes
    fired(conn, NOW + 13 * MINUTE, key="a third", signal="complaints")
    number = started(conn, what, NOW + 14 * MINUTE, key="a fourth")
    tick(conn, 24, what=what)
    assert told(conn) == ["all"]
    assert runs_of(conn, [number])[0].step == 1


def test_where_nobody_is_on_call_the_next_step_is_told_at_once_and_says_so(
    conn: Connection,
) -> None:
    def reach(target: Target, at: datetime) -> Reached:
        if target.on_call:
            return Reached(missing="nobody is on call in week")
        return channel_of(target, at)

    what = chain({"notify": {"on_call": "week"}}, step("boss", "30m"), repeat=1)
    number = started(conn, what)
    tick(conn, 0, what=what, reach=reach)
    assert told(conn) == ["boss"]
    letter = outbox.letters(conn)[0]
    assert letter.payload["escalation"]["notes"] == ["nobody is on call in week"]
    assert "Nobody is on call in week" in render(letter.kind, letter.payload).text
    tick(conn, 29, what=what, reach=reach)
    assert told(conn) == ["boss"]
    tick(conn, 30, what=what, reach=reach)
    assert told(conn) == ["boss", "boss"]
    assert runs_of(conn, [number])[0].ended_at == NOW + 30 * MINUTE


def test_a_chain_that_the_settings_lost_ends(conn: Connection) -> None:
    number = started(conn)
    advance(conn, {}, channel_of, now=NOW)
    assert runs_of(conn, [number])[0].ended_by.startswith("removed")


def test_after_an_hour_away_each_step_that_fell_due_is_told_once_in_order(conn: Connection) -> None:
    started(conn)
    tick(conn, 45)
    assert told(conn) == ["chat", "phone", "boss", "chat", "phone"]
    tick(conn, 45)
    assert len(told(conn)) == 5


def keys(conn: Connection) -> list[str]:
    wanted = select(outbox_table.c.idempotency_key).order_by(outbox_table.c.id)
    return list(conn.execute(wanted).scalars())


OFFICE = {"from": "21:20", "until": "22:10"}
ODD = chain(
    step("chat"),
    step("phone", "7m", only=OFFICE),
    step("boss", "13m", only={**OFFICE, "outside": "wait"}),
    {"wait": "5m", "notify": {"on_call": "week"}},
    step("all", "9m", if_more_than={"alerts": 2, "within": "30m"}),
    repeat=3,
)


def sometimes(target: Target, at: datetime) -> Reached:
    if target.on_call and at.minute % 2:
        return Reached(missing="nobody is on call in week")
    return channel_of(target, at)


class Killed(Exception):
    """The process ends before the transaction does."""


def run_through(minutes: Iterable[int], killed: Collection[int] = ()) -> list[str]:
    """The keys of all letters of two alerts that begin 11 minutes apart, ticked at `minutes`.

    Of these ticks, the `killed` are undone, as a transaction is that nobody commits.
    """
    engine = sqlite_engine()
    metadata.create_all(engine)
    with engine.begin() as conn:
        started(conn, ODD)
        fired(conn, NOW + 3 * MINUTE, key="second", signal="all")
        started(conn, ODD, NOW + 11 * MINUTE, key="third", signal="complaints")
        for minute in minutes:
            with suppress(Killed), conn.begin_nested():
                tick(conn, minute, what=ODD, reach=sometimes)
                if minute in killed:
                    raise Killed
        found = keys(conn)
    engine.dispose()
    return found


LAST = 2 * 24 * 60
FINE = run_through(range(LAST + 1))


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(st.sets(st.integers(0, LAST), max_size=60), st.data())
def test_any_rhythm_of_ticks_and_kills_writes_the_same_letters_as_a_fine_clock(
    minutes: set[int], data: st.DataObject
) -> None:
    """The letters of one alert come in the same order, too."""
    killed = data.draw(st.sets(st.sampled_from(sorted(minutes)))) if minutes else set()
    found = run_through([*sorted(minutes), LAST + 1], killed)
    assert len(FINE) == len(set(FINE)) > 15
    for run in {key.split(":")[1] for key in FINE}:
        of_run = f"escalation:{run}:"
        assert [key for key in found if key.startswith(of_run)] == [
            key for key in FINE if key.startswith(of_run)
        ]
    assert sorted(found) == sorted(FINE)


def test_a_tick_that_dies_leaves_neither_a_letter_nor_a_step_behind(engine: Engine) -> None:
    with engine.begin() as conn:
        number = started(conn)

    def dies(target: Target, at: datetime) -> Reached:
        if target.name == "phone":
            raise RuntimeError("killed")
        return channel_of(target, at)

    with pytest.raises(RuntimeError, match="killed"), engine.begin() as conn:
        tick(conn, 10, reach=dies)
    with engine.begin() as conn:
        assert told(conn) == []
        assert runs_of(conn, [number])[0].step == 0
        tick(conn, 10)
        assert told(conn) == ["chat", "phone"]


@pytest.mark.slow
def test_many_workers_at_once_tell_each_step_once(engine: Engine) -> None:
    with engine.begin() as conn:
        for number in range(5):
            started(conn, key=str(number))
    barrier = threading.Barrier(6)
    problems: list[Exception] = []

    def work() -> None:
        barrier.wait()
        try:
            for minute in (0, 10, 30, 60):
                with engine.begin() as conn:
                    tick(conn, minute)
        except Exception as problem:  # noqa: BLE001 - told by the test's own thread below
            problems.append(problem)

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert problems == []
    with engine.begin() as conn:
        assert sorted(told(conn)) == sorted(["chat", "phone", "boss"] * 2 * 5)
        assert all(run.ended_at for run in runs_of(conn, range(1, 6)))
    assert escalation.KIND == "escalation"

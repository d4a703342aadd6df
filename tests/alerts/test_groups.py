"""Groups: what breaks together is told together; no restart, no second worker tells it twice."""

import itertools
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from alerts.book import list_alerts, resolve_absent
from alerts.groups import Hold, due, letters_of, tell
from alerts.history import history_of
from alerts.life import acknowledge
from alerts.life import resolve as close
from alerts.matchers import Matcher
from alerts.messages import alert_payload, render
from alerts.notifications import InhibitRule, Notifications
from alerts.outbox import Letter, letters
from alerts.silences import list_silences, silence, unsilence
from alerts.tables import alert_group_members, metadata
from tests.alerts.conftest import sqlite_engine
from tests.alerts.world import AT_ONCE, HOUR, MINUTE, NOW, fire, firing, mention, tell_due

SECOND = timedelta(seconds=1)
USUAL = Notifications()
SPIKE, COMPLAINTS, SILENT = (
    firing(),
    firing(key="complaints", rule="complaints", kind="unanswered", signal="needs_reply"),
    firing(key="silent", rule="silent", kind="flatline", brand="", signal="board", severity=3),
)


def written(conn: Connection) -> list[Letter]:
    """Every letter, oldest first."""
    return sorted(letters(conn, limit=10_000), key=lambda letter: letter.id)


def listed(letter: Letter) -> list[Mapping[str, Any]]:
    """The alerts of a letter, alone or several."""
    if letter.kind != "alerts":
        return [letter.payload["alert"]]
    return [one["alert"] for one in letter.payload["alerts"]]


def test_alerts_of_a_brand_are_told_in_one_letter_after_the_wait(conn: Connection) -> None:
    fire(conn, SPIKE, NOW, settings=USUAL)
    fire(conn, COMPLAINTS, NOW + 20 * SECOND, settings=USUAL)
    fire(conn, SILENT, NOW + 20 * SECOND, settings=USUAL)
    assert tell_due(conn, NOW + 29 * SECOND, USUAL) == 0
    assert tell_due(conn, NOW + 30 * SECOND, USUAL) == 1
    assert tell_due(conn, NOW + 50 * SECOND, USUAL) == 1
    both, alone = written(conn)
    assert [one["rule"] for one in listed(both)] == ["negative spike", "complaints"]
    assert (both.kind, alone.kind) == ("alerts", "flatline")


def test_the_wait_begins_with_the_first_firing_however_often_it_fires_again(
    conn: Connection,
) -> None:
    told = []
    for seconds in range(0, 70, 10):
        fire(conn, SPIKE, NOW + seconds * SECOND, settings=USUAL)
        told += [seconds] * tell_due(conn, NOW + seconds * SECOND, USUAL)
    assert told == [30]


def test_each_channel_has_a_letter_of_its_own(conn: Connection) -> None:
    fire(conn, SPIKE, NOW, channels=["chat", "desk"])
    fire(conn, COMPLAINTS, NOW, channels=["desk"])
    assert tell_due(conn, NOW) == 2
    assert {letter.channel: len(listed(letter)) for letter in written(conn)} == {
        "chat": 1,
        "desk": 2,
    }


def test_one_alert_has_the_payload_and_the_words_of_its_kind(conn: Connection) -> None:
    number = fire(conn, SPIKE, NOW).alert_id
    tell_due(conn, NOW)
    (letter,) = written(conn)
    alone = alert_payload(SPIKE, alert_id=number, posts=[mention()])
    assert letter.kind == "spike"
    assert {**letter.payload, "alert": {}} == {**alone, "alert": {}}
    assert alone["alert"].items() <= letter.payload["alert"].items()
    assert render(letter.kind, letter.payload) == render("spike", alone)


def test_several_alerts_read_as_one_message(conn: Connection) -> None:
    fire(conn, SPIKE, NOW)
    tell_due(conn, NOW)
    acknowledge(conn, list_alerts(conn)[0].id, who="ana", now=NOW)
    fire(conn, COMPLAINTS, NOW + HOUR)
    tell_due(conn, NOW + HOUR)
    letter = written(conn)[-1]
    message = render(letter.kind, letter.payload)
    assert message.title == "Acme: 2 alerts, worst severity 2"
    lines = message.text.splitlines()
    assert lines[0] == "New: Acme: mentions without an answer (severity 2)"
    going_on = lines.index("Still going on: Acme: spike of negative mentions (severity 2)")
    assert lines[going_on + 1 : going_on + 3] == [f"{SPIKE.reason}.", "Acknowledged by ana."]
    assert message.text.count('"my acme phone is on fire"') == 2
    assert message.html.count("<blockquote") == 2


def test_the_end_of_alerts_is_told_when_asked_for(conn: Connection) -> None:
    with_end = AT_ONCE.model_copy(update={"send_resolved": True})
    fire(conn, SPIKE, NOW)
    fire(conn, COMPLAINTS, NOW)
    tell_due(conn, NOW, with_end)
    close(conn, list_alerts(conn)[0].id, who="ana", now=NOW + HOUR)
    resolve_absent(conn, "negative spike", [], now=NOW + HOUR)
    assert tell_due(conn, NOW + HOUR, with_end) == 1
    assert tell_due(conn, NOW + 9 * HOUR, with_end) == 0
    letter = written(conn)[-1]
    message = render(letter.kind, letter.payload)
    assert message.title == "Acme: 2 alerts are over"
    assert "Over: Acme: spike of negative mentions" in message.text
    assert "Resolved by ana." in message.text


def test_what_is_over_keeps_no_words_of_posts(conn: Connection) -> None:
    fire(conn, SPIKE, NOW)
    tell_due(conn, NOW)
    kept = select(alert_group_members.c.message)
    assert conn.execute(kept).scalar_one()["posts"]
    resolve_absent(conn, "negative spike", [], now=NOW + HOUR)
    tell_due(conn, NOW + HOUR)
    assert conn.execute(kept).scalar_one() is None


def test_grouping_anew_or_an_upgrade_tells_nothing_again(conn: Connection) -> None:
    fire(conn, SPIKE, NOW)
    tell_due(conn, NOW)
    by_rule = AT_ONCE.model_copy(update={"group_by": ("rule",)})
    fire(conn, SPIKE, NOW + MINUTE, settings=by_rule)
    assert tell_due(conn, NOW + MINUTE, by_rule) == 0
    # As a version without groups would have left it.
    conn.execute(alert_group_members.delete())
    fire(conn, SPIKE, NOW + 2 * MINUTE)
    assert tell_due(conn, NOW + 2 * MINUTE) == 0
    fire(conn, SPIKE, NOW + 4 * HOUR)
    assert tell_due(conn, NOW + 4 * HOUR) == 1


def test_a_channel_that_a_rule_no_longer_names_hears_no_more(conn: Connection) -> None:
    fire(conn, SPIKE, NOW, channels=["chat", "desk"])
    tell_due(conn, NOW)
    fire(conn, SPIKE, NOW + 4 * HOUR, channels=["desk", "mail"])
    tell_due(conn, NOW + 4 * HOUR)
    assert [letter.channel for letter in written(conn)[2:]] == ["desk", "mail"]


def test_more_than_ten_alerts_are_counted(conn: Connection) -> None:
    for number in range(12):
        fire(conn, firing(key=str(number)), NOW)
    tell_due(conn, NOW)
    (letter,) = written(conn)
    assert letter.payload["firing"] == 12
    assert "And 2 more." in render(letter.kind, letter.payload).text


def test_what_else_holds_an_alert_back_only_delays_it(conn: Connection) -> None:
    fire(conn, SPIKE, NOW)

    def at_night(alert: Any) -> Hold:
        return "now" if alert.severity > 1 else ""

    assert due(conn, AT_ONCE, now=NOW, holds=at_night) == []
    (number,) = due(conn, AT_ONCE, now=NOW)
    assert not tell(conn, number, AT_ONCE, link="", now=NOW, holds=at_night)
    assert tell(conn, number, AT_ONCE, link="", now=NOW)


def test_where_an_alert_was_told_is_known(conn: Connection) -> None:
    number = fire(conn, SPIKE, NOW, channels=["chat", "desk"]).alert_id
    fire(conn, SILENT, NOW)
    tell_due(conn, NOW)
    assert [letter.channel for letter in letters_of(conn, number)] == ["chat", "desk"]
    told = [line.note for line in history_of(conn, number) if line.what == "told"]
    assert told == ["chat, firing", "desk, firing"]


CRISIS = firing(key="crisis", rule="crisis", kind="crisis", severity=1)
REGULATOR = firing(key="watch", rule="regulator", kind="watchlist", signal="regulator")


def muted(conn: Connection) -> dict[str, int | None]:
    return {alert.kind: alert.inhibited_by for alert in list_alerts(conn) if alert.is_inhibited}


def test_a_crisis_mutes_single_posts_of_its_brand_until_it_ends(conn: Connection) -> None:
    fire(conn, REGULATOR, NOW)  # first, and muted all the same
    source = fire(conn, CRISIS, NOW).alert_id
    other = firing(key="other", rule="regulator", kind="watchlist", brand="Bolt Bank")
    fire(conn, other, NOW)
    assert tell_due(conn, NOW) == 2
    assert muted(conn) == {"watchlist": source}
    assert {one["key"] for letter in written(conn) for one in listed(letter)} == {"crisis", "other"}
    close(conn, source, who="ana", now=NOW + HOUR)
    fire(conn, REGULATOR, NOW + HOUR)
    assert tell_due(conn, NOW + HOUR) == 1
    assert muted(conn) == {}
    (alert,) = [one for one in list_alerts(conn) if one.key == "watch"]
    lines = [line.what for line in history_of(conn, alert.id)]
    assert lines == ["fired", "inhibited", "inhibition over", "told"]


def test_what_ends_while_it_is_inhibited_is_never_told(conn: Connection) -> None:
    fire(conn, CRISIS, NOW)
    fire(conn, REGULATOR, NOW)
    tell_due(conn, NOW)
    resolve_absent(conn, "regulator", [], now=NOW + HOUR)
    close(conn, list_alerts(conn, kinds=["crisis"])[0].id, who="ana", now=NOW + HOUR)
    assert tell_due(conn, NOW + HOUR) == 0


def inhibiting(*rules: InhibitRule) -> Notifications:
    return AT_ONCE.model_copy(update={"inhibit": rules})


def rule(source: dict[str, Any], target: dict[str, Any]) -> InhibitRule:
    return InhibitRule.model_validate({"source": source, "target": target})


def test_a_muted_alert_mutes_others_all_the_same(conn: Connection) -> None:
    """A chain, as in Alertmanager: whether a source is told does not matter."""
    chain = inhibiting(
        rule({"kind": "crisis"}, {"kind": "spike"}),
        rule({"kind": "spike"}, {"kind": ["watchlist", "influencer"]}),
    )
    for fired in (CRISIS, SPIKE, REGULATOR):
        fire(conn, fired, NOW, settings=chain)
    assert tell_due(conn, NOW, chain) == 1
    assert set(muted(conn)) == {"spike", "watchlist"}


def test_no_alert_mutes_itself_nor_do_two_alike_mute_each_other(conn: Connection) -> None:
    alike = inhibiting(rule({"severity": [1, 2]}, {"severity": [2, 3]}))
    fire(conn, SPIKE, NOW, settings=alike)
    fire(conn, COMPLAINTS, NOW, settings=alike)
    tell_due(conn, NOW, alike)
    assert muted(conn) == {}
    worst = fire(conn, CRISIS, NOW + HOUR, settings=alike).alert_id
    tell_due(conn, NOW + HOUR, alike)
    assert muted(conn) == {"spike": worst, "unanswered": worst}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"source": {"kind": "crysis"}, "target": {"kind": "spike"}}, "is no kind of alert"),
        ({"source": {"colour": "red"}, "target": {"kind": "spike"}}, "'rule', 'brand', 'kind'"),
        ({"source": {}, "target": {"kind": "spike"}}, "at least 1"),
    ],
)
def test_a_wrong_inhibit_rule_says_what_to_mend(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        InhibitRule.model_validate(wrong)


def test_workers_that_tell_at_once_write_one_letter(engine: Engine) -> None:
    with engine.begin() as conn:
        fire(conn, SPIKE, NOW)
        fire(conn, COMPLAINTS, NOW)
        (number,) = due(conn, AT_ONCE, now=NOW)

    def one(_worker: int) -> bool:
        with engine.begin() as conn:
            return tell(conn, number, AT_ONCE, link="", now=NOW)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(24))) == 1
    with engine.begin() as conn:
        (letter,) = written(conn)
        assert len(listed(letter)) == 2


def test_workers_whose_whole_passes_overlap_tell_each_alert_once(engine: Engine) -> None:
    fired = [firing(key=str(number), brand=f"brand {number % 3}") for number in range(9)]

    def whole_pass(_worker: int) -> None:
        for one in fired:
            with engine.begin() as conn:
                fire(conn, one, NOW)
        with engine.begin() as conn:
            numbers = due(conn, AT_ONCE, now=NOW)
        for number in numbers:
            with engine.begin() as conn:
                tell(conn, number, AT_ONCE, link="", now=NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(whole_pass, range(4)))
    with engine.begin() as conn:
        news = [one["key"] for letter in written(conn) for one in listed(letter) if one["is_news"]]
        assert sorted(news) == sorted(one.key for one in fired)


class Killed(BaseException):
    """Stands for kill -9."""


KEYS = ("a", "b", "c")
passes = st.tuples(
    st.integers(1, 400),  # seconds since the last pass
    st.dictionaries(st.sampled_from(KEYS), st.integers(1, 4), max_size=3),  # what fires, how badly
    st.permutations(KEYS),  # in which order
    st.none() | st.integers(0, 5),  # after how many transactions it is killed
    st.sampled_from(["", "", "", "a", "b"]),  # what somebody takes on
    st.integers(1, 2),  # how many workers tell
)


@settings(deadline=None, max_examples=60)
@given(st.lists(passes, min_size=1, max_size=25))
def test_whatever_fires_and_dies_nothing_is_lost_or_told_twice_and_waits_are_kept(
    story: list[Any],
) -> None:
    engine = sqlite_engine()
    metadata.create_all(engine)
    now, repeat = NOW, HOUR
    for seconds, fires, order, killed_after, taken, workers in story:
        now += seconds * SECOND
        try:
            run_pass(engine, fires, order, repeat=repeat, killed_after=killed_after, now=now)
        except Killed:
            continue
        if workers == 2:
            run_pass(engine, fires, order[::-1], repeat=repeat, killed_after=None, now=now)
        take_on(engine, taken, now)
    for _ in range(2):
        now += USUAL.group_interval
        run_pass(engine, {}, KEYS, repeat=repeat, killed_after=None, now=now)
    with engine.begin() as conn:
        found = {alert.key: alert for alert in list_alerts(conn)}
        began = {key: alert.started_at for key, alert in found.items()}
        check(written(conn), began, repeat)
        for alert in found.values():
            was_taken_before = alert.status == "acknowledged" and not alert.notifications
            assert was_taken_before or alert.told_severity == alert.severity
    engine.dispose()


def run_pass(
    engine: Engine,
    fires: Mapping[str, int],
    order: Any,
    *,
    repeat: timedelta,
    killed_after: int | None,
    now: datetime,
) -> None:
    """One pass; killed, the transaction that it is in is undone."""
    left = itertools.count()

    def step(conn: Connection) -> None:
        if next(left) == killed_after:
            raise Killed

    for key in order:
        if key in fires:
            with engine.begin() as conn:
                fire(conn, firing(key=key, severity=fires[key]), now, settings=USUAL, repeat=repeat)
                step(conn)
    with engine.begin() as conn:
        numbers = due(conn, USUAL, now=now)
        step(conn)
    for number in numbers:
        with engine.begin() as conn:
            tell(conn, number, USUAL, link="", now=now)
            step(conn)


def take_on(engine: Engine, key: str, now: datetime) -> None:
    with engine.begin() as conn:
        for alert in list_alerts(conn, statuses=["firing"]):
            if alert.key == key:
                acknowledge(conn, alert.id, who="ana", now=now)


def check(told: list[Letter], began: Mapping[str, datetime], repeat: timedelta) -> None:
    """What any sequence of letters of one group must be like."""
    assert len({letter.idempotency_key for letter in told}) == len(told)
    last_told, last_severity = dict[str, datetime](), dict[str, int]()
    previous: datetime | None = None
    for letter in told:
        at, news = letter.created_at, [one for one in listed(letter) if one["is_news"]]
        is_urgent = any(one["severity"] == 1 for one in news)
        for one in news:  # new, or worse than anybody was told
            assert one["severity"] < last_severity.get(one["key"], 5)
        if previous is None and not is_urgent:
            assert at - min(began[one["key"]] for one in news) >= USUAL.group_wait
        if previous is not None and not is_urgent:
            assert at - previous >= USUAL.group_interval
        if not news:
            assert any(at - last_told[one["key"]] >= repeat for one in listed(letter))
        for one in listed(letter):
            last_told[one["key"]], last_severity[one["key"]] = at, one["severity"]
        previous = at


muted_passes = st.tuples(
    st.integers(1, 20),  # minutes since the last pass
    st.sets(st.sampled_from(["crisis", "watch", "spike"])),  # what fires
    st.sampled_from(["", "", "silence", "unsilence", "close"]),  # what somebody does
)


@settings(deadline=None, max_examples=60)
@given(st.lists(muted_passes, min_size=1, max_size=25))
def test_no_muted_alert_is_told_and_what_still_fires_when_it_is_heard_again_is(
    story: list[Any],
) -> None:
    """A silence on the brand, or a crisis that mutes its watchlist, come and go as they please."""
    engine = sqlite_engine()
    metadata.create_all(engine)
    now, known = NOW, {"crisis": CRISIS, "watch": REGULATOR, "spike": SPIKE}
    with engine.begin() as conn:
        for minutes, fires, done in story:
            now += minutes * MINUTE
            meddle(conn, done, now)
            for name in sorted(fires):
                fire(conn, replace(known[name], began=now), now)
            seen = len(written(conn))
            tell_due(conn, now)
            open_now = {alert.key: alert for alert in list_alerts(conn) if alert.is_open}
            for letter in written(conn)[seen:]:
                for one in listed(letter):
                    assert not open_now[one["key"]].is_muted
            for alert in open_now.values():
                assert alert.is_silenced == bool(list_silences(conn, now=now))
                assert alert.is_inhibited == (alert.key == "watch" and "crisis" in open_now)
                assert alert.is_muted or alert.notifications
    engine.dispose()


def meddle(conn: Connection, done: str, now: datetime) -> None:
    """What people do meanwhile."""
    in_force = list_silences(conn, now=now)
    if done == "silence" and not in_force:
        brand, span = Matcher("brand", "=", "Acme"), {"starts_at": now, "ends_at": now + HOUR}
        silence(conn, matchers=[brand], author="ana", comment="", now=now, **span)
    if done == "unsilence" and in_force:
        unsilence(conn, in_force[0].id, now=now)
    if done == "close":
        for alert in list_alerts(conn, statuses=["firing"], kinds=["crisis"]):
            close(conn, alert.id, who="ana", now=now)

"""On-call: whom a calendar means at a moment, however it is written."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.on_call import Shift, gaps, named_in, on_call_at, shifts
from mentions.errors import SettingsError
from tests.alerts.rota import WEEKLY, calendar, event
from tests.alerts.world import HOUR, MINUTE, NOW

AGENTS = ("ana", "ben", "farah", "ana maria")


def who(text: str, moment: str, *, zone: str = "UTC") -> list[str]:
    """Who is on call at '2026-03-02T08:00' (UTC)."""
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return [name for one in on_call_at(text, at, zone=zone, agents=AGENTS) for name in one.agents]


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        ("2026-03-02T08:00", ["ana"]),
        ("2026-03-09T07:59", ["ana"]),
        ("2026-03-09T08:00", ["ben"]),
        ("2026-03-16T08:00", ["ana"]),
        ("2027-03-15T12:00", ["ana"]),
        ("2026-03-02T07:59", []),
    ],
)
def test_a_repeating_shift_begins_included_and_ends_excluded(moment: str, name: list[str]) -> None:
    assert who(WEEKLY, moment) == name


def test_shifts_keep_their_local_hour_when_summer_time_begins() -> None:
    daily = calendar(
        event(
            1,
            "DTSTART;TZID=Europe/Berlin:20260301T090000",
            "DTEND;TZID=Europe/Berlin:20260301T170000",
            "RRULE:FREQ=DAILY",
        )
    )
    assert who(daily, "2026-03-28T08:00") == ["ana"]
    assert who(daily, "2026-03-28T07:59") == []
    assert who(daily, "2026-03-29T07:00") == ["ana"]
    assert who(daily, "2026-03-29T15:00") == []


def test_an_excluded_day_has_nobody_and_an_edited_one_its_own_person() -> None:
    text = calendar(
        event(
            1,
            "DTSTART:20260302T080000Z",
            "DTEND:20260302T200000Z",
            "RRULE:FREQ=DAILY",
            "EXDATE:20260304T080000Z",
        ),
        event(
            1,
            "RECURRENCE-ID:20260305T080000Z",
            "DTSTART:20260305T080000Z",
            "DTEND:20260305T200000Z",
            summary="Ben (covers)",
        ),
    )
    assert who(text, "2026-03-03T12:00") == ["ana"]
    assert who(text, "2026-03-04T12:00") == []
    assert who(text, "2026-03-05T12:00") == ["ben"]


@pytest.mark.parametrize(
    ("own_zone", "zone", "begins"),
    [
        ("", "UTC", "2026-03-02T00:00"),
        ("", "America/New_York", "2026-03-02T05:00"),
        ("Europe/Berlin", "America/New_York", "2026-03-01T23:00"),
    ],
)
def test_a_whole_day_begins_at_midnight_of_the_calendar_else_of_the_settings(
    own_zone: str, zone: str, begins: str
) -> None:
    text = calendar(event(1, "DTSTART;VALUE=DATE:20260302"), zone=own_zone)
    first = datetime.fromisoformat(begins)
    assert who(text, begins, zone=zone) == ["ana"]
    assert who(text, (first - MINUTE).isoformat(), zone=zone) == []
    assert who(text, (first + 24 * HOUR - MINUTE).isoformat(), zone=zone) == ["ana"]
    assert who(text, (first + 24 * HOUR).isoformat(), zone=zone) == []


def test_overlapping_shifts_are_all_on_call() -> None:
    text = calendar(
        event(1, "DTSTART:20260302T080000Z", "DTEND:20260302T200000Z"),
        event(2, "DTSTART:20260302T120000Z", "DTEND:20260302T140000Z", summary="Ben"),
    )
    assert who(text, "2026-03-02T13:00") == ["ana", "ben"]
    assert who(text, "2026-03-02T14:00") == ["ana"]


def one(*lines: str, summary: str = "Ana") -> str:
    return calendar(
        event(1, "DTSTART:20260302T080000Z", "DTEND:20260302T200000Z", *lines, summary=summary)
    )


@pytest.mark.parametrize(
    ("lines", "summary", "meant"),
    [
        ((), "On call: BEN & Farah", ["ben", "farah"]),
        ((), "Ana Maria", ["ana maria"]),
        ((), "banana stand", []),
        (("ATTENDEE;CN=Farah:mailto:x@acme.example",), "Ana", ["farah"]),
        (("ATTENDEE:mailto:ben@acme.example",), "Ana", ["ben"]),
        (("ATTENDEE;PARTSTAT=DECLINED;CN=Ben:mailto:b@acme.example",), "Ana", ["ana"]),
        (
            ("ATTENDEE;CN=Ben:mailto:b@acme.example", "ATTENDEE;CN=Ana:mailto:a@acme.example"),
            "Crisis duty",
            ["ana", "ben"],
        ),
        (("STATUS:CANCELLED",), "Ana", []),
    ],
)
def test_attendees_come_before_the_words_and_names_are_whole(
    lines: tuple[str, ...], summary: str, meant: list[str]
) -> None:
    assert who(one(*lines, summary=summary), "2026-03-02T12:00") == meant


def test_an_event_that_means_nobody_is_shown_with_its_words() -> None:
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    (shift,) = shifts(one(summary="Zoe"), since=at, until=at + HOUR, zone="UTC", agents=AGENTS)
    assert (shift.summary, shift.agents) == ("Zoe", ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "<html>log in</html>",
        "BEGIN:VCALENDAR\nEND:VEVENT\n",
        "BEGIN:VEVENT\nSUMMARY:Ana\nEND:VEVENT\n",
        calendar(event(1, "DTSTART:soon")),
        calendar(event(1, "DTSTART:20260302T080000Z", "RRULE:FREQ=SOMETIMES")),
        calendar(event(1, "DTSTART:20260302T080000Z", "RRULE:FREQ=SECONDLY")),
        calendar(event(1, "DTSTART:20260302T080000Z"), zone="Atlantis"),
        calendar(event(1, "DTSTART:19000101T080000Z", "RRULE:FREQ=HOURLY")),
        calendar(
            event(
                1,
                "DTSTART:20200101T080000Z",
                f"RRULE:FREQ=DAILY;BYHOUR=1,2,3,4;BYMINUTE={','.join(map(str, range(60)))}",
            )
        ),
    ],
)
def test_what_is_no_usable_calendar_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        on_call_at(text, NOW, zone="UTC", agents=AGENTS)


def test_rules_that_ended_long_ago_cost_nothing() -> None:
    ended = "RRULE:FREQ=HOURLY;UNTIL=20100102T080000Z"
    old = [event(number, "DTSTART:20100101T080000Z", ended) for number in range(100)]
    now = event(200, "DTSTART:20260302T080000Z", "DTEND:20260303T080000Z", summary="Ben")
    assert who(calendar(*old, now), "2026-03-02T12:00") == ["ben"]


def test_gaps_are_the_stretches_with_nobody() -> None:
    text = calendar(
        event(1, "DTSTART:20260302T080000Z", "DTEND:20260302T120000Z"),
        event(2, "DTSTART:20260302T140000Z", "DTEND:20260302T160000Z", summary="Zoe"),
        event(3, "DTSTART:20260302T180000Z", "DTEND:20260303T180000Z", summary="Ben"),
    )
    since = datetime(2026, 3, 2, 6, tzinfo=UTC)
    until = since + timedelta(days=1)
    found = shifts(text, since=since, until=until, zone="UTC", agents=AGENTS)
    assert gaps(found, since=since, until=until) == [
        (since, since + 2 * HOUR),
        (since + 6 * HOUR, since + 12 * HOUR),
    ]


spans = st.tuples(st.integers(0, 100), st.integers(1, 40), st.booleans())


@given(st.lists(spans, max_size=8), st.integers(0, 120))
def test_a_moment_is_in_a_gap_exactly_when_no_shift_with_an_agent_holds_it(
    drawn: list[tuple[int, int, bool]], minute: int
) -> None:
    made = [
        Shift(
            NOW + start * MINUTE, NOW + (start + length) * MINUTE, "", agents=("ana",) * is_somebody
        )
        for start, length, is_somebody in drawn
    ]
    at = NOW + minute * MINUTE
    empty = gaps(made, since=NOW, until=NOW + 121 * MINUTE)
    is_covered = any(shift.agents and shift.since <= at < shift.until for shift in made)
    assert any(begin <= at < end for begin, end in empty) is not is_covered


@given(st.permutations(AGENTS), st.sampled_from([", ", " and ", " & ", "/", " + "]))
def test_names_are_found_in_the_order_of_the_words(names: list[str], between: str) -> None:
    assert named_in(f"duty: {between.join(names)}!".title(), AGENTS) == names

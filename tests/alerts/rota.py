"""Calendars that the on-call tests make up."""


def event(uid: int, *lines: str, summary: str = "Ana") -> str:
    head = ("BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", f"SUMMARY:{summary}")
    return "\n".join((*head, *lines, "END:VEVENT"))


def calendar(*events: str, zone: str = "") -> str:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:tests"]
    head += [f"X-WR-TIMEZONE:{zone}"] * bool(zone)
    return "\n".join([*head, *events, "END:VCALENDAR", ""])


WEEKLY = calendar(
    event(
        1,
        "DTSTART:20260302T080000Z",
        "DTEND:20260309T080000Z",
        "RRULE:FREQ=WEEKLY;INTERVAL=2",
    ),
    event(
        2,
        "DTSTART:20260309T080000Z",
        "DTEND:20260316T080000Z",
        "RRULE:FREQ=WEEKLY;INTERVAL=2",
        summary="Ben",
    ),
)
"""Ana and Ben by turns, a week each from Monday 08:00 UTC."""

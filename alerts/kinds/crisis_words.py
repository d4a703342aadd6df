"""Why a crisis is one, in words that a crisis manager can repeat on the telephone."""

from collections.abc import Iterator, Sequence
from datetime import UTC, timedelta

from alerts.kinds.storm import Storm
from mentions.times import said_duration


def said_storm(storm: Storm, *, severity: int, grounds: Sequence[str]) -> str:
    """'43 negative mentions by 38 people in the hour to 21:00 UTC on 21 Feb, …; severity 2: …'."""
    return "; ".join([*_parts(storm), _said_severity(severity, grounds)])


def _parts(storm: Storm) -> Iterator[str]:
    people = "1 person" if storm.authors == 1 else f"{storm.authors:,} people"
    span = "hour" if storm.span == timedelta(hours=1) else said_duration(storm.span)
    until = storm.until.astimezone(UTC)
    ground = "so far, still learning what is usual" if storm.is_learning else "at that time of day"
    yield (
        f"{storm.posts:,} negative mentions by {people} in the {span} to {until:%H:%M} UTC on "
        f"{until.day} {until:%b}, {_few(storm.expected)} expected {ground} "
        f"({_few(storm.times)} times)"
    )
    yield f"{storm.share:.0%} of all mentions are negative, {storm.usual_share:.0%} are usual"
    if storm.usual_reach and storm.reach >= 2 * storm.usual_reach:
        times = storm.reach / storm.usual_reach
        yield f"read by up to {storm.reach:,}, {_few(times)} times the usual"
    if 2 * storm.copies > storm.posts and storm.copies > 1:
        yield f"{storm.copies:,} of {storm.posts:,} posts are copies of one text"
    if storm.posts > storm.voices:
        repeated = storm.posts - storm.voices
        yield f"{repeated:,} not counted, as one person or one conversation says it over and over"


def _said_severity(severity: int, grounds: Sequence[str]) -> str:
    return f"severity {severity}" + (f": {', '.join(grounds)}" if grounds else "")


def _few(number: float) -> str:
    """Whole numbers, but one decimal where it matters."""
    return f"{number:.0f}" if number >= 9.5 else f"{number:.1f}"

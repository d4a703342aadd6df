"""Times are aware and UTC, windows are since (included) to until (excluded)."""

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(\d+)\s*([smhdw])")


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC. A naive one is refused: guessing a zone loses hours."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; write it as …Z or …+02:00")
    return moment.astimezone(UTC)


def parse_duration(text: str) -> timedelta:
    """Read '90s', '15m', '2h', '7d', '1w' or a sum such as '1h30m'."""
    compact = text.strip().lower()
    parts = _DURATION.findall(compact)
    if not parts or _DURATION.sub("", compact).strip():
        raise ValueError(f"{text!r} is no duration; write for example 90s, 15m, 2h, 7d or 1h30m")
    return timedelta(seconds=sum(int(count) * _UNITS[unit] for count, unit in parts))


def written_duration(span: timedelta) -> str:
    """The duration as `parse_duration` reads it: '1h30m', whole seconds."""
    left, parts = int(span.total_seconds()), []
    for unit in ("d", "h", "m", "s"):
        count, left = divmod(left, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_moment(text: str, *, now: datetime | None = None) -> datetime:
    """Read an ISO date or time, or 'now', 'now-7d', '7d' (that long before `now`).

    A date alone is its midnight in UTC; a time without a zone is UTC.
    """
    said = text.strip()
    if now is not None:
        try:
            if said == "now":
                return as_utc(now)
            if said.startswith(("now-", "now+")):
                sign = -1 if said[3] == "-" else 1
                return as_utc(now) + sign * parse_duration(said[4:])
            if _DURATION.fullmatch(said.lower()):
                return as_utc(now) - parse_duration(said)
        except OverflowError as error:
            raise ValueError(f"{text!r} is outside the calendar") from error
    try:
        moment = datetime.fromisoformat(said)
    except ValueError as error:
        raise ValueError(
            f"{text!r} is no time; write for example 2026-02-21, 2026-02-21T18:00Z or now-7d"
        ) from error
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is outside the calendar") from error


def floored(moment: datetime, step: timedelta) -> datetime:
    """The latest multiple of `step` since 1970 that is not after `moment`."""
    seconds = int(step.total_seconds())
    return datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, UTC)


def said_duration(span: timedelta) -> str:
    """'1 h 30 min', '2 d 4 h': the two largest units, for people."""
    seconds = int(abs(span.total_seconds()))
    pieces = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            pieces.append(f"{count} {unit}")
    return " ".join(pieces[:2]) or "0 s"

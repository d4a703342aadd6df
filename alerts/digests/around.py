"""What stands around a digest: where the reader goes on, how they stop it, and its moments."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from alerts.digests.digest import Digest, Figure, Quote
from alerts.quoting import Live, address, harmless


@dataclass(frozen=True, slots=True)
class Around:
    """Addresses beside a digest; '' is none.

    `cockpit` is where the paths of entries begin, `page` this digest in it, `stop` ends the
    subscription that `why` names in a sentence.
    """

    cockpit: str = ""
    page: str = ""
    stop: str = ""
    why: str = ""

    def address(self, path: str) -> Live:
        """The address of a path of the cockpit; nothing where it leads elsewhere or nowhere."""
        is_ours = path.startswith("/") and not path.startswith(("//", "/\\"))
        return address(f"{self.cockpit}{path}") if self.cockpit and is_ours else Live()


def moment(at: datetime) -> str:
    """'2 Mar 2026, 21:00 UTC'."""
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M} UTC"


def day(at: datetime) -> str:
    """'2 Mar 2026'."""
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y}"


def period(digest: Digest) -> str:
    """From when to when it tells, and of what."""
    about = " · ".join(harmless(one) for one in (digest.brand, digest.team) if one)
    both = (digest.since.astimezone(UTC), digest.until.astimezone(UTC))
    is_of_days = all(at.time() == time() for at in both) and both[0] < both[1]
    ends = f"{moment(digest.since)} to {moment(digest.until)}"
    said = f"{days(digest)} (UTC)" if is_of_days else ends
    return f"{about} · {said}" if about else said


def days(digest: Digest) -> str:
    """'2 to 8 Mar 2026': the days of UTC from its first to its last moment, for a short title."""
    first = digest.since.astimezone(UTC)
    last = (digest.until - timedelta.resolution).astimezone(UTC)
    if first.date() == last.date():
        return day(first)
    begins = str(first.day)
    if first.month != last.month or first.year != last.year:
        begins += f" {first:%b}"
    if first.year != last.year:
        begins += f" {first.year}"
    return f"{begins} to {day(last)}"


def figure_line(figure: Figure) -> str:
    """'Mentions: 312 (before: 280; up for the third week)'."""
    beside = [f"before: {harmless(figure.before)}"] if figure.before else []
    beside += [harmless(figure.note)] if figure.note else []
    said = f"{harmless(figure.name)}: {harmless(figure.value)}"
    return f"{said} ({'; '.join(beside)})" if beside else said


def byline(quote: Quote) -> str:
    """Who said it, where and when."""
    return f"{harmless(quote.author)} on {harmless(quote.source)}, {day(quote.published)}"

"""Why a spike is one, in a sentence that a crisis manager can repeat."""

from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from mentions.times import said_duration
from nlp.spike_explanation import REPEATED

_NOUNS = MappingProxyType(
    {
        "all": "mentions",
        "negative": "negative mentions",
        "complaints": "complaints",
        "incidents": "reports of incidents",
        "authors": "authors",
        "stories": "stories",
    }
)
_BEYOND_WORDS = 9.0
"""From one in a billion on, a number says nothing more."""


def said(
    *,
    signal: str,
    observed: float,
    expected: float,
    score: float,
    window: timedelta,
    until: datetime,
    days: float,
    is_learning: bool,
) -> str:
    """'43 negative mentions in the hour to 21:00 UTC on 21 Feb, 9 expected … (4.8 times): …'."""
    what = said_signal(signal)
    span = "hour" if window == timedelta(hours=1) else said_duration(window)
    moment = until.astimezone(UTC)
    when = f"{moment:%H:%M} UTC on {moment.day} {moment:%b}"
    ground = "so far, still learning its rhythm" if is_learning else "at that time of day"
    return (
        f"{observed:.0f} {what} in the {span} to {when}, {_few(expected)} expected {ground} "
        f"({observed / expected:.1f} times): {said_rarity(score)}, "
        f"judged by {said_history(days)} of history"
    )


def said_signal(signal: str) -> str:
    """'negative mentions' for the signal `negative`."""
    return _NOUNS.get(signal, f"mentions about {signal.removeprefix('topic:')}")


def said_copies(largest: int, posts: int) -> str:
    """'31 of 40 posts are copies of one text' where more than half are, else ''."""
    is_told = largest > 1 and 2 * largest > posts
    return f"{largest} of {posts} posts are copies of one text" if is_told else ""


def said_stories(posts: int, stories: int) -> str:
    """'54 posts, 12 stories, each told 4.5 times' where posts repeat one another, else ''."""
    if not stories or posts < REPEATED * stories:
        return ""
    if stories == 1:
        return f"{posts:,} posts, one story told {posts:,} times"
    return f"{posts:,} posts, {stories:,} stories, each told {posts / stories:.1f} times"


def said_different(signal: str, observed: float, different: int) -> str:
    """'31 different authors' where some of those observed count twice, else ''.

    They count once in a clock hour, and a window is no clock hour.
    """
    return f"{different:,} different {said_signal(signal)}" if different < observed else ""


def said_rarity(score: float) -> str:
    """'as unlikely as 1 in 20,000' for a score of 4.3."""
    if score >= _BEYOND_WORDS:
        return "less likely than 1 in a billion"
    odds = 10**score
    size = 10 ** int(score)
    return f"as unlikely as 1 in {round(odds / size) * size:,}"


def said_history(days: float) -> str:
    """'14 hours' or '5 days'."""
    if days < 2:
        hours = max(1, round(days * 24))
        return f"{hours} hour" if hours == 1 else f"{hours} hours"
    return f"{int(days)} days"


def _few(expected: float) -> str:
    """Whole numbers, but one decimal where it matters."""
    return f"{expected:.0f}" if expected >= 9.5 else f"{expected:.1f}"

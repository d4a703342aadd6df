"""Wording: numbers, shares and stretches of time as a digest says them. All times are UTC."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from nlp.proportions import Difference, Proportion

DAY = timedelta(days=1)


def said_period(since: datetime, until: datetime) -> str:
    """'2 to 8 Mar 2026' where whole days are meant, else with the times."""
    first, end = since.astimezone(UTC), until.astimezone(UTC)
    if any((first.hour, first.minute, end.hour, end.minute)):
        return f"{said_moment(first)} {first.year} to {said_moment(end)} {end.year} UTC"
    last = end - DAY
    if last <= first:
        return f"{first.day} {first:%b %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {last.day} {last:%b %Y}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first.day} {first:%b}{year} to {last.day} {last:%b %Y}"


def said_moment(moment: datetime) -> str:
    """'4 Mar 13:20'."""
    at = moment.astimezone(UTC)
    return f"{at.day} {at:%b %H:%M}"


def said_stretch(began: datetime, ended: datetime | None) -> str:
    """'from 4 Mar 13:20 to 22:05 UTC', or 'since 4 Mar 13:20 UTC'."""
    if ended is None:
        return f"since {said_moment(began)} UTC"
    is_same_day = began.astimezone(UTC).date() == ended.astimezone(UTC).date()
    end = f"{ended.astimezone(UTC):%H:%M}" if is_same_day else said_moment(ended)
    return f"from {said_moment(began)} to {end} UTC"


def said_count(count: int, one: str, many: str = "") -> str:
    """'1 mention', '1,204 mentions', 'no mentions'."""
    noun = one if count == 1 else many or f"{one}s"
    return f"{count:,} {noun}" if count else f"no {noun}"


def said_share(share: float) -> str:
    """'31 %', and 'under 1 %' where rounding would say that there is none."""
    return "under 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def said_range(one: Proportion) -> str:
    """'31 % (28–34)'."""
    return f"{said_share(one.share)} ({100 * one.low:.0f}–{100 * one.high:.0f})"


def said_net(net: Difference) -> str:
    """'−12 (−18 to −6)', in points from −100 to 100."""
    return f"{_signed(net.points)} ({_signed(net.low)} to {_signed(net.high)})"


def said_topic(topic: str) -> str:
    """'data loss' for data_loss."""
    return topic.replace("_", " ")


def said_names(names: Sequence[str], *, most: int = 8) -> str:
    """'Acme, Bolt and Cobalt', the rest as a number."""
    shown = [*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _signed(points: float) -> str:
    whole = round(100 * points)
    return f"−{-whole}" if whole < 0 else f"+{whole}" if whole else "0"

"""Numbers, times and spans as the reader's language has them."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_timedelta, get_datetime_format
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit
from markupsafe import Markup, escape

from alerts.digests.timing import read_pace
from mentions.sentences import Sentence, Share, Value
from mentions.times import said_duration
from untagged.languages import ENGLISH
from untagged.web.reader import Reader

Unit = Literal["day", "hour", "minute", "second"]
_UNITS: tuple[tuple[Unit, int], ...] = (
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
    ("second", 1),
)
_SIZES = dict(_UNITS)
_NAMES: dict[str, Unit] = {"d": "day", "h": "hour", "m": "minute", "min": "minute", "s": "second"}
_SPAN = re.compile(r"(\d{1,6})\s?(d|h|min|m|s)")


@lru_cache(maxsize=1_000)
def _habits(locale: str) -> Locale:
    """A spike's page says four hundred numbers, and Babel reads the name anew for each."""
    return Locale.parse(locale)


def count(reader: Reader, number: float | None) -> str:
    """'1,234' or '1.234'; a dash where nothing is known."""
    return "–" if number is None else format_decimal(round(number), locale=_habits(reader.locale))


def decimal(reader: Reader, number: float) -> str:
    """With one digit behind the point."""
    return format_decimal(number, format="#,##0.0", locale=_habits(reader.locale))


def share(reader: Reader, part: float, whole: float) -> str:
    """'12%' or '12 %'; a dash of nothing."""
    return format_percent(part / whole, locale=_habits(reader.locale)) if whole else "–"


def duration(reader: Reader, span: timedelta) -> str:
    """The two largest units: '1 h 30 min'. English has the form of letters and commands."""
    if reader.language == ENGLISH:
        return said_duration(span)
    seconds, pieces = int(abs(span.total_seconds())), []
    for unit, size in _UNITS:
        number, seconds = divmod(seconds, size)
        if number:
            pieces.append(_unit(reader.locale, number, unit))
    if len(pieces) < 2:
        return pieces[0] if pieces else _unit(reader.locale, 0, "second")
    return reader.pgettext("a duration", "%(large)s %(small)s", large=pieces[0], small=pieces[1])


def ago(reader: Reader, moment: datetime, now: datetime) -> str:
    """'5 min ago', 'in 2 h'."""
    if reader.language != ENGLISH:
        return format_timedelta(moment - now, add_direction=True, locale=reader.locale)
    span = said_duration(now - moment)
    return f"in {span}" if moment > now else f"{span} ago"


def spelled(reader: Reader, text: str) -> str:
    """A span of a list, such as '4h' or '30 min', in words; English keeps it as it is."""
    found = _SPAN.fullmatch(text)
    if reader.language == ENGLISH or not found:
        return text
    unit = _NAMES[found[2]]
    span = timedelta(seconds=int(found[1]) * _SIZES[unit])
    # All in the unit that is asked for: 7 days are no week where 30 days stand beside them.
    return format_timedelta(span, granularity=unit, threshold=float("inf"), locale=reader.locale)


def local(reader: Reader, moment: datetime) -> str:
    """The time by the clock of the reader's account; in UTC, and saying so, if it has none."""
    if not reader.zone:
        return utc(moment)
    there = moment.astimezone(ZoneInfo(reader.zone))
    day = format_date(there, "medium", locale=reader.locale)
    clock = format_skeleton("Hm", there, locale=reader.locale)
    between = str(get_datetime_format("medium", locale=reader.locale)).replace("'", "")
    return between.replace("{0}", clock).replace("{1}", day)


def exact(reader: Reader, moment: datetime) -> str:
    """For who hovers: UTC to the second, behind the reader's own time if their account says it."""
    stamp = moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"{local(reader, moment)} ({stamp})" if reader.zone else stamp


def utc(moment: datetime) -> str:
    """As letters and commands have it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def iso(moment: datetime) -> str:
    """As machines have it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp(reader: Reader, moment: datetime) -> Markup:
    """The moment on a page. Where the account has no zone, local-times.js writes the browser's."""
    own = "" if reader.zone else Markup(" data-local")
    element = Markup('<time datetime="{}" title="{}"{}>{}</time>')
    return element.format(iso(moment), exact(reader, moment), own, local(reader, moment))


def listed(reader: Reader, several: Iterable[str]) -> Markup:
    """One behind the other, with the comma of the language; each keeps its own direction."""
    between = reader.pgettext("between two of a list", ", ")
    return escape(between).join(map(reader.isolated, several))


def listed_text(reader: Reader, several: Iterable[str]) -> str:
    """The same as plain text, which whoever shows it escapes."""
    return listed(reader, several).unescape()


def weekday(reader: Reader, day: date) -> str:
    """'Thu 26 Nov', as the language has it."""
    if reader.language == ENGLISH:
        return f"{day:%a} {day.day} {day:%b}"
    return format_skeleton("MMMEd", day, locale=reader.locale)


def timing(reader: Reader, said: str) -> str:
    """When a digest is made, for a sentence: 'every Monday at 08:00'."""
    pace = read_pace(said)
    if pace is None:
        return reader.gettext("at “%(line)s”", line=said)
    if pace.weekday is not None:
        name = Locale.parse(reader.locale).days["stand-alone"]["wide"][pace.weekday]
        return reader.gettext("every %(weekday)s at %(clock)s", weekday=name, clock=pace.clock)
    if pace.day is not None:
        told = {"day": pace.day, "clock": pace.clock}
        return reader.gettext("on day %(day)s of every month at %(clock)s", **told)
    return reader.gettext("every day at %(clock)s", clock=pace.clock)


def language_name(reader: Reader, code: str) -> str:
    """What the reader calls the language 'de'; the code itself where it is none."""
    try:
        return Locale.parse(code).get_language_name(reader.locale) or code
    except (ValueError, UnknownLocaleError):
        return code


def sentence(reader: Reader, said: Sentence) -> str:
    """A sentence that a room found, in the reader's language; English as in letters."""
    if reader.language == ENGLISH:
        return str(said)
    values = {name: _value(reader, value) for name, value in said.values}
    if said.many:
        return reader.ngettext(said.text, said.many, said.number, **values)
    return reader.gettext(said.text, **values)


def sentences(reader: Reader, several: Iterable[Sentence]) -> str:
    """One behind the other."""
    return " ".join(sentence(reader, one) for one in several)


def _value(reader: Reader, value: Value) -> str:
    match value:
        case Sentence():
            return sentence(reader, value)
        case Share(part):
            return share(reader, part, 1)
        case timedelta():
            return duration(reader, value)
        case date():
            return format_skeleton("MMMMEEEEd", value, locale=reader.locale)
        case int():
            return count(reader, value)
        case _:
            return value


def drawn_times(locale: str) -> dict[str, object]:
    """The names of days and months as drawings take them (d3-time-format's locale)."""
    days, months = Locale.parse(locale).days["format"], Locale.parse(locale).months["format"]
    of_week = (6, 0, 1, 2, 3, 4, 5)  # from Sunday on
    return {
        "dateTime": "%x, %X",
        "date": "%Y-%m-%d",
        "time": "%H:%M:%S",
        "periods": ["AM", "PM"],
        "days": [days["wide"][day] for day in of_week],
        "shortDays": [days["abbreviated"][day] for day in of_week],
        "months": [months["wide"][month] for month in range(1, 13)],
        "shortMonths": [months["abbreviated"][month] for month in range(1, 13)],
    }


@lru_cache(maxsize=2048)
def _unit(locale: str, number: int, unit: Unit) -> str:
    """A list of cases says the same few over and over, and each takes a quarter of a ms."""
    return format_unit(number, f"duration-{unit}", length="short", locale=locale)

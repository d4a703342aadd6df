"""Who reads a page: in which language, by whose habits, and with whose clock."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Any, Literal

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fastapi import Request

from untagged.languages import ENGLISH, LANGUAGES
from untagged.web.visitor import visitor_of

MOST_ASKED = 20
"""Languages of an Accept-Language that are looked at; browsers send two or three."""
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}")
"""What may be a language (RFC 5646). Babel makes a file's name of it, and trips over others."""
ISOLATE, END = "\u2068", "\u2069"
"""What stands between has its own direction (UAX #9, FSI and PDI)."""
_TO_THE_RIGHT, _TO_THE_LEFT = frozenset({"L"}), frozenset({"R", "AL"})


@dataclass(frozen=True, slots=True)
class Reader:
    """`language` is that of the words, `locale` that of numbers and dates, such as en_GB.

    `zone` is the time zone of their account, '' where only their browser knows it.
    """

    language: str = ENGLISH
    locale: str = ENGLISH
    zone: str = ""

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Where lines begin: 'ltr' on the left, 'rtl' on the right."""
        return _direction(self.language)

    def gettext(self, text: str, /, **values: object) -> str:
        """The text in the reader's language, with the values in its places."""
        return self.filled(catalog(self.language).gettext(text), values)

    def ngettext(self, one: str, many: str, count: int, /, **values: object) -> str:
        """The same in the form that goes with so many."""
        said = catalog(self.language).ngettext(one, many, count)
        return self.filled(said, {"num": count, **values})

    def pgettext(self, about: str, text: str, /, **values: object) -> str:
        """The text as it is said of `about`."""
        return self.filled(catalog(self.language).pgettext(about, text), values)

    def npgettext(self, about: str, one: str, many: str, count: int, /, **values: object) -> str:
        """The same in the form that goes with so many."""
        said = catalog(self.language).npgettext(about, one, many, count)
        return self.filled(said, {"num": count, **values})

    def filled(self, said: str, values: Mapping[str, Any]) -> str:
        """The sentence with its values; names of the other direction do not turn it around."""
        return said % {
            name: self.isolated(value) if isinstance(value, str) else value
            for name, value in values.items()
        }

    def isolated(self, value: str) -> str:
        """The text, set apart if it runs against the reader's direction; markup stays as it is."""
        if hasattr(value, "__html__"):
            return value
        against = _TO_THE_RIGHT if self.direction == "rtl" else _TO_THE_LEFT
        return f"{ISOLATE}{value}{END}" if has_direction(value, against) else value


@cache
def _direction(language: str) -> Literal["ltr", "rtl"]:
    return "rtl" if Locale.parse(language).text_direction == "rtl" else "ltr"


def has_direction(text: str, directions: frozenset[str] = _TO_THE_RIGHT | _TO_THE_LEFT) -> bool:
    """Whether there is a letter of these directions; digits and signs have none of their own."""
    return any(unicodedata.bidirectional(one) in directions for one in text)


ENGLISH_READER = Reader()
"""Who reads what leaves the cockpit."""


@cache
def catalog(language: str) -> NullTranslations:
    """The language's messages, compiled here from their source so that neither can be stale."""
    if language == ENGLISH:
        return NullTranslations()
    source = files("untagged.web").joinpath("locales", language, "LC_MESSAGES", "cockpit.po")
    compiled = BytesIO()
    with source.open("rb") as lines:
        write_mo(compiled, read_po(lines, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def reader_of(request: Request) -> Reader:
    """Who reads: what their account says, else their browser, else the settings, else English."""
    known: Reader | None = getattr(request.state, "reader", None)
    if known is None:
        visitor = visitor_of(request)
        user = visitor.user if visitor else None
        known = reader_for(
            request.headers.get("accept-language", ""),
            chosen=user.language if user else "",
            usual=request.app.state.pipeline.settings.cockpit.language,
            zone=user.zone if user else "",
        )
        if user is not None:  # before the login is looked at, it may yet be somebody else
            request.state.reader = known
    return known


def reader_for(accepted: str, *, chosen: str = "", usual: str = "", zone: str = "") -> Reader:
    """The reader whose browser sends `accepted` as Accept-Language."""
    asked = list(_asked(accepted))
    language = chosen if chosen in LANGUAGES else ""
    if not language:
        own = (one.language for one in asked if one.language in LANGUAGES)
        language = next(own, usual or ENGLISH)
    locale = next((str(one) for one in asked if one.language == language), language)
    return Reader(language, locale, zone)


def _asked(accepted: str) -> Iterator[Locale]:
    """The locales of the header, the dearest first; what cannot be read is left out."""
    weighed = []
    for part in accepted.split(",")[:MOST_ASKED]:
        tag, _, weight = part.partition(";")
        said = weight.strip().removeprefix("q=")
        if not _TAG.fullmatch(tag.strip()):
            continue
        try:
            weighed.append((float(said or 1), Locale.parse(tag.strip(), sep="-")))
        except (ValueError, TypeError, UnknownLocaleError):
            continue
    ranked = sorted(weighed, key=lambda one: -one[0])
    return (locale for weight, locale in ranked if weight > 0)

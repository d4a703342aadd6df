"""Shapes: things that a post names by a number, known by how they are written.

Flights, orders, money, how long, dates, versions, error codes. A pattern only runs where the post
has a word or a sign that it needs, and repeats nothing without a bound, so it is linear.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mentions.mention import Entity

# The larger airlines' IATA codes: with one of these a number needs no 'flight' before it.
_AIRLINES_LISTED = """
    UA AA DL WN US B6 AS NK F9 AC WS BA LH AF KL IB U2 FR VY TP AZ LX OS SK AY EI VS TK EK QR EY SV
    SQ CX QF NZ JL NH KE OZ CA MU CZ AI 6E LA G3 AD AV CM AM ET SA MS RJ LO OK SN EW W6
    """
_AIRLINES = frozenset(_AIRLINES_LISTED.split())
_NUMBER_WORD = r"(?: (?i:number|no|nr|nummer|id|code|ref|número|numero|numéro))?"
_FLIGHT_WORDS = "flight flights flt flug vuelo vol volo voo"
_FLIGHT = re.compile(
    rf"\b(?i:{_FLIGHT_WORDS.replace(' ', '|')}){_NUMBER_WORD}[ .#:]{{1,3}}"
    r"([A-Za-z][A-Za-z0-9]? ?\d{1,4}|\d[A-Za-z] ?\d{2,4}|\d{2,4})\b(?![:.]\d)"
)
_ORDER_WORDS = (
    "order booking confirmation reference ref ticket case invoice tracking reservation pnr"
    " bestellung bestellnummer auftrag auftragsnummer sendungsnummer buchung buchungsnummer"
    " vorgangsnummer pedido reserva commande réservation dossier ordine prenotazione encomenda"
    " protocolo rastreio"
)
_ORDER = re.compile(
    rf"\b(?i:{_ORDER_WORDS.replace(' ', '|')}){_NUMBER_WORD}(?: (?i:is|ist|es|est|è|é))?"
    r"[ .#:№-]{1,4}([A-Z0-9][A-Z0-9-]{3,23}[A-Z0-9])\b"
)
_AMOUNT = r"\d{1,9}(?:[.,]\d{1,3}){0,4}"
_MONEY_WORDS = (
    "euro euros eur dollar dollars usd bucks pounds gbp quid reais real pesos rupees rupee rs inr"
    " francs chf cents cent mxn brl aud cad"
)
_MONEY_SIGNS = "$€£₹¥"
_SIGNS = frozenset(_MONEY_SIGNS)
_MONEY = re.compile(
    rf"(?<!\w)(?:R\$|US\$|[{_MONEY_SIGNS}]|(?:USD|EUR|GBP|CHF|AUD|CAD|INR|Rs\.?)(?= ?\d))"
    rf" ?{_AMOUNT}"
    r"(?: ?(?:k|m|bn|million|billion))?(?!\w)"
    rf"|(?<![\w.,]){_AMOUNT} ?(?:[€£₹$](?!\d)|(?i:{_MONEY_WORDS.replace(' ', '|')})\b)"
)
_TIME_WORDS = (
    "hour hours hr hrs minute minutes min mins day days week weeks month months year years"
    " stunde stunden minuten tag tage tagen woche wochen monat monate monaten jahr jahre jahren"
    " hora horas minuto minutos día días dia dias semana semanas mes meses mês año años ano anos"
    " heure heures jour jours semaine semaines mois an ans"
    " ora ore minuti giorno giorni settimana settimane mese mesi anno anni"
)
_NUMBERS_SAID = (
    "two|three|four|five|six|seven|eight|nine|ten|zwei|drei|vier|fünf|dos|tres|deux|trois|due|tre"
    "|dois|três"
)
_LATE = r"(?: (?:late|delay|delayed|Verspätung|zu spät|de retraso|de retard|di ritardo|de atraso))?"
_DURATION = re.compile(
    rf"(?<![\w.,:$€£])(?:\d{{1,4}}(?:[.,]\d)?(?: ?[-–] ?\d{{1,3}})?\+?|(?i:{_NUMBERS_SAID}))[ -]?"
    rf"(?:(?i:{_TIME_WORDS.replace(' ', '|')})|h(?: ?\d{{1,2}} ?m(?:in)?)?)\b{_LATE}"
)
_MONTHS = (
    "jan january januar january feb february februar mar march märz apr april may mai jun june juni"
    " jul july juli aug august sep sept september"
    " oct october oktober nov november dec december dezember"
    " enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
    " janvier février mars avril juin juillet août septembre octobre novembre décembre"
    " gennaio febbraio aprile maggio giugno luglio settembre ottobre novembre dicembre"
    " janeiro fevereiro março maio junho julho setembro outubro novembro dezembro"
)
_MONTH = "|".join(dict.fromkeys(_MONTHS.split()))
# It looks back from its first digit, so that `re` skips to the next digit.
_DAY_FIRST = (
    rf"\d(?<![\w.,].)\d?(?:st|nd|rd|th|\.|º)? (?:de |of )?(?i:{_MONTH})\b"
    r"(?:,? (?:de )?(?:19|20)\d\d\b)?"
)
_DAY_AND_MONTH = re.compile(
    rf"{_DAY_FIRST}|\b(?i:{_MONTH}) \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? (?:19|20)\d\d\b)?"
)
_DAY_THEN_MONTH = re.compile(_DAY_FIRST)
"""The same where no month is followed by a number: no place but a digit can begin it."""
_VERSION_WORDS = "version versión versione versão v build firmware"
_SYSTEMS = "ios android ipados macos windows"
_VERSION = re.compile(
    rf"\b(?:(?i:{_VERSION_WORDS.replace(' ', '|')})[ .:]{{0,2}}(\d{{1,5}}(?:\.\d{{1,5}}){{0,3}})"
    rf"|((?i:{_SYSTEMS.replace(' ', '|')}) ?\d{{1,2}}(?:\.\d{{1,5}}){{0,3}}))(?![\w/])"
)
_ERROR_WORDS = "error fehler fehlercode fehlermeldung errore erro erreur err http"
_ERROR = re.compile(
    rf"\b(?i:{_ERROR_WORDS.replace(' ', '|')})(?: (?i:code|message|no|number|nr|código|codice|n°))?"
    r"[ :#=-]{1,3}((?:[A-Z]{1,6}[-_ ]?)?\d{2,6}|0x[0-9A-Fa-f]{2,8})\b"
)
_BARE = re.compile(
    r"\b(?:([A-Z][A-Z0-9]\d{2,4}|\d[A-Z]\d{2,4})|([vV]\d{1,3}(?:\.\d{1,5}){1,3})"
    r"|(0x[0-9A-Fa-f]{6,8}|ERR_[A-Z_]{3,40})|(\d{1,3}(?:h|hrs?|mins?)(?: ?\d{1,2} ?m(?:in)?)?)"
    r"|((\d{1,4})([./-])(\d{1,2})\7(\d{1,4})(?:\.\d{1,6})?))(?![\w/-]|[.,]\d)"
)
"""What needs no word before it: flight, version, error, duration, date or version; in one pass."""
_MAY_BE_BARE = re.compile(r"[A-Z\dv](?:(?<=\d)[./hmxA-Z-]|(?<=\D)[\dR])")
"""Two neighbours of which each of these holds one; found at a fifth of the price."""
_BARE_LABELS = ("flight", "version", "error", "duration")
_DOTTED = 5
_DIGIT = re.compile(r"\d")


class _Shape(NamedTuple):
    label: str
    pattern: re.Pattern[str]
    words: frozenset[str]


_LED_BY_WORDS = (
    _Shape("flight", _FLIGHT, frozenset(_FLIGHT_WORDS.split())),
    _Shape("order", _ORDER, frozenset(_ORDER_WORDS.split())),
    _Shape("money", _MONEY, frozenset(_MONEY_WORDS.split())),
    _Shape("duration", _DURATION, frozenset(_TIME_WORDS.split())),
    _Shape("date", _DAY_AND_MONTH, frozenset(_MONTHS.split())),
    _Shape("version", _VERSION, frozenset(f"{_VERSION_WORDS} {_SYSTEMS}".split())),
    _Shape("error", _ERROR, frozenset(_ERROR_WORDS.split())),
)
_MONTH_WORDS = frozenset(_MONTHS.split())
_LEADING = frozenset().union(*(shape.words for shape in _LED_BY_WORDS))


def shaped(text: str, words: Sequence[str]) -> list[Entity]:
    """Every thing that `text` names by its shape; `words` are its case-folded words."""
    if not _DIGIT.search(text):
        return []
    found: list[Entity] = []
    leading = _LEADING.intersection(words)
    is_priced = "$" in text or not (text.isascii() or _SIGNS.isdisjoint(text))
    if leading or is_priced:
        for label, pattern, wanted in _LED_BY_WORDS:
            if not wanted.isdisjoint(leading) or (is_priced and label == "money"):
                is_day_first = label == "date" and not _has_month_first(words)
                found += _led(label, _DAY_THEN_MONTH if is_day_first else pattern, text)
    if not _MAY_BE_BARE.search(text):
        return found
    for match in _BARE.finditer(text):
        bare = _bare(match)
        if bare:
            found.append(_entity(match, 0, bare))
    return found


def _has_month_first(words: Sequence[str]) -> bool:
    return any(
        word in _MONTH_WORDS and then[:1].isdigit() for word, then in itertools.pairwise(words)
    )


def _led(label: str, pattern: re.Pattern[str], text: str) -> Iterator[Entity]:
    for match in pattern.finditer(text):
        if label != "order" or _is_order(match):
            yield _entity(match, match.lastindex or 0, label)


def _entity(match: re.Match[str], group: int, label: str) -> Entity:
    return Entity(text=match[group], label=label, start=match.start(group), end=match.end(group))


def _bare(match: re.Match[str]) -> str | None:
    kind = match.lastindex or 0
    if kind == 1 and match[1][:2] not in _AIRLINES:
        return None
    if kind != _DOTTED:
        return _BARE_LABELS[kind - 1]
    is_cut = match.string[match.start() - 1 : match.start()] in (".", ",", "/", "-")
    return None if is_cut else _dotted(match)


def _is_order(match: re.Match[str]) -> bool:
    return any(char.isdigit() for char in match[1])


def _dotted(match: re.Match[str]) -> str | None:
    """A date where day, month and year fit in some order; else dots make a version."""
    first, sign, middle, last = int(match[6]), match[7], int(match[8]), match[9]
    is_year_last = (
        len(last) in (2, 4) and 1 <= first <= 31 and 1 <= middle <= 31 and min(first, middle) <= 12
    )
    is_year_first = len(match[6]) == 4 and 1 <= middle <= 12 and 1 <= int(last) <= 31
    # 2.0.15 is a version: nobody writes a month or day 0, and few a year of two digits after dots.
    if is_year_first or (
        is_year_last and (sign != "." or len(last) == 4 or (len(match[6]) == len(match[8]) == 2))
    ):
        return "date"
    return "version" if sign == "." else None

"""Where a text gives away how to reach, pay as or be somebody.

Only the kinds are told, never the values: a reason is shown and stored. What has check digits is
checked; what has none counts only in its usual shape, mostly behind a word that announces it.
Addresses of machines (IPv4) are left out: nearly all of them in posts are versions and servers.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from mentions.mention import Entity
from nlp.check_digits import is_aadhaar, is_card, is_cpf, is_dni, is_iban

_MAIL_HOST = re.compile(r"@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}")
_MAIL_LOCAL = 64
_DIGITS = re.compile(r"(?<![\w.,@#/=-])\+?\(?\d[\d ().\-/]{6,30}\d(?![\w])")
_LONG_ENOUGH = re.compile(r"\d(?:[ ().\-/]{0,2}[\dA-Z]){6}")
"""Seven digits or capitals in a row, nearly: fewer are no number that anybody is found by."""
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5}")
"""In one piece or in the groups that are embossed: two dates have as many digits as a card."""
_DATE = re.compile(r"(?:19|20)\d\d[-/. ]\d\d?[-/. ]\d\d?|\d\d?[-/. ]\d\d?[-/. ](?:19|20)\d\d")
_CALL = re.compile(
    r"\b(?:call|text|phone|ring|reach|whatsapp|cell|mobile|tel|telefon|handy|nummer|anrufen|llamar"
    r"|teléfono|telefono|appeler|téléphone|chiamare|cellulare|ligar|celular|número|numero|number)\b",
    re.IGNORECASE,
)
_ABOUT_ORDER = re.compile(
    r"\b(?:order|res|reservation|pnr|ticket|case|reference|ref|booking|invoice|tracking|confirmation|flight|bestell\w*|auftrag\w*"
    r"|pedido|commande|ordine|protocolo)\b",
    re.IGNORECASE,
)
_FREE = re.compile(r"(?:\+?1[ .-]?)?\(?8(?:00|33|44|55|66|77|88)\)?\b|0800|0808|0845")
_SHAPED = re.compile(r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}|0\d{2,4}[ /-]?\d{5,8}|0\d(?:[ .]\d\d){4}")

_SSN = re.compile(r"(?<![\w.-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
_SSN_WORD = re.compile(r"\b(?:ssn|social security|social)\b", re.IGNORECASE)
_DNI = re.compile(r"\b(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]\b")
_CPF = re.compile(r"(?<![\w.-])\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)|(?i:\bcpf)\D{1,6}(\d{11})(?!\d)")
_NINO = re.compile(
    r"\b(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]( ?)\d\d\1\d\d\1\d\d\1[A-D]\b"
)
_AADHAAR = re.compile(
    r"(?<![\w.-])[2-9]\d{3} \d{4} \d{4}(?![ -]?\d)|(?i:\baadhaar)\D{1,20}([2-9]\d{11})(?!\d)"
)
_BEFORE, _RIGHT_BEFORE = 40, 16
"""Characters in which a word announces a number: from afar, and with nothing but a word between."""


class Place(NamedTuple):
    """Where a text gives something away: characters from `start` to `end`."""

    kind: str
    start: int
    end: int


def kinds_of_personal_data(text: str) -> list[str]:
    """'mail', 'iban', 'card', 'national id' and 'phone', as far as the text holds them."""
    return list(dict.fromkeys(place.kind for place in _places(text)))


def places_of_personal_data(text: str) -> list[Place]:
    """Every place that `kinds_of_personal_data` tells the kind of, in order."""
    return sorted(_places(text), key=lambda place: (place.start, place.end))


def _places(text: str) -> Iterator[Place]:
    if "@" in text:
        yield from _mails(text)
    if not _LONG_ENOUGH.search(text):
        return
    for match in _IBAN.finditer(text):
        if is_iban(match.group().replace(" ", "")):
            yield Place("iban", *match.span())
    # A mistyped account number is no card, whatever its digits add up to.
    rest = _IBAN.sub(_blank, text)
    ids = list(_national_ids(rest))
    if ids:
        yield from ids
        rest = _without_national_ids(rest)
    yield from _numbers(rest)


def _blank(match: re.Match[str]) -> str:
    """As long as what was there, so that all the rest stays in its place."""
    return "\x00" * len(match.group())


def _mails(text: str) -> Iterator[Place]:
    """Looked for at each '@' with a name before it: a handle has none, nor has '@a@b.example'."""
    at = text.find("@", 1)
    while at > 0:
        if _is_local(text[at - 1]) and (host := _MAIL_HOST.match(text, at)):
            start = at - 1
            while start > max(0, at - _MAIL_LOCAL) and _is_local(text[start - 1]):
                start -= 1
            if start == 0 or not (text[start - 1] == "@" or _is_local(text[start - 1])):
                yield Place("mail", start, host.end())
        at = text.find("@", at + 1)


def _is_local(char: str) -> bool:
    return char.isalnum() or char in "_.+-"


def _numbers(text: str) -> Iterator[Place]:
    for match in _DIGITS.finditer(text):
        said = match.group()
        digits = re.sub(r"\D", "", said)
        if _CARD.fullmatch(said) and is_card(digits):
            yield Place("card", *match.span())
        elif _is_phone(said, digits, text[max(0, match.start() - _BEFORE) : match.start()]):
            yield Place("phone", *match.span())


def _is_phone(said: str, digits: str, before: str) -> bool:
    """International, in a national shape, or after a word such as 'call'; no free service line."""
    if not 7 <= len(digits) <= 15 or _DATE.fullmatch(said) or _FREE.match(said):
        return False
    if said.startswith("+"):
        return len(digits) >= 9
    if _ABOUT_ORDER.search(before[-_RIGHT_BEFORE:]):
        return False
    return len(digits) >= 9 if _SHAPED.fullmatch(said) else bool(_CALL.search(before))


def _national_ids(text: str) -> Iterator[Place]:
    found = chain(
        _NINO.finditer(text),
        (match for match in _DNI.finditer(text) if is_dni(match.group())),
        (match for match in _CPF.finditer(text) if is_cpf(match[1] or match.group())),
        (match for match in _AADHAAR.finditer(text) if is_aadhaar(match[1] or match.group())),
        (match for match in _SSN.finditer(text) if _is_ssn(match, text)),
    )
    return (Place("national id", *match.span()) for match in found)


def _is_ssn(match: re.Match[str], text: str) -> bool:
    before = text[max(0, match.start() - _BEFORE) : match.start()]
    return match[1] == "-" or _SSN_WORD.search(before) is not None


def _without_national_ids(text: str) -> str:
    for pattern in (_NINO, _DNI, _CPF, _AADHAAR, _SSN):
        text = pattern.sub(_blank, text)
    return text


def with_orders(kinds: Sequence[str], entities: Sequence[Entity]) -> list[str]:
    """The kinds, and 'order' where a post names one: with a name it opens a booking."""
    return [*kinds, *(["order"] if any(entity.label == "order" for entity in entities) else [])]

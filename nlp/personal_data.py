"""Personal data: whether a post gives away a mail address, a phone, a card or an account.

Only the kinds are told, never the values: a reason is shown and stored.
"""

import re
from collections.abc import Iterator

from spacy.language import Language
from spacy.tokens import Doc

_MAIL = re.compile(r"(?<![\w.+@-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}")
_DIGITS = re.compile(r"(?<![\w.,@#/=-])\+?\(?\d[\d ().\-/]{6,30}\d(?![\w])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_DATE = re.compile(r"(?:19|20)\d\d[-/. ]\d\d?[-/. ]\d\d?|\d\d?[-/. ]\d\d?[-/. ](?:19|20)\d\d")
_CALL = re.compile(
    r"\b(?:call|text|phone|ring|reach|whatsapp|cell|mobile|tel|telefon|handy|nummer|anrufen|llamar"
    r"|teléfono|telefono|appeler|téléphone|chiamare|cellulare|ligar|celular|número|numero|number)\b",
    re.IGNORECASE,
)
_FREE = re.compile(r"(?:\+?1[ .-]?)?\(?8(?:00|33|44|55|66|77|88)\)?\b|0800|0808|0845")
_SHAPED = re.compile(r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}|0\d{2,4}[ /-]?\d{5,8}|0\d(?:[ .]\d\d){4}")


def kinds_of_personal_data(text: str) -> list[str]:
    """'mail', 'phone', 'card' and 'iban', as far as the text holds them."""
    return list(dict.fromkeys(_kinds(text)))


def _kinds(text: str) -> Iterator[str]:
    if "@" in text and _MAIL.search(text):
        yield "mail"
    if any(map(_is_iban, _IBAN.findall(text))):
        yield "iban"
    # A mistyped account number is no card, whatever its digits add up to.
    for match in _DIGITS.finditer(_IBAN.sub(" ", text)):
        said = match.group()
        digits = re.sub(r"\D", "", said)
        if is_card(digits):
            yield "card"
        elif _is_phone(said, digits, match.string[max(0, match.start() - 40) : match.start()]):
            yield "phone"


def is_card(digits: str) -> bool:
    """13 to 19 digits whose last is their Luhn check digit (ISO/IEC 7812-1)."""
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _is_iban(said: str) -> bool:
    return is_iban(said.replace(" ", ""))


def is_iban(compact: str) -> bool:
    """15 to 34 characters whose check digits are right (ISO 13616, modulo 97)."""
    if not 15 <= len(compact) <= 34:
        return False
    turned = compact[4:] + compact[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def _is_phone(said: str, digits: str, before: str) -> bool:
    """International, in a national shape, or after a word such as 'call'; no free service line."""
    if not 7 <= len(digits) <= 15 or _DATE.fullmatch(said) or _FREE.match(said):
        return False
    if said.startswith("+") or _SHAPED.fullmatch(said):
        return len(digits) >= 9
    return bool(_CALL.search(before))


class PersonalDataComponent:
    """Marks documents that give personal data away."""

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.contains_personal_data`."""
        kinds = kinds_of_personal_data(doc._.raw)
        doc._.contains_personal_data = bool(kinds)
        if kinds:
            doc._.reasons["contains_personal_data"] = ", ".join(kinds)
        return doc


Doc.set_extension("contains_personal_data", default=False, force=True)


@Language.factory("personal_data", assigns=["doc._.contains_personal_data"])
def make_personal_data(nlp: Language, name: str) -> PersonalDataComponent:  # noqa: ARG001  spaCy's factory signature
    """Personal data by shape and check digit."""
    return PersonalDataComponent()

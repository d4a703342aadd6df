"""Entities: flight numbers and order numbers, by their shape and the word before them.

A spaCy NER model, where one is installed, takes over with issue 5.
"""

import re
from collections.abc import Iterator

from spacy.language import Language
from spacy.tokens import Doc

from mentions.mention import Entity

MAX_ENTITIES = 20

# The larger airlines' IATA codes: with one of these a number needs no 'flight' before it.
_AIRLINES = (
    "UA|AA|DL|WN|US|B6|AS|NK|F9|AC|WS|BA|LH|AF|KL|IB|U2|FR|VY|TP|AZ|LX|OS|SK|AY|EI|VS|TK|EK|QR|EY|SV"
    "|SQ|CX|QF|NZ|JL|NH|KE|OZ|CA|MU|CZ|AI|6E|LA|G3|AD|AV|CM|AM|ET|SA|MS|RJ|LO|OK|SN|EW|W6"
)
_DIGIT = re.compile(r"\d")
_NUMBER_WORD = r"(?: (?i:number|no|nr|nummer|id|code|ref|número|numero|numéro))?"
_FLIGHT = re.compile(
    rf"\b(?i:flight|flights|flt|flug|vuelo|vol|volo|voo){_NUMBER_WORD}[ .#:]{{1,3}}"
    r"([A-Za-z][A-Za-z0-9]? ?\d{1,4}|\d[A-Za-z] ?\d{2,4}|\d{2,4})\b(?![:.]\d)"
    rf"|\b((?:{_AIRLINES})\d{{2,4}})\b"
)
_ORDER = re.compile(
    r"\b(?i:order|booking|confirmation|reference|ref|ticket|case|invoice|tracking|reservation"
    r"|bestellung|bestellnummer|auftrag|buchung|pedido|reserva|commande|réservation|ordine"
    rf"|prenotazione|encomenda|protocolo){_NUMBER_WORD}(?: (?i:is|ist|es|est|è|é))?"
    r"[ .#:№-]{1,4}([A-Z0-9][A-Z0-9-]{3,23}[A-Z0-9])\b"
)


def entities(text: str) -> tuple[Entity, ...]:
    """The flights and orders a text names, in order, at most twenty."""
    if not _DIGIT.search(text):
        return ()
    found = sorted(_found(text), key=lambda entity: (entity.start, -entity.end))
    kept: list[Entity] = []
    for entity in found:
        if not kept or entity.start >= kept[-1].end:
            kept.append(entity)
    return tuple(kept[:MAX_ENTITIES])


def _found(text: str) -> Iterator[Entity]:
    for match in _FLIGHT.finditer(text):
        group = 1 if match[1] else 2
        yield Entity(
            text=match[group], label="flight", start=match.start(group), end=match.end(group)
        )
    for match in _ORDER.finditer(text):
        if any(char.isdigit() for char in match[1]):
            yield Entity(text=match[1], label="order", start=match.start(1), end=match.end(1))


class EntityComponent:
    """Finds the flights and orders that each document names."""

    def __call__(self, doc: Doc) -> Doc:
        """Assign `doc._.entities`; places are in the mention's text."""
        found = entities(doc._.mention.text)
        doc._.entities = found
        if found:
            said = (f"{entity.label} by its number" for entity in found)
            doc._.reasons["entities"] = ", ".join(dict.fromkeys(said))
        return doc


Doc.set_extension("entities", default=(), force=True)


@Language.factory("entities", assigns=["doc._.entities"])
def make_entities(nlp: Language, name: str) -> EntityComponent:  # noqa: ARG001  spaCy's factory signature
    """Flight and order numbers by pattern."""
    return EntityComponent()

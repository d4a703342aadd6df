"""Names: places of a list, and products as a brand's name with the model behind it."""

import re
from collections.abc import Iterator, Mapping, Sequence

from mentions.mention import BrandMatch, Entity
from nlp.cues import Hit

CODE_LETTERS = 3
"""Airport codes, 'USA': known by their capitals."""
_GRADE = "Pro|Max|Plus|Ultra|Mini|Lite|Fold|Flip|SE|XL"
_MODEL = re.compile(
    rf"[ -](?:[A-Z]{{0,3}}\d{{1,4}}[A-Za-z]{{0,3}}|[A-Z]\d{{0,3}}|{_GRADE}|Air|Note|OS|One|Go|Neo)"
    rf"(?:[ -](?:\d{{1,4}}[A-Za-z]{{0,2}}|{_GRADE}|5G)){{0,3}}(?![\w'-])"
)
_FLIGHT_LIKE = re.compile(r"[ -](?:[A-Z]{2})?\d{3,4}\b")
"""'Nimbus Air 1234' is a flight or an order, no product."""


def places(text: str, found: Mapping[str, Sequence[Hit]]) -> Iterator[Entity]:
    """The places of the list that `text` names, where they are written as names are."""
    lowered = text.lower()
    if len(lowered) != len(text):  # 'İ' is two characters in lower case, and no place could be told
        return
    for hits in found.values():
        for said in dict.fromkeys(hit.said for hit in hits):
            yield from _written(said, text, lowered)


def _written(said: str, text: str, lowered: str) -> Iterator[Entity]:
    start = lowered.find(said)
    end = start + len(said)
    if start < 0 or lowered[start - 1 : start].isalnum() or lowered[end : end + 1].isalnum():
        return
    name = text[start:end]
    is_name = name.isupper() if len(said) <= CODE_LETTERS else name[0].isupper()
    if is_name:
        yield Entity(text=name, label="place", start=start, end=end)


def products(text: str, brands: Sequence[BrandMatch]) -> Iterator[Entity]:
    """A brand's name and the model right behind it: 'Pello 7 Pro'."""
    for brand in brands:
        for start, end in brand.spans:
            model = _MODEL.match(text, end)
            if model and text[start].isalpha() and not _FLIGHT_LIKE.match(text, end):
                yield Entity(
                    text=text[start : model.end()], label="product", start=start, end=model.end()
                )

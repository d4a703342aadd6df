"""What a store keeps of a mention, derived from `mentions.fields` once for both stores.

Times are whole microseconds since 1970, so that ranges agree to the last digit in both.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from mentions.errors import BadPost, StoreError
from mentions.facets import FACETS, author_key
from mentions.fields import FIELDS, TEXT_FIELDS, FieldType, text_rows
from mentions.mention import Mention, said_validation
from mentions.query.sql import column
from mentions.query.values import MAX_KEYWORD_CHARACTERS, micros, stored_keyword

TEXT_COLUMNS = TEXT_FIELDS
"""What is indexed as words, in the order of the columns of `mention_words`."""

Stored = str | float | int | bool


class Document(NamedTuple):
    """A mention as stores index it.

    `texts` holds tokens with a space between; an empty text is left out. `values` and `facets`
    hold a field's values without repetition; `values` are keyed by column name.
    """

    mention_id: str
    author_key: str
    engagement: float
    texts: Mapping[str, str]
    values: Mapping[str, tuple[Stored, ...]]
    facets: Mapping[str, tuple[str, ...]]
    body: str


def document(mention: Mention) -> Document:
    """Everything a store writes for a mention. Raises BadPost if no store can hold it."""
    try:
        return Document(
            mention_id=mention.id,
            author_key=author_key(mention)[:MAX_KEYWORD_CHARACTERS],
            engagement=_number("engagement", mention.engagement.total),
            texts=text_rows(mention),
            values=_values(mention),
            facets={name: _shown(name, read(mention)) for name, read in FACETS.items()},
            body=mention.model_dump_json(exclude_defaults=True),
        )
    except PydanticSerializationError as error:
        raise BadPost("holds half a surrogate pair, which no store can write") from error


def mention_of(body: str, mention_id: str) -> Mention:
    """The mention that `Document.body` was written from."""
    try:
        return Mention.model_validate_json(body)
    except ValidationError as error:
        raise StoreError(
            f"the store's record of {mention_id!r} cannot be read ({said_validation(error)}); "
            "delete it and process its batch again"
        ) from error


def _values(mention: Mention) -> dict[str, tuple[Stored, ...]]:
    """The values of every field by column. Most have one or none, and all are read every time."""
    values: dict[str, tuple[Stored, ...]] = {}
    for _, name, read in _FLAGS:
        values[name] = tuple(read(mention))
    for _, name, read in _MOMENTS:
        values[name] = tuple([micros(moment) for moment in read(mention)])
    for field, name, read in _NUMBERS:
        values[name] = tuple([_number(field, number) for number in read(mention)])
    for field, name, read in _KEYWORDS:
        found = read(mention)
        if len(found) > 1:
            values[name] = tuple(dict.fromkeys([stored_keyword(field, value) for value in found]))
        else:
            values[name] = (stored_keyword(field, found[0]),) if found else ()
    return values


def _shown(field: str, values: Sequence[str]) -> tuple[str, ...]:
    """The first spelling of each value, as one value has several where only case differs."""
    if len(values) == 1:
        return (values[0][:MAX_KEYWORD_CHARACTERS],)
    spelled: dict[str, str] = {}
    for value in values:
        spelled.setdefault(stored_keyword(field, value), value[:MAX_KEYWORD_CHARACTERS])
    return tuple(spelled.values())


def _number(name: str, value: float) -> float:
    try:
        number = float(value)
    except OverflowError as error:
        raise BadPost(f"{name} is too large a number") from error
    if not math.isfinite(number):
        raise BadPost(f"{name} is {number}, which is no number to compare with")
    return number


def _of_type(type_: FieldType) -> tuple[tuple[str, str, Callable[[Mention], Any]], ...]:
    """Field, column and how it is read, of each field of a type."""
    fields = [field for field in FIELDS.values() if field.type == type_]
    return tuple((field.name, column(field.name), field.read) for field in fields)


_KEYWORDS, _NUMBERS = _of_type("keyword"), _of_type("number")
_MOMENTS, _FLAGS = _of_type("date"), _of_type("flag")

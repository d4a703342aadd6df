"""What a store keeps of a mention, derived from `mentions.fields` once for both stores.

Times are whole microseconds since 1970, so that ranges agree to the last digit in both.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from mentions.errors import BadPost, StoreError
from mentions.facets import FACETS, author_key, engagement
from mentions.fields import FIELDS, TEXT_FIELDS, FieldValue, QueryField, text_words
from mentions.mention import Mention, said_validation
from mentions.query.sql import column
from mentions.query.values import micros, stored_keyword

MAX_KEYWORD_CHARACTERS = 8_000
"""Lucene refuses a term over 32,766 bytes, and a character takes up to four of them."""
TEXT_COLUMNS = TEXT_FIELDS
"""What is indexed as words, in the order of the columns of `mention_words`."""

Stored = str | float | int | bool


@dataclass(frozen=True, slots=True)
class Document:
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


def keyword(field: str, value: str) -> str:
    """A keyword as queries compare it, cut where an index would refuse it."""
    return stored_keyword(field, value)[:MAX_KEYWORD_CHARACTERS]


def document(mention: Mention) -> Document:
    """Everything a store writes for a mention. Raises BadPost if no store can hold it."""
    try:
        return Document(
            mention_id=mention.id,
            author_key=author_key(mention)[:MAX_KEYWORD_CHARACTERS],
            engagement=_number("engagement", engagement(mention)),
            texts=_texts(mention),
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


def _texts(mention: Mention) -> dict[str, str]:
    texts = {name: " ".join(text_words(name, mention)) for name in TEXT_COLUMNS}
    return {name: text for name, text in texts.items() if text}


def _values(mention: Mention) -> dict[str, tuple[Stored, ...]]:
    values: dict[str, tuple[Stored, ...]] = {}
    for name, read, stored in _COLUMNS:
        # Most fields hold one value or none: this runs for every field of every mention.
        match found := tuple(read(mention)):
            case ():
                values[name] = ()
            case (value,):
                values[name] = (stored(value),)
            case _:
                values[name] = tuple(dict.fromkeys(map(stored, found)))
    return values


def _shown(field: str, values: Iterable[str]) -> tuple[str, ...]:
    """The first spelling of each value, as one value has several where only case differs."""
    shown = tuple([value[:MAX_KEYWORD_CHARACTERS] for value in values])
    if len(shown) < 2:
        return shown
    spelled: dict[str, str] = {}
    for value in shown:
        spelled.setdefault(keyword(field, value), value)
    return tuple(spelled.values())


def _stored_by(field: QueryField) -> Callable[[FieldValue], Stored]:
    """How a value of this field is stored; the registry says which type it has."""
    match field.type:
        case "number":
            return partial(_number, field.name)
        case "date":
            return partial(_date, field.name)
        case "flag":
            return bool
    return lambda value: keyword(field.name, str(value))


def _number(name: str, value: FieldValue) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]  # the registry says it is a number
    except OverflowError as error:
        raise BadPost(f"{name} is too large a number") from error
    if not math.isfinite(number):
        raise BadPost(f"{name} is {number}, which is no number to compare with")
    return number


def _date(name: str, value: FieldValue) -> int:
    if not isinstance(value, datetime):
        raise BadPost(f"{name} is no time")
    return micros(value)


_COLUMNS = tuple(
    (column(field.name), field.read, _stored_by(field))
    for field in FIELDS.values()
    if field.type != "text"
)

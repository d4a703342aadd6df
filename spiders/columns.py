"""Columns: which column of somebody's file is which field of a mention."""

import codecs
from pathlib import Path
from typing import Any, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from mentions.errors import SettingsError
from mentions.mention import Kind, said_validation

_SETTINGS = frozenset({"published_format", "timezone", "encoding", "delimiter", "constant", "id"})
_CONSTANT = frozenset({"platform", "kind", "lang"})


class Columns(BaseModel):
    """A column map. Every field names a column, but for those that say how to read the file.

    `id` may name several columns, which together tell posts apart. `published_format` is a
    strptime format (without it ISO 8601, RFC 2822 and epoch seconds are read), `timezone` the
    zone of times that name none, `encoding` what the text is written in where it is not UTF-8,
    `constant` the platform, kind or lang of every row.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str | tuple[str, ...] = Field(min_length=1)
    text: str
    published: str
    title: str | None = None
    author: str | None = None
    author_id: str | None = None
    author_name: str | None = None
    followers: str | None = None
    url: str | None = None
    edited: str | None = None
    platform: str | None = None
    kind: str | None = None
    lang: str | None = None
    rating: str | None = None
    likes: str | None = None
    shares: str | None = None
    replies: str | None = None
    reply_to: str | None = None
    thread: str | None = None

    published_format: str | None = None
    timezone: str | None = None
    encoding: str | None = None
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    constant: dict[str, str] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        """The columns that make up the id."""
        return (self.id,) if isinstance(self.id, str) else self.id

    @property
    def needed(self) -> tuple[str, ...]:
        """Every column that the file must have, in the order of the fields."""
        named = [getattr(self, name) for name in type(self).model_fields if name not in _SETTINGS]
        return tuple(dict.fromkeys((*self.ids, *filter(None, named))))

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, name: str | None) -> str | None:
        try:
            return name and ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(
                f"{name!r} is no time zone; write for example Europe/Berlin"
            ) from error

    @field_validator("encoding")
    @classmethod
    def _is_encoding(cls, name: str | None) -> str | None:
        try:
            return name and codecs.lookup(name).name
        except LookupError as error:
            raise ValueError(f"{name!r} is no encoding; write for example cp1252") from error

    @model_validator(mode="after")
    def _constants_fit(self) -> Self:
        for name, value in self.constant.items():
            if name not in _CONSTANT:
                raise ValueError(f"constant: {name!r} cannot be constant; {sorted(_CONSTANT)} can")
            if name == "kind" and value not in get_args(Kind):
                raise ValueError(f"constant: kind {value!r} is none of {', '.join(get_args(Kind))}")
        return self


def read_columns(path: Path) -> Columns:
    """The column map in a YAML file. Raises SettingsError with the place and what was expected."""
    try:
        record: Any = yaml.safe_load(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: cannot be read as a column map: {error}") from error
    try:
        return Columns.model_validate(record)
    except ValidationError as error:
        raise SettingsError(f"{path}: {said_validation(error)}") from error

"""What the settings say of where customers are looked up."""

from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from cases.customers.port import MAX_FIELDS, MAX_LABEL_CHARACTERS
from mentions.times import parse_duration

Label = Annotated[str, Field(min_length=1, max_length=MAX_LABEL_CHARACTERS)]


def _quoted(said: object) -> object:
    if isinstance(said, bool):
        raise ValueError("is yes or no to YAML; write the column in quotes, such as 'No'")  # noqa: TRY004  # what pydantic tells
    return said


Column = Annotated[str, BeforeValidator(_quoted), Field(min_length=1)]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Columns(_Said):
    """Which column holds what: `handles` by platform, `fields` by the label that is shown."""

    id: Column
    handles: Annotated[dict[str, Column], Field(min_length=1)]
    name: str = ""
    link: str = ""
    fields: Annotated[dict[Label, Column], Field(max_length=MAX_FIELDS)] = {}


class CsvSource(_Said):
    """A CSV file; `encoding` is what Python calls it."""

    kind: Literal["csv"]
    file: Annotated[str, Field(min_length=1)]
    columns: Columns
    encoding: str = "utf-8"

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, encoding: str) -> str:
        try:
            "".encode(encoding)
        except LookupError as error:
            raise ValueError("is no encoding; write utf-8, windows-1252 or utf-16") from error
        return encoding


def _duration(said: object) -> object:
    return parse_duration(said) if isinstance(said, str) else said


class HttpSource(_Said):
    """A service that is asked with GET; `{handle}` and `{platform}` stand in the query of its URL.

    The token that `token_env` names goes along. Answers are kept in memory for `cache`.
    """

    kind: Literal["http"]
    url: str = Field(max_length=2_000)
    token_env: str = Field("", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")
    timeout: Annotated[timedelta, BeforeValidator(_duration)] = Field(
        timedelta(seconds=2), ge=timedelta(milliseconds=100), le=timedelta(seconds=10)
    )
    cache: Annotated[timedelta, BeforeValidator(_duration)] = Field(
        timedelta(minutes=10), ge=timedelta(0), le=timedelta(days=1)
    )
    allow_private: bool = False

    @field_validator("url")
    @classmethod
    def _asks_for_a_handle(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            has_port = parts.port is None or parts.port > 0
        except ValueError as error:
            raise ValueError("is no address; write https://host/path?handle={handle}") from error
        if parts.scheme not in ("https", "http") or not parts.hostname or not has_port:
            raise ValueError("is no address; write https://host/path?handle={handle}")
        if parts.username is not None or parts.fragment:
            raise ValueError("must hold no password and no '#'; the token goes into token_env")
        if "{handle}" not in parts.query or "{" in url.partition("?")[0]:
            raise ValueError(
                "must have {handle} behind its '?' and no braces before, "
                "such as https://host/path?handle={handle}&platform={platform}"
            )
        return url

    @model_validator(mode="after")
    def _is_private_or_secret(self) -> "HttpSource":
        if self.url.lower().startswith("http:") and not self.allow_private:
            raise ValueError(
                "url must begin with https://, since handles and a token go there; "
                "allow_private: true allows http:// inside your own network"
            )
        return self


CustomerSource = Annotated[CsvSource | HttpSource, Field(discriminator="kind")]

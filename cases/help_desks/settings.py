"""What the settings say of help desks: one model a kind, secrets by the names of variables."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from cases.case import Priority
from mentions.times import parse_duration

NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
HERE = ("127.0.0.1", "::1", "localhost")


def _span(said: object) -> object:
    return parse_duration(said) if isinstance(said, str) else said


class _HelpDesk(BaseModel):
    """One help desk. `name` stands in audit trails and, for a webhook, in its address."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(min_length=1, max_length=60, pattern=NAME)
    address: str = Field(max_length=2000)
    every: Annotated[timedelta, BeforeValidator(_span)] = Field(
        timedelta(minutes=2), ge=timedelta(seconds=30), le=timedelta(days=1)
    )
    tags: tuple[Annotated[str, Field(pattern=r"^[\w:-]{1,80}$")], ...] = ("untagged",)

    @field_validator("address")
    @classmethod
    def _is_safe(cls, address: str) -> str:
        try:
            parts = urlsplit(address)
            host, plain = parts.hostname, parts.scheme == "http"
        except ValueError as error:
            raise ValueError(f"is no address: {error}") from error
        if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
            raise ValueError("is no address; write for example https://acme.zendesk.com")
        if plain and host not in HERE:
            raise ValueError("would send credentials where all can read them; write https://")
        if parts.query or parts.fragment:
            raise ValueError("has a ? or # in it; write the address alone")
        return address.rstrip("/")

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that hold its secrets."""
        raise NotImplementedError


class Zendesk(_HelpDesk):
    """Zendesk Support: tickets made by an agent's account with an API token."""

    kind: Literal["zendesk"]
    email: str = Field(pattern=r"^[^\s:@/]+@[^\s:@/]+$")
    token_env: str = Field(pattern=VARIABLE)
    group_id: int | None = Field(None, gt=0)
    brand_id: int | None = Field(None, gt=0)

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that hold its secrets."""
        return (self.token_env,)


class Salesforce(_HelpDesk):
    """Service Cloud: cases upserted by an external id field, by an app that acts as one user."""

    kind: Literal["salesforce"]
    client_id_env: str = Field(pattern=VARIABLE)
    client_secret_env: str = Field(pattern=VARIABLE)
    key_field: str = Field("Untagged_Key__c", pattern=r"^[A-Za-z]\w*__c$")
    answered_field: str = Field("", pattern=r"^([A-Za-z]\w*)?$")
    api_version: str = Field("62.0", pattern=r"^\d{2,3}\.0$")
    owner_id: str = Field("", pattern=r"^([A-Za-z0-9]{15}|[A-Za-z0-9]{18})?$")
    origin: str = Field("", max_length=40)
    pending: tuple[str, ...] = ("On Hold",)
    closed_status: str = "Closed"
    reopened_status: str = "Working"
    priorities: Mapping[Priority, str] = {
        "low": "Low",
        "medium": "Medium",
        "high": "High",
        "urgent": "High",
    }

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that hold its secrets."""
        return (self.client_id_env, self.client_secret_env)


class Jira(_HelpDesk):
    """Jira Cloud and Jira Service Management: issues made by an account with an API token."""

    kind: Literal["jira"]
    email: str = Field(pattern=r"^[^\s:@/]+@[^\s:@/]+$")
    token_env: str = Field(pattern=VARIABLE)
    project: str = Field(pattern=r"^[A-Z][A-Z0-9_]+$")
    issue_type: str = Field("Task", min_length=1, max_length=60)
    pending: tuple[str, ...] = ("Waiting for customer", "Pending")
    resolve_transition: str = ""
    reopen_transition: str = ""
    priorities: Mapping[Priority, str] = {}

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that hold its secrets."""
        return (self.token_env,)


class SignedWebhook(_HelpDesk):
    """Anything that takes a signed webhook, and may send signed messages back."""

    kind: Literal["webhook"]
    secret_env: str = Field(pattern=VARIABLE)

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that hold its secrets."""
        return (self.secret_env,)


HelpDesk = Annotated[Zendesk | Salesforce | Jira | SignedWebhook, Field(discriminator="kind")]


def unset_variables(desk: HelpDesk, environ: Mapping[str, str]) -> list[str]:
    """The variables that hold nothing."""
    return [name for name in desk.variables if not environ.get(name, "").strip()]

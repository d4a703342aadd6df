"""The settings of logging in: how long a session lasts, and who else may say who somebody is."""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from mentions.times import parse_duration
from untagged.accounts.roles import Role
from untagged.accounts.sessions import Lifetime

Network = IPv4Network | IPv6Network


def _duration(said: object) -> object:
    return parse_duration(said) if isinstance(said, str) else said


Duration = Annotated[timedelta, BeforeValidator(_duration)]


def is_within(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether an address lies in one of the networks; what is no address lies in none."""
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in networks)


class HeaderLogin(BaseModel):
    """A proxy that has checked who somebody is names the user in a header.

    Believed from the `trusted` networks alone: whoever else reaches the cockpit could write it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9-]{1,64}$")
    trusted: tuple[Network, ...] = (ip_network("127.0.0.1/32"),)


class OpenIdLogin(BaseModel):
    """A provider of OpenID Connect that says who somebody is and, by a claim, what they may.

    `roles`, `brands` and `teams` say what a value of the `claim` gives; of several roles the one
    that may most. Who gets no role is not let in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    client_id: str = Field(min_length=1)
    client_secret_env: str = ""
    label: str = Field("company login", min_length=1, max_length=100)
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: str = "preferred_username"
    claim: str = "groups"
    roles: dict[str, Role]
    brands: dict[str, tuple[str, ...]] = {}
    teams: dict[str, tuple[str, ...]] = {}

    @field_validator("issuer")
    @classmethod
    def _is_private(cls, issuer: str) -> str:
        # OpenID Connect Core, section 3.1.2.1: TLS; on this machine there is nobody on the way.
        if not issuer.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError(f"{issuer} is not https; what comes from it could be anybody's")
        return issuer


class LoginPolicy(BaseModel):
    """`idle` is how long a session lasts unused, `lifetime` how long at most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    idle: Duration = Field(timedelta(hours=2), ge=timedelta(minutes=5), le=timedelta(days=30))
    lifetime: Duration = Field(timedelta(hours=12), ge=timedelta(minutes=5), le=timedelta(days=90))
    header: HeaderLogin | None = None
    oidc: OpenIdLogin | None = None

    @model_validator(mode="after")
    def _ends(self) -> "LoginPolicy":
        if self.idle > self.lifetime:
            raise ValueError("a session cannot last longer unused than at all: idle > lifetime")
        return self

    @property
    def of_sessions(self) -> Lifetime:
        """Both ends of a session."""
        return Lifetime(self.idle, self.lifetime)

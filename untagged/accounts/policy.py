"""The settings of logging in: how long a session lasts, and who else may say who somebody is."""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mentions.times import parse_duration
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


class LoginPolicy(BaseModel):
    """`idle` is how long a session lasts unused, `lifetime` how long at most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    idle: Duration = Field(timedelta(hours=2), ge=timedelta(minutes=5), le=timedelta(days=30))
    lifetime: Duration = Field(timedelta(hours=12), ge=timedelta(minutes=5), le=timedelta(days=90))
    header: HeaderLogin | None = None

    @model_validator(mode="after")
    def _ends(self) -> "LoginPolicy":
        if self.idle > self.lifetime:
            raise ValueError("a session cannot last longer unused than at all: idle > lifetime")
        return self

    @property
    def of_sessions(self) -> Lifetime:
        """Both ends of a session."""
        return Lifetime(self.idle, self.lifetime)

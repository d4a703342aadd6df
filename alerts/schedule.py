"""Schedule: the settings of one on-call calendar. What it says is read in alerts.on_call."""

from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from alerts.hours import checked_zone
from alerts.rule import Duration, Name


class Schedule(BaseModel):
    """One on-call calendar: a file, or an address that is asked every `refresh`.

    `zone` is whose midnight whole-day events mean where the calendar does not say. An address
    often holds a secret, so it is never shown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Name
    calendar: str = Field(min_length=1, max_length=2_000, repr=False)
    zone: str = "UTC"
    refresh: Duration = Field(timedelta(minutes=15), ge=timedelta(minutes=1))

    @property
    def is_remote(self) -> bool:
        """Whether it is fetched, not read from this machine."""
        return "://" in self.calendar

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        return checked_zone(zone)

    @field_validator("calendar")
    @classmethod
    def _may_be_fetched(cls, calendar: str) -> str:
        if "://" in calendar and not may_be_fetched(calendar):
            raise ValueError(
                "must be a file, or an address that begins with https:// (http:// on this machine "
                "only); for webcal:// write https://"
            )
        return calendar


def may_be_fetched(address: str) -> bool:
    """Whether it is https, or http to this machine itself."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    return parts.scheme == "http" and is_loopback(host)


def is_loopback(host: str) -> bool:
    """Whether the host of an address is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""What the settings say of digests: which are sent when and to whom, and how."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from alerts.digests.digest import Kind
from alerts.digests.timing import TimingText
from alerts.hours import Zone
from alerts.rule import Name

MAX_ADDRESS = 254
"""RFC 5321, 4.5.3.1.3, without the angle brackets."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)")
MAIL_SCHEMES = ("mailto://", "mailtos://")
"""Of the addresses of channels that are mail servers."""
BY_MAIL = "digests by mail: "
"""How the outbox calls what carries whole digests through a channel's mail server."""
Empty = Literal["tell", "skip"]


def mail_address(said: str) -> str:
    """The mail address, as HTML has them. Raises ValueError."""
    if len(said) > MAX_ADDRESS or not _ADDRESS.fullmatch(said):
        raise ValueError(f"{said[:60]!r} is no mail address; write for example ada@acme.example")
    return said


def _recipient(said: str) -> str:
    return mail_address(said) if is_mail(said) else said


def is_mail(recipient: str) -> bool:
    """Whether it is a mail address and not the name of a channel."""
    return "@" in recipient


class DigestSchedule(BaseModel):
    """One digest that is made again and again: of what, when, and for whom.

    `to` are names of channels and mail addresses. Without a brand or team it is about all of them.
    An empty digest is told in one line, or skipped.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    kind: Kind
    brand: str = ""
    team: str = ""
    at: TimingText = "weekly monday 08:00"
    zone: Zone = "UTC"
    to: tuple[Annotated[str, AfterValidator(_recipient)], ...] = Field(min_length=1, max_length=200)
    empty: Empty = "tell"


class DigestDelivery(BaseModel):
    """How digests go out.

    `url` is where readers reach the cockpit; `mail` the channel (mailto://) whose server carries
    mail to people; `domains` those to which people may subscribe themselves.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field("", pattern=r"^(https?://[^\s]+)?$")
    mail: str = ""
    domains: tuple[str, ...] = ()
    keep_days: int = Field(400, ge=1, le=36_500)

    def has_domain_of(self, address: str) -> bool:
        """Whether people may subscribe to digests at that mail address."""
        domain = address.rpartition("@")[2].casefold()
        return domain in [one.casefold() for one in self.domains]

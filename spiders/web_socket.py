"""A WebSocket under the manners that every request of ours has.

Certificates are verified, addresses inside the network that we run in are refused, messages are
bounded, and a redirect leads to no other host. A proxy is not used.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from mentions.errors import SourceRefused, SourceUnavailable
from spiders.addresses import is_public
from spiders.mention_spider import error_said, status_error
from spiders.waiting import asked_seconds

MAX_MESSAGE_BYTES = 2 * 2**20
_PORTS = {"ws": 80, "wss": 443}


def socket_address(url: str) -> str:
    """The address, if it is a WebSocket's without credentials. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"{url!r} is no WebSocket address; write wss://…")
    if parts.username or parts.password:
        raise ValueError("holds a user name or password, which would be shown in logs; remove it")
    return url


@asynccontextmanager
async def opened(
    url: str,
    *,
    allow_private: bool,
    user_agent: str,
    timeout_seconds: float,
    now: datetime,
    named: Mapping[str, type[SourceRefused]] | None = None,
) -> AsyncIterator[ClientConnection]:
    """The connection, closed in the end.

    Raises SourceUnavailable where a later try may do better, SourceRefused where somebody must
    change something first; the server's own reason is in them. An error that the server calls
    by one of the `named` is raised as that type.
    """
    parts = urlsplit(url)
    host = parts.netloc
    port = parts.port or _PORTS[parts.scheme]
    address = await _resolved(parts.hostname or "", port, allow_private=allow_private)
    connecting = connect(
        url,
        # The address that was checked is the one connected to; the certificate is the name's.
        host=address,
        port=port,
        proxy=None,
        compression=None,
        max_size=MAX_MESSAGE_BYTES,
        open_timeout=timeout_seconds,
        close_timeout=2,
        user_agent_header=user_agent,
    )
    try:
        connection = await connecting
    except InvalidStatus as error:
        answer = error.response
        headers = {name.lower(): value for name, value in answer.headers.raw_items()}
        asked = asked_seconds(answer.status_code, headers, now=now)
        said = error_said(bytes(answer.body or b""))
        if kind := (named or {}).get(said.partition(":")[0]):
            raise kind(f"{host} refused: {said}") from error
        raise status_error(host, answer.status_code, asked, said=said) from error
    except TimeoutError as error:
        raise SourceUnavailable(f"{host} did not answer in time") from error
    except (OSError, WebSocketException) as error:
        raise SourceUnavailable(f"{host}: {type(error).__name__}: {error}") from error
    try:
        yield connection
    finally:
        await connection.close()


async def _resolved(host: str, port: int, *, allow_private: bool) -> str:
    """An address of the host. Raises SourceRefused where one lies inside our own network."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise SourceUnavailable(f"{host} has an address that cannot be found") from error
    addresses = [str(one[4][0]) for one in found]
    private = next((one for one in addresses if not is_public(one)), None)
    if private and not allow_private:
        raise SourceRefused(
            f"{host} is the private address {private}; set allow_private: true if it is meant"
        )
    return addresses[0]

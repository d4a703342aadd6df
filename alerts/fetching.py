"""Fetching: a calendar from a file or an address, within bounds of time, size and trust."""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from alerts.schedule import may_be_fetched
from mentions.errors import SettingsError, TryAgain

TIMEOUT_SECONDS = 10.0
MAX_BYTES = 2_000_000
"""Ten years of daily shifts, each an event of its own, are about 1 MB."""
MAX_REDIRECTS = 3
Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered; `body` is None where the copy we have is still the newest."""

    body: str | None
    etag: str = ""
    last_modified: str = ""


def read(path: str) -> Fetched:
    """What the file holds. Raises TryAgain or SettingsError."""
    try:
        with Path(path).open("rb") as file:
            return Fetched(_text(file.read(MAX_BYTES + 1)))
    except OSError as error:
        raise TryAgain(f"its file cannot be read: {error.strerror}") from error


def _text(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise SettingsError(f"it is larger than {MAX_BYTES // 1_000_000} MB")
    return content.decode("utf-8-sig", errors="replace")


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


def fetch(
    address: str,
    *,
    etag: str = "",
    last_modified: str = "",
    resolve: Resolve = _addresses,
    elapsed_seconds: Callable[[], float] = time.monotonic,
) -> Fetched:
    """What the address holds now. Raises TryAgain or SettingsError, neither of which names it.

    The first address is the settings' own and may be on a private network; a redirect leads only
    to public https, and the connection goes to the very address that was checked.
    """
    headers = {"user-agent": "untagged", "accept": "text/calendar"}
    headers |= {"if-none-match": etag} if etag else {}
    headers |= {"if-modified-since": last_modified} if last_modified else {}
    until = elapsed_seconds() + TIMEOUT_SECONDS
    target = address
    extensions: dict[str, str] = {}
    try:
        with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client:
            for _ in range(MAX_REDIRECTS + 1):
                with client.stream("GET", target, headers=headers, extensions=extensions) as answer:
                    if not answer.has_redirect_location:
                        return _judged(answer, until, elapsed_seconds)
                    location = answer.headers.get("location", "")
                address, target, host = _redirected(address, location, resolve)
                headers, extensions = headers | {"host": host}, {"sni_hostname": host}
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise TryAgain(f"it did not answer: {type(error).__name__}") from error
    raise SettingsError(f"it redirects more than {MAX_REDIRECTS} times; write its final address")


def _judged(answer: httpx.Response, until: float, elapsed_seconds: Callable[[], float]) -> Fetched:
    if answer.status_code == httpx.codes.NOT_MODIFIED:
        return Fetched(None)
    if answer.status_code != httpx.codes.OK:
        raise TryAgain(f"it answered {answer.status_code}")
    content = bytearray()
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > MAX_BYTES:
            break
        if elapsed_seconds() > until:
            raise TryAgain(f"it took longer than {TIMEOUT_SECONDS:.0f} seconds")
    etag, modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
    return Fetched(_text(bytes(content)), etag, modified)


def _redirected(address: str, location: str, resolve: Resolve) -> tuple[str, str, str]:
    """Where a redirect leads, the same with its IP address, and the host. Raises SettingsError."""
    try:
        address = urljoin(address, location)
        return (address, *_public(address, resolve))
    except ValueError as error:  # half an IPv6 address, port 99999, a name longer than names are
        raise SettingsError(
            "it redirects to what is no address; write its final address"
        ) from error


def _public(address: str, resolve: Resolve) -> tuple[str, str]:
    """A redirect's target with its checked IP address in place of the host, and the host."""
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or 443
    if parts.scheme != "https" or not may_be_fetched(address):
        raise SettingsError("it redirects to what is not https; write its final address")
    found = resolve(host, port)
    if not found or not all(map(_is_public, found)):
        raise SettingsError(
            "it redirects to an address that is not public, which is not followed; "
            "write its final address"
        )
    pinned = f"[{found[0]}]" if ":" in found[0] else found[0]
    return parts._replace(netloc=f"{pinned}:{port}").geturl(), host


NAT64 = ip_network("64:ff9b::/96")
"""Addresses of IPv4 behind a translator (RFC 6052), private ones among them."""


def _is_public(address: str) -> bool:
    """Whether anybody on the internet means the same machine by it; no IPv4 address in disguise."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address) and (
        parsed.ipv4_mapped or parsed.sixtofour or parsed in NAT64
    ):
        return False
    return parsed.is_global and not parsed.is_multicast

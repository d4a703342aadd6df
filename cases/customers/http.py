"""Customers from a service: one GET with the handle, at most seconds long, remembered for a while.

The service may be slow, away or strange: the case is worked all the same. After a failure nobody
waits for it again for DOWN_SECONDS. The connection goes to the very address that was checked, so
that a name cannot mean one machine for the check and another for the connection.
"""

import asyncio
import os
import socket
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import cache
from threading import Lock, Thread
from typing import Annotated
from urllib.parse import quote, urlsplit

import httpx
from pydantic import BaseModel, BeforeValidator, ValidationError

from cases.customers.port import Account, Customer, account_of, customer_of
from cases.customers.sources import HttpSource
from mentions.errors import SettingsError, TryAgain, UntaggedError
from mentions.mention import said_validation

MAX_BYTES = 200_000
"""Twenty fields are some kilobytes; more is a page or a list."""
DOWN_SECONDS = 120.0
REMEMBERED = 1_000
"""Answers kept in memory, those asked for last."""
PROBE = "untagged-doctor"
"""The handle that a check asks for; nobody needs to have it."""
Resolve = Callable[[str, int], list[str]]
Outcome = Customer | UntaggedError | None


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


class HttpCustomers:
    """The customers of a service. `is_public` says which IP addresses are nobody's own network."""

    def __init__(
        self,
        source: HttpSource,
        *,
        is_public: Callable[[str], bool],
        environment: Mapping[str, str] = os.environ,
        resolve: Resolve = _addresses,
        elapsed_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._is_public = is_public
        self._environment = environment
        self._resolve = resolve
        self._elapsed_seconds = elapsed_seconds
        self._lock = Lock()
        self._known: OrderedDict[Account, tuple[float, Outcome]] = OrderedDict()
        self._down: tuple[float, UntaggedError] | None = None

    def look_up(self, handle: str, platform: str = "") -> Customer | None:
        """See Customers."""
        try:
            account = account_of(handle, platform)
        except ValueError:
            return None
        with self._lock:
            is_known, outcome = self._remembered(account)
        if not is_known:
            outcome = self._found(account)
        if isinstance(outcome, UntaggedError):
            raise type(outcome)(str(outcome))  # a new one: a raised error keeps its first caller
        return outcome

    def check(self) -> str:
        """See Customers; asks for a handle that nobody needs to have."""
        with self._lock:
            self._down = None
            self._known.pop(account_of(PROBE), None)
        found = self.look_up(PROBE)
        said = "a customer" if found else "that nobody has it"
        return f"{urlsplit(self._source.url).hostname} answers: asked for @{PROBE}, it says {said}"

    def _remembered(self, account: Account) -> tuple[bool, Outcome]:
        now = self._elapsed_seconds()
        until, outcome = self._known.get(account, (now, None))
        if until > now:
            self._known.move_to_end(account)
            return True, outcome
        self._known.pop(account, None)
        if self._down and self._down[0] > now:
            return True, self._down[1]
        return False, None

    def _found(self, account: Account) -> Outcome:
        outcome, away = self._tried(account)
        now, seconds = self._elapsed_seconds(), self._source.cache.total_seconds()
        with self._lock:
            self._down = (now + DOWN_SECONDS, away) if away else None
            if not away and seconds:
                self._known[account] = (now + seconds, outcome)
                self._forget_old(now)
        return away or outcome

    def _forget_old(self, now: float) -> None:
        """The first look-up after its time takes a record out of memory, whoever it is about."""
        for account in [one for one, (until, _) in self._known.items() if until <= now]:
            del self._known[account]
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def _tried(self, account: Account) -> tuple[Outcome, UntaggedError | None]:
        """What is said of the account, or why the service is of no use for any, for now."""
        try:
            status, body = self._within_time(account)
        except UntaggedError as error:
            return None, error
        if status in (httpx.codes.NOT_FOUND, httpx.codes.NO_CONTENT):
            return None, None
        if status != httpx.codes.OK:
            return None, self._refused(status)
        try:
            return _customer(body), None
        except SettingsError as error:
            return error, None

    def _refused(self, status: int) -> UntaggedError:
        if httpx.codes.is_redirect(status):
            return SettingsError(f"the service redirects ({status}); write its final address")
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            token = self._source.token_env or "which token_env would name"
            return SettingsError(f"the service answered {status}; check the token {token}")
        if status == httpx.codes.TOO_MANY_REQUESTS or httpx.codes.is_server_error(status):
            return TryAgain(f"the service answered {status}")
        return SettingsError(f"the service answered {status}; check its url")

    def _within_time(self, account: Account) -> tuple[int, bytes]:
        """The answer, or TryAgain when the time is up: a name alone may take half a minute."""
        seconds = self._source.timeout.total_seconds()
        late = f"the service took longer than {seconds:g} seconds"
        future: Future[tuple[int, bytes]] = Future()

        def ask() -> None:
            try:
                future.set_result(self._asked(account, seconds))
            except Exception as error:  # noqa: BLE001  # whoever waits gets it, below
                future.set_exception(error)

        Thread(target=ask, name="customer look-up", daemon=True).start()
        try:
            return future.result(timeout=seconds)
        except TimeoutError as error:
            raise TryAgain(late) from error
        # A host's name that is none (RFC 1035: at most 63 characters a label) is a UnicodeError.
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise TryAgain(f"the service did not answer: {type(error).__name__}") from error

    def _asked(self, account: Account, seconds: float) -> tuple[int, bytes]:
        parts = urlsplit(self._source.url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = self._checked(host, self._resolve(host, port))
        pinned = f"[{address}]" if ":" in address else address
        query = parts.query.replace("{platform}", quote(account.platform, safe=""))
        query = query.replace("{handle}", quote(account.name, safe=""))
        target = parts._replace(netloc=f"{pinned}:{port}", query=query).geturl()
        headers = {
            "host": parts.netloc,
            "user-agent": "untagged",
            "accept": "application/json",
            "accept-encoding": "identity",
            **self._token(),
        }
        return asyncio.run(asyncio.wait_for(_got(target, headers, host), seconds))

    def _checked(self, host: str, found: list[str]) -> str:
        private = next((one for one in found if not self._is_public(one)), None)
        if private and not self._source.allow_private:
            raise SettingsError(
                f"{host} is the private address {private}; set allow_private: true if it is meant"
            )
        return found[0]

    def _token(self) -> dict[str, str]:
        name = self._source.token_env
        if not name:
            return {}
        token = self._environment.get(name, "").strip()
        if not token:
            raise SettingsError(f"set the environment variable {name} where Untagged runs")
        return {"authorization": f"Bearer {token}"}


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates are trusted; reading them takes a fifth of a second, so once."""
    return httpx.create_ssl_context()


async def _got(url: str, headers: dict[str, str], host: str) -> tuple[int, bytes]:
    """Status and body; a body is read to its bound and no further."""
    extensions = {"sni_hostname": host}
    async with (
        httpx.AsyncClient(verify=_trusted(), timeout=None) as client,  # noqa: S113  # wait_for ends it
        client.stream("GET", url, headers=headers, extensions=extensions) as answer,
    ):
        if answer.status_code != httpx.codes.OK:
            return answer.status_code, b""
        body = bytearray()
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) > MAX_BYTES:
                raise SettingsError(
                    f"the service sends over {MAX_BYTES // 1_000} kB for one handle"
                )
        return answer.status_code, bytes(body)


def _said(value: object) -> object:
    """Numbers and yes or no as text: a record is read by people here."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    return str(value) if isinstance(value, int | float) else value


Said = Annotated[str, BeforeValidator(_said)]


class _Handle(BaseModel):
    platform: str
    handle: str


class _Answer(BaseModel):
    """What a service answers; what else it says is not looked at."""

    id: Said
    name: Said = ""
    fields: dict[str, Said] = {}
    handles: tuple[_Handle, ...] = ()
    link: Said = ""


def _customer(body: bytes) -> Customer:
    try:
        answer = _Answer.model_validate_json(body)
        accounts = [account_of(one.handle, one.platform) for one in answer.handles]
    except ValidationError as error:
        raise SettingsError(
            f"the service does not answer as docs/customers.md says: {said_validation(error)[:300]}"
        ) from error
    except ValueError as error:
        raise SettingsError(f"the service names a handle that {error}") from error
    if not answer.id.strip():
        raise SettingsError("the service names a customer without an id")
    return customer_of(
        id=answer.id,
        name=answer.name,
        fields=answer.fields.items(),
        accounts=accounts,
        link=answer.link,
    )

"""Asking Elasticsearch: address, credentials, patience while it is busy, its errors as ours."""

import random
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from elastic_transport import SerializationError, TlsError, TransportError
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from mentions.errors import SettingsError, StoreError, StoreUnavailable, UntaggedError
from mentions.store_url import unsaid

REQUEST_SECONDS = 30.0
BUSY_WAITS_SECONDS = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""How long to wait after each 'too busy' (429), doubled each time, before giving up."""
DEFAULT_PORTS = {"http": 9200, "https": 443}
"""Elasticsearch's own port, and that of every hosted one; the client insists on an explicit one."""
_BUSY = 429
_MOVED = "search_phase_execution_exception"
_MOVED_TRIES = 3
"""A search that met an index in the moment in which it is replaced or dropped finds the next."""
_MAY_PASS = frozenset({408, _BUSY})
_REASON_CHARACTERS = 500
"""A refusal quotes the post; its start is enough to understand it."""

Answer = Any
Sleep = Callable[[float], None]


def connect(url: str, *, api_key: str | None = None) -> Elasticsearch:
    """A client for the node at `url`, whose user and password become a header and stay unsaid.

    Raises SettingsError if the address cannot be one. Nothing is asked of the node yet.
    """
    parts = urlsplit(url)
    try:
        port = parts.port or DEFAULT_PORTS[parts.scheme]
    except (KeyError, ValueError) as error:
        raise SettingsError(
            f"{unsaid(url)!r} is no address of Elasticsearch; write for example http://host:9200"
        ) from error
    if not parts.hostname:
        raise SettingsError(f"{unsaid(url)!r} names no host; write for example http://host:9200")
    return Elasticsearch(
        f"{parts.scheme}://{_host(parts)}:{port}{parts.path.rstrip('/')}",
        basic_auth=_user(parts),
        api_key=api_key,
        request_timeout=REQUEST_SECONDS,
        max_retries=0,  # Patient waits longer each time, the client would not
    )


class Patient:
    """Asks one cluster; waits while it is busy, and raises our errors.

    Credentials never appear in a message: the client keeps them in a header.
    """

    def __init__(self, client: Elasticsearch, *, sleep: Sleep = time.sleep) -> None:
        self._client = client
        self._sleep = sleep

    def ask(self, doing: str, call: Callable[[Elasticsearch], Any]) -> Answer:
        """The body of the answer. Raises StoreUnavailable if trying again later may help."""
        for tries, wait_seconds in enumerate((*BUSY_WAITS_SECONDS, None)):
            try:
                return call(self._client).body
            except ApiError as error:
                may_pass = error.status_code == _BUSY or (
                    _has_moved(error) and tries < _MOVED_TRIES
                )
                if wait_seconds is None or not may_pass:
                    raise refused(error, doing) from error
                self.wait(wait_seconds)
            except TransportError as error:
                raise _unreached(error, doing) from error
        raise AssertionError("the last wait is None")

    def wait(self, seconds: float) -> None:
        """Sleep about that long; the chance in it keeps writers from meeting again."""
        self._sleep(seconds * random.uniform(0.5, 1.5))  # noqa: S311  spreads load, no secret

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()


def refused(error: ApiError, doing: str) -> UntaggedError:
    """What an answer that is an error means for the caller."""
    status = error.status_code
    if isinstance(error, UnsupportedProductError):
        return StoreError(f"{doing}: what answers at this address is not Elasticsearch")
    if status in _MAY_PASS or status >= 500:
        return StoreUnavailable(f"{doing}: Elasticsearch is busy or not ready ({said(error.body)})")
    if status in (401, 403):
        return StoreError(
            f"{doing}: Elasticsearch refused the credentials or they may not do this; "
            "check the user in the URL or UNTAGGED_STORE_API_KEY"
        )
    if status == 404:
        return StoreError(f"{doing}: there is no store in Elasticsearch yet; prepare it first")
    return StoreError(f"{doing}: Elasticsearch answered {status}: {said(error.body)}")


def said(body: object) -> str:
    """The reason in an error's body, in one line."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(error, dict):
        causes = [error.get("reason"), (error.get("caused_by") or {}).get("reason")]
        error = ": ".join(str(cause) for cause in causes if cause)
    return " ".join(str(error).split())[:_REASON_CHARACTERS]


def _has_moved(error: ApiError) -> bool:
    return error.status_code in (404, 503) and error.error == _MOVED


def _unreached(error: TransportError, doing: str) -> UntaggedError:
    if isinstance(error, TlsError):
        return StoreError(f"{doing}: the TLS certificate is not trusted ({error})")
    if isinstance(error, SerializationError):
        return StoreError(f"{doing}: the answer cannot be read; is this Elasticsearch? ({error})")
    return StoreUnavailable(f"{doing}: Elasticsearch does not answer ({error}); try again")


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return f"[{host}]" if ":" in host else host


def _user(parts: SplitResult) -> tuple[str, str] | None:
    if parts.username is None:
        return None
    return unquote(parts.username), unquote(parts.password or "")

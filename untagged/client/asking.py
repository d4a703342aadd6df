"""Asking the API: a token, a time limit, patience where it helps, errors as types."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx

from untagged.client.errors import Unreachable, problem_of

TIMEOUT_SECONDS = 60.0
MAX_TRIES = 5
LONGEST_PAUSE_SECONDS = 120.0
"""Who is told to come back later than this is told so at once, as an error."""
PREFIX = "/api/v1"
_TOO_OFTEN = 429
_FAILURES = (500, 502, 503, 504)


class Asker:
    """Sends requests. Reads are repeated where the server fails; changes only where it says that
    it did nothing (429), since one that failed half-way might be made twice."""

    def __init__(
        self,
        url: str,
        *,
        token: str,
        timeout: float = TIMEOUT_SECONDS,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}", "User-Agent": "untagged-client"}
        self._client = httpx.Client(
            base_url=f"{url.rstrip('/')}{PREFIX}",
            headers=headers,
            timeout=timeout,
            transport=transport,
        )
        self._sleep = sleep

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, **asked: Any) -> Any:
        """The JSON of a thing; what is None is not asked for."""
        return self._ask("GET", path, params=_plain(asked)).json()

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, *, version: int | None = None
    ) -> Any:
        """Change something, at the version that was seen if one is named."""
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        json = None if body is None else _plain(body)
        return self._ask("POST", path, json=json, headers=headers).json()

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Change some of a thing; what is None is left as it is."""
        return self._ask("PATCH", path, json=_plain(body)).json()

    def pages(self, path: str, **asked: Any) -> Iterator[Any]:
        """Every item of a listing, page after page."""
        cursor: str | None = None
        while True:
            page = self.get(path, **asked, cursor=cursor)
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    @contextmanager
    def lines(self, path: str, **asked: Any) -> Iterator[Iterator[str]]:
        """The lines of an answer that may be larger than memory."""
        with (
            _reaching(),
            self._client.stream("GET", path, params=_plain(asked)) as answer,
        ):
            if answer.is_error:
                answer.read()
                raise _problem(answer)
            yield answer.iter_lines()

    def _ask(self, method: str, path: str, **sent: Any) -> httpx.Response:
        for tries in range(1, MAX_TRIES + 1):
            with _reaching():
                answer = self._client.request(method, path, **sent)
            if answer.is_success:
                return answer
            pause = _pause(answer, method, tries)
            if pause is None:
                raise _problem(answer)
            self._sleep(pause)
        raise _problem(answer)


def _pause(answer: httpx.Response, method: str, tries: int) -> float | None:
    """How long to wait before trying again; None where that does not help."""
    may_help = answer.status_code == _TOO_OFTEN or (
        method == "GET" and answer.status_code in _FAILURES
    )
    if not may_help or tries == MAX_TRIES:
        return None
    said = answer.headers.get("retry-after", "")
    pause = float(said) if said.isascii() and said.isdigit() else float(2 ** (tries - 1))
    return pause if pause <= LONGEST_PAUSE_SECONDS else None


def _problem(answer: httpx.Response) -> Exception:
    try:
        body = answer.json()
    except ValueError:  # a proxy in between speaks HTML
        body = {}
    known = body if isinstance(body, dict) else {}
    return problem_of(answer.status_code, known, otherwise=answer.reason_phrase)


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        raise Unreachable(f"Untagged did not answer: {error}; is the address right?") from error


def several(said: str | Sequence[str] | None) -> list[str] | None:
    """One word or several as a list; a word alone is one, and no list of its letters."""
    return None if said is None else [said] if isinstance(said, str) else [*said]


def _plain(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is None; moments as text."""
    return {name: _said(one) for name, one in asked.items() if one is not None}


def _said(one: Any) -> Any:
    return one.isoformat() if isinstance(one, datetime) else one

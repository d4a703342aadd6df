"""What the local help desks have in common: a real HTTP server, and trouble to order."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict

Reply = tuple[int, Any]


class Strict(BaseModel):
    """A body as the documentation has it: what it does not name is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


@dataclass
class Comment:
    text: str
    is_public: bool
    at: datetime
    by_agent: bool = True


@dataclass
class There:
    """A ticket at a desk, in the words of that desk."""

    id: str
    key: str
    subject: str
    text: str
    status: str
    priority: str
    fields: dict[str, Any]
    changed: int = 0
    made: int = 0
    comments: list[Comment] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        return [one.text for one in self.comments if not one.is_public]


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: Any


class FakeDesk:
    """`trouble` is answered instead, one a request; a request that `cut_next` names by its method
    and the end of its path is done, and then the connection is cut without an answer."""

    name = "desk"
    env: ClassVar[Mapping[str, str]] = {}
    statuses: ClassVar[Mapping[str, str]] = {}
    """What the desk calls open, pending and resolved."""
    denied = 401
    """The status of an answer to wrong credentials."""

    def __init__(self) -> None:
        self.url = ""
        self.tickets: dict[str, There] = {}
        self.asked: list[Asked] = []
        self.trouble: list[tuple[int, dict[str, str], Any]] = []
        self.cut_next: tuple[str, str] | None = None
        self.ticks = 0
        self.now = datetime(2026, 3, 2, 12, tzinfo=UTC)
        """When what is asked for happens there."""

    def settings(self) -> dict[str, Any]:
        raise NotImplementedError

    def answer(self, asked: Asked) -> Reply:
        raise NotImplementedError

    def only(self) -> There:
        (ticket,) = self.tickets.values()
        return ticket

    def writes(self) -> list[Asked]:
        """What was asked for besides looking."""
        return [one for one in self.asked if one.method != "GET"]

    def touch(self, ticket: There) -> None:
        self.ticks += 1
        ticket.changed = self.ticks

    def public_answer(self, at: datetime, *, by_agent: bool = True) -> None:
        self.only().comments.append(Comment("We help you.", True, at, by_agent))
        self.touch(self.only())

    def say(self, status: str) -> None:
        """Somebody there sets a status, in the desk's words."""
        self.only().status = status
        self.touch(self.only())


def stamp(number: int) -> str:
    """A time that grows with the number, as the desks write it."""
    return datetime.fromtimestamp(1_772_000_000 + number, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def running(desk: FakeDesk) -> Iterator[FakeDesk]:
    """The desk on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        wbufsize = -1  # an answer in one piece: two wait 40 ms for one another

        def _do(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("content-length", 0)))
            kind = self.headers.get("content-type", "")
            body: Any = raw
            if "json" in kind:
                body = json.loads(raw)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, query, headers, body)
            desk.asked.append(asked)
            if desk.trouble:
                self._answer(*desk.trouble.pop(0))
                return
            status, said = desk.answer(asked)
            if desk.cut_next and (
                self.command == desk.cut_next[0] and parts.path.endswith(desk.cut_next[1])
            ):
                desk.cut_next = None
                self.close_connection = True
                return
            self._answer(status, {}, said)

        def _answer(self, status: int, headers: dict[str, str], said: Any) -> None:
            body = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            for name, value in {"content-type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    for method in ("GET", "POST", "PUT", "PATCH"):
        setattr(Handler, f"do_{method}", Handler._do)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    desk.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield desk
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

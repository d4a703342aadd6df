"""A web site of a test's own on loopback: what it answers is a function of the request."""

import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request that reached the site."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What the site says. `cut` promises more bytes than it sends and hangs up."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


Answering = Callable[[Asked], Answer]


class Site:
    """A running site: `url`, and every request in `asked`, robots.txt in `robots_asked`."""

    def __init__(self, answering: Answering, robots: str) -> None:
        self.answering = answering
        self.robots = robots
        self.asked: list[Asked] = []
        self.robots_asked: list[Asked] = []
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/robots.txt":
            self.robots_asked.append(asked)
            return Answer(self.robots.encode()) if self.robots else Answer(status=404)
        self.asked.append(asked)
        return self.answering(asked)

    @contextlib.contextmanager
    def running(self) -> Iterator["Site"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            self._server.shutdown()
            thread.join()
            self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed hangs up; that is no news here."""


def site(answering: Answering, robots: str = "") -> contextlib.AbstractContextManager[Site]:
    return Site(answering, robots).running()


def _handler(owner: Site) -> type[socketserver.BaseRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            query, headers = dict(parse_qsl(parts.query)), dict(self.headers.items())
            asked = Asked(parts.path, query, headers, self.command, body)
            answer = owner.answer(asked)
            self.send_response(answer.status)
            length = len(answer.body) + (1000 if answer.cut else 0)
            said = {"Content-Length": str(length), **answer.headers}
            for name, value in said.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)
            if answer.cut:
                self.close_connection = True

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *args: object) -> None:
            pass

    return Handler

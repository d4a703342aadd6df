"""A customer service on loopback that answers as told: well, late, wrongly or without end."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ADA = b"""{"id": 17, "name": "Ada Lovelace", "fields": {"Tier": "gold", "VIP": true, "Orders": 12,
"Note": null}, "handles": [{"platform": "x", "handle": "@Ada_L"}], "link": "https://crm.example/17",
"secret of the service": 1}"""


@dataclass
class Service:
    """`paths` and `tokens` are what was asked; `answer` writes the whole answer."""

    answer: Callable[[BaseHTTPRequestHandler], None]
    port: int = 0
    paths: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)


def says(
    status: int, body: bytes = b"", **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(to: BaseHTTPRequestHandler) -> None:
        to.send_response(status)
        for name, value in headers.items():
            to.send_header(name, value)
        to.send_header("Content-Length", str(len(body)))
        to.end_headers()
        to.wfile.write(body)

    return answer


def drips_headers(to: BaseHTTPRequestHandler) -> None:
    """One letter of a header at a time, for ever: no single read takes long."""
    to.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    with contextlib.suppress(OSError):
        for _ in range(500):
            to.wfile.write(b"a")
            time.sleep(0.02)


def never_ends(to: BaseHTTPRequestHandler) -> None:
    to.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    with contextlib.suppress(OSError):
        while True:
            to.wfile.write(b" " * 65_536)


def sleeps(to: BaseHTTPRequestHandler) -> None:
    time.sleep(1)
    with contextlib.suppress(OSError):
        says(200, ADA)(to)


@contextlib.contextmanager
def service(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[Service]:
    running = Service(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            running.paths.append(self.path)
            running.tokens.append(self.headers.get("Authorization"))
            running.answer(self)

        def log_message(self, *_: object) -> None:
            """Nothing to say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]

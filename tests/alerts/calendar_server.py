"""A real HTTP server on loopback that holds one calendar, with an ETag."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Held:
    """`answers` are (status, headers), used up one a request; then the calendar itself."""

    body: bytes
    url: str = ""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def etag(self) -> str:
        return f'"{hash(self.body)}"'


@contextmanager
def holding(body: str) -> Iterator[Held]:
    held = Held(body.encode())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            held.asked.append(headers)
            if held.answers:
                status, extra = held.answers.pop(0)
                content = b""
            elif headers.get("if-none-match") == held.etag:
                status, extra, content = 304, {}, b""
            else:
                status, extra, content = 200, {"etag": held.etag}, held.body
            self.send_response(status)
            for name, value in extra.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""A fake in front of the real node that misbehaves as told, then passes requests on."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

PRODUCT = {"X-Elastic-Product": "Elasticsearch", "Content-Type": "application/json"}
PASSED = {"accept", "content-type"}
BUSY_ITEM = {"status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "busy"}}

Kinds = dict[str, str]


@dataclass
class FlakyNode:
    """`failures` are (part of the path, status, body), each given once, in order.

    `busy_items` is how many bulk requests get every second item refused as too busy.
    """

    behind: str
    url: str = ""
    failures: list[tuple[str, int, Any]] = field(default_factory=list)
    busy_items: int = 0
    requests: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def answer(self, method: str, path: str, body: bytes, kinds: Kinds) -> tuple[int, bytes]:
        self.requests.append(f"{method} {path}")
        for failure in self.failures:
            if failure[0] in path:
                self.failures.remove(failure)
                return failure[1], json.dumps(failure[2]).encode()
        if "_bulk" in path and self.busy_items:
            self.busy_items -= 1
            return self._half(method, path, body, kinds)
        return self._passed_on(method, path, body, kinds)

    def _half(self, method: str, path: str, body: bytes, kinds: Kinds) -> tuple[int, bytes]:
        lines = body.splitlines()
        pairs = list(zip(lines[::2], lines[1::2], strict=True))
        taken = b"\n".join(line for pair in pairs[::2] for line in pair) + b"\n"
        status, answered = self._passed_on(method, path, taken, kinds)
        items = json.loads(answered)["items"]
        for action, _ in pairs[1::2]:
            ((name, wanted),) = json.loads(action).items()
            items.append({name: {"_id": wanted["_id"], **BUSY_ITEM}})
        return status, json.dumps({"errors": True, "items": items}).encode()

    def _passed_on(self, method: str, path: str, body: bytes, kinds: Kinds) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(urlsplit(self.behind).netloc, timeout=30)
        try:
            connection.request(method, path, body, kinds)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


@contextmanager
def flaky_node(behind: str) -> Iterator[FlakyNode]:
    node = FlakyNode(behind)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            node.headers.append({name.lower(): value for name, value in self.headers.items()})
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kinds = {name: value for name, value in self.headers.items() if name.lower() in PASSED}
            status, answered = node.answer(self.command, self.path, body, kinds)
            self.send_response(status)
            for name, value in PRODUCT.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answered)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answered)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815  the library's names

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    node.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield node
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

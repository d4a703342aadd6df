"""What no desk may do to us, whatever it answers."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cases.help_desks import http
from cases.help_desks.http import DeskAway, request


@pytest.fixture
def dripping() -> Iterator[str]:
    """The address of a desk whose answer comes a byte at a time, and has no end."""
    is_over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while not is_over.wait(0.01):
                    self.wfile.write(b" ")

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_answer_that_never_ends_is_given_up(
    dripping: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MAX_BYTES", 50)
    with pytest.raises(http.DeliveryDelayed, match="more than 50 bytes"):
        request("desk", "GET", dripping)
    monkeypatch.setattr(http, "MAX_BYTES", 5_000_000)
    monkeypatch.setattr(http, "ANSWER_SECONDS", 0.1)
    with pytest.raises(DeskAway, match=r"desk did not finish its answer"):
        request("desk", "GET", dripping)

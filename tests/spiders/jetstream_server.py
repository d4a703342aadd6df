"""A small Jetstream of a test's own, over real WebSockets, whose events a test writes down."""

import contextlib
import http
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from tests.spiders.posts import NOW

POSTS = "app.bsky.feed.post"
AMBER, BODO, NIMBUS = (f"did:plc:{letter * 24}" for letter in "abn")


def microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


def at(**before: float) -> int:
    """A moment of the stream, told by how long before NOW it was."""
    return microseconds(NOW - timedelta(**before))


def commit(
    did: str, key: str, time_us: int, text: str = "", operation: str = "create", **record: Any
) -> dict[str, Any]:
    made = {"$type": POSTS, "createdAt": NOW.isoformat(), "text": text, **record}
    said = {"rev": f"r{time_us}", "operation": operation, "collection": POSTS, "rkey": key}
    said |= {} if operation == "delete" else {"record": made}
    return {"did": did, "time_us": time_us, "kind": "commit", "commit": said}


def account(did: str, time_us: int, *, status: str) -> dict[str, Any]:
    said = {"active": False, "did": did, "seq": time_us, "status": status}
    return {"did": did, "time_us": time_us, "kind": "account", "account": said}


def uri(did: str, key: str) -> str:
    return f"at://{did}/{POSTS}/{key}"


class Jetstream:
    """Sends `events` from the cursor on, then stays silent, or hangs up if it `breaks`."""

    def __init__(self, *events: Any) -> None:
        self.events: list[Any] = list(events)
        self.asked: list[dict[str, str]] = []
        self.refusal: tuple[int, dict[str, str], bytes] | None = None
        self.breaks = False
        self.url = ""

    def _before(self, connection: ServerConnection, request: Request) -> Response | None:
        self.asked.append(dict(parse_qsl(urlsplit(request.path).query)))
        if self.refusal is None:
            return None
        status, headers, body = self.refusal
        said = Headers({**headers, "Content-Length": str(len(body))})
        return Response(status, http.HTTPStatus(status).phrase, said, body)

    def _send(self, connection: ServerConnection) -> None:
        cursor = int(self.asked[-1]["cursor"])
        with contextlib.suppress(ConnectionClosed):
            for event in self.events:
                if isinstance(event, str):
                    connection.send(event)
                elif event.get("time_us", cursor) >= cursor:
                    connection.send(json.dumps(event))
            if not self.breaks:
                connection.recv()

    @contextlib.contextmanager
    def running(self) -> Iterator["Jetstream"]:
        with serve(self._send, "127.0.0.1", 0, process_request=self._before) as server:
            self.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()

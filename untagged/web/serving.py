"""The web server over the cockpit, ending in good order while pages still listen."""

import contextlib
from types import FrameType

import uvicorn
from fastapi import FastAPI

CLOSING_SECONDS = 5
"""Twice what it takes the pages that listen to be let go."""
CANNOT_START = 3
"""The status with which uvicorn's own command ends where the address cannot be taken."""


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Let go who listens, as the server waits for every open answer."""
        self._app.state.changes.end()
        super().handle_exit(sig, frame)


def serve_until_stopped(app: FastAPI, *, host: str, port: int) -> None:
    """Answer until SIGINT or SIGTERM. Exits with 3 where the address cannot be taken."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # the application reads them itself, see untagged.web.peer
        timeout_graceful_shutdown=CLOSING_SECONDS,
    )
    server = _Server(config, app)
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again once it closed
        server.run()
    if not server.started:
        raise SystemExit(CANNOT_START)

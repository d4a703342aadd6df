"""The cockpit as people reach it: a web server on a loopback port."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import uvicorn

from untagged.pipeline import Pipeline
from untagged.web.app import create_app

START_SECONDS = 30


@contextlib.contextmanager
def served(pipeline: Pipeline) -> Iterator[str]:
    """Its address, without a slash at the end; the pipeline stays the caller's."""
    app = create_app(pipeline)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            until = time.monotonic() + START_SECONDS
            while not server.started and thread.is_alive() and time.monotonic() < until:
                time.sleep(0.01)
            assert server.started, "the cockpit did not start"
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            app.state.changes.end()
            server.should_exit = True
            thread.join()

"""The stream of everything posted on Bluesky in town, as Jetstream sends it.

Reference: github.com/bluesky-social/jetstream. As there: `cursor` is a time in microseconds and
included, without it only what is new comes, a cursor from too long ago is refused with 400, an
edit is an `update`, and a deletion says where the post was and nothing else.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from starlette.responses import JSONResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from untagged.town.post import Post
from untagged.town.sites.bluesky_json import POSTS, cid_of, did_of, record_json
from untagged.town.town import Town

KEPT = timedelta(days=15)
"""A day more than a town looks back; the real one holds about three days."""
_EVERY_SECONDS = 0.1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def routes(town: Town) -> list[WebSocketRoute]:
    """The one address."""
    stream = _Stream(town)
    return [WebSocketRoute("/bluesky/subscribe", stream.subscribe)]


class _Stream:
    def __init__(self, town: Town) -> None:
        self.town = town

    async def subscribe(self, socket: WebSocket) -> None:
        """Send what happened since the cursor, then what happens, until the listener leaves."""
        now = self.town.now()
        said = socket.query_params.get("cursor", "")
        if said and not (said.isascii() and said.isdigit()):
            await _refuse(socket, "InvalidRequest", "cursor must be an integer")
            return
        begin = int(said) if said else _microseconds(now) + 1
        if begin < _microseconds(now - KEPT):
            await _refuse(socket, "CursorTooOld", "cursor is before what is kept")
            return
        await socket.accept()
        wanted = socket.query_params.getlist("wantedCollections") or ["*"]
        is_wanted = any(fnmatchcase(POSTS, pattern) for pattern in wanted)
        leaving = asyncio.create_task(_left(socket))
        try:
            while not leaving.done():
                now = self.town.now()
                for at, event in self._events(begin, now) if is_wanted else ():
                    await socket.send_json(event)
                    begin = max(begin, at + 1)
                await asyncio.wait([leaving], timeout=_EVERY_SECONDS)
        except (WebSocketDisconnect, RuntimeError):
            return  # it left while something was being sent
        finally:
            leaving.cancel()

    def _events(self, begin: int, now: datetime) -> list[tuple[int, dict[str, Any]]]:
        """What happened from `begin` to `now`, in its order."""
        happened = [one for post in self.town.ever("bluesky") for one in _fate(post, now)]
        due = sorted(
            ((_microseconds(at), post, kind) for at, post, kind in happened if at <= now),
            key=lambda one: (one[0], one[1].number),
        )
        return [(at, self._event(at, post, kind)) for at, post, kind in due if at >= begin]

    def _event(self, at: int, post: Post, operation: str) -> dict[str, Any]:
        moment = _EPOCH + timedelta(microseconds=at)
        commit: dict[str, Any] = {
            "rev": f"{at:013d}{post.number % 1000:03d}",
            "operation": operation,
            "collection": POSTS,
            "rkey": str(post.number),
        }
        if operation != "delete":
            commit |= {"record": record_json(self.town, post, moment), "cid": cid_of(post, moment)}
        return {"did": did_of(post.author), "time_us": at, "kind": "commit", "commit": commit}


def _fate(post: Post, now: datetime) -> Iterator[tuple[datetime, Post, str]]:
    yield post.published, post, "create"
    if edited := post.edited_at(now):
        yield edited, post, "update"
    if post.deleted_at:
        yield post.deleted_at, post, "delete"


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


async def _refuse(socket: WebSocket, name: str, message: str) -> None:
    answer = JSONResponse({"error": name, "message": message}, status_code=400)
    await socket.send_denial_response(answer)


async def _left(socket: WebSocket) -> None:
    """Ends when the listener leaves; what it says meanwhile is not for us."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass

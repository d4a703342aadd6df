"""Reddit's comment trees, with what an answer leaves out of them."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from spiders.reddit_mention import More, things_in
from spiders.reddit_params import PAGE_SIZE

Thing = dict[str, Any]


async def tree(
    ask: Callable[[str], Awaitable[Any]], post: str, *, comment: str = "", max_requests: int
) -> list[Thing]:
    """A post and every comment below it, as far as `max_requests` show them; by fullnames.

    With `comment`, the post, that comment and what stands below it. Some may come twice.
    """
    number = post.removeprefix("t3_")
    below = f"&comment={comment.removeprefix('t1_')}&context=0" if comment else ""
    waiting, asked = [f"/comments/{number}?limit=500&sort=new{below}"], set[str]()
    things = list[Thing]()
    while waiting and len(asked) < max_requests:
        asked.add(path := waiting.pop(0))
        for thing in things_in(await ask(path)):
            if isinstance(thing, More):
                waiting += [path for path in more_paths(number, thing) if path not in asked]
            else:
                things.append(thing)
    return things


def more_paths(post: str, more: More) -> list[str]:
    """Where comments are that a tree leaves out: a hundred ids at a time, or a deeper page."""
    if not more.children:
        parent = more.parent.removeprefix("t1_")
        return [f"/comments/{post}/_/{parent}?limit=500"] if more.parent.startswith("t1_") else []
    found = []
    for start in range(0, len(more.children), PAGE_SIZE):
        children = ",".join(more.children[start : start + PAGE_SIZE])
        query = urlencode({"api_type": "json", "link_id": f"t3_{post}", "children": children})
        found.append(f"/api/morechildren?{query}")
    return found

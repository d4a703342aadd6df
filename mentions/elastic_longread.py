"""Reading any number of hits from one unchanging view of the index (a point in time)."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from elasticsearch import NotFoundError

from mentions.elastic_client import Patient
from mentions.errors import StoreError, StoreUnavailable

KEEP_ALIVE = "5m"
"""How long a caller may work on one page before the view is given up and opened anew."""


def long_read(
    node: Patient,
    alias: str,
    query: Mapping[str, Any],
    *,
    size: int,
    preference: str | None = None,
) -> Iterator[dict[str, Any]]:
    """Every hit in order of (published, id), `size` at a time; `preference` may name a shard."""
    after: list[Any] = []
    view = _open(node, alias, preference)
    try:
        while True:
            try:
                hits, view = _page(node, view, query, after, size)
            except StoreError as error:
                if not isinstance(error.__cause__, NotFoundError):
                    raise
                # The caller took longer than KEEP_ALIVE: a newer view goes on at the same place.
                view = _open(node, alias, preference)
                hits, view = _page(node, view, query, after, size)
            yield from hits
            if len(hits) < size:
                return
            after = hits[-1]["sort"][:2]
    finally:
        _close(node, view)


def _open(node: Patient, alias: str, preference: str | None) -> str:
    answer = node.ask(
        "cannot begin a long read",
        lambda client: client.open_point_in_time(
            index=alias, keep_alive=KEEP_ALIVE, preference=preference
        ),
    )
    view: str = answer["id"]
    return view


def _page(
    node: Patient, view: str, query: Mapping[str, Any], after: list[Any], size: int
) -> tuple[list[dict[str, Any]], str]:
    """The hits, and the name of the view from here on, which may change."""
    request: dict[str, Any] = {
        "pit": {"id": view, "keep_alive": KEEP_ALIVE},
        "query": query,
        "sort": [{"published": "asc"}, {"id": "asc"}],
        "size": size,
        "source": ["doc"],
        "seq_no_primary_term": True,
        "track_total_hits": False,
        "allow_partial_search_results": False,
    }
    if after:
        request["search_after"] = after
    answer = node.ask("cannot read on", lambda client: client.search(**request))
    hits: list[dict[str, Any]] = answer["hits"]["hits"]
    return hits, answer["pit_id"]


def _close(node: Patient, view: str) -> None:
    # What was read is read: a view that cannot be closed ends by itself after KEEP_ALIVE.
    with contextlib.suppress(StoreError, StoreUnavailable):
        node.ask("cannot end a long read", lambda client: client.close_point_in_time(id=view))

"""A few writes at once, never more: while Elasticsearch indexes one chunk, the next is made.

A busy node makes each of them wait (429), and with all of them waiting nothing more is read from
the caller: that is the back-pressure.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from mentions.mention import Mention

WRITERS = 3
"""Chunks on their way at once. More only queue in a node of two processors."""

T = TypeVar("T")
Incoming = Mapping[str, Sequence[Mention]]


def side_by_side(write: Callable[[Incoming], T], incoming: Iterable[Incoming]) -> Iterator[T]:
    """What each write did, in the order given.

    Two chunks that hold the same mention are written one after the other, so that the later one
    has the last word. The first error stops the rest, once what is on its way has ended.
    """
    under_way: deque[tuple[Incoming, Future[T]]] = deque()
    with ThreadPoolExecutor(WRITERS, thread_name_prefix="write-mentions") as pool:
        for chunk in incoming:
            while len(under_way) == WRITERS or _meets(chunk, under_way):
                yield under_way.popleft()[1].result()
            under_way.append((chunk, pool.submit(write, chunk)))
        while under_way:
            yield under_way.popleft()[1].result()


def _meets(chunk: Incoming, under_way: Iterable[tuple[Incoming, object]]) -> bool:
    return any(not chunk.keys().isdisjoint(other) for other, _ in under_way)

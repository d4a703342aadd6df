"""Writing side by side: bounded, in order where it matters, and honest about errors."""

import threading
import time

import pytest

from mentions.elastic_parallel import WRITERS, side_by_side
from mentions.errors import StoreUnavailable
from mentions.store import Written
from mentions.writing import by_id
from tests.stores.posts import post


def chunks_of(*names: str):
    return [by_id(post(each) for each in name.split()) for name in names]


def test_some_chunks_are_written_at_once_and_never_more():
    running, most, lock = 0, 0, threading.Lock()
    together = threading.Barrier(WRITERS)

    def write(incoming) -> Written:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(timeout=10)
        time.sleep(0.01)
        with lock:
            running -= 1
        return Written(created=len(incoming))

    chunks = chunks_of(*(f"{n} x{n}" for n in range(WRITERS * 3)))
    assert sum(each.created for each in side_by_side(write, chunks)) == WRITERS * 6
    assert most == WRITERS


def test_no_more_is_read_from_the_caller_than_is_on_its_way():
    go_on, read = threading.Event(), []

    def incoming():
        for chunk in chunks_of(*map(str, range(20))):
            read.append(chunk)
            yield chunk

    def write(_) -> Written:
        go_on.wait(timeout=10)
        return Written(created=1)

    results = side_by_side(write, incoming())
    releasing = threading.Timer(0.2, lambda: (seen.append(len(read)), go_on.set()))
    seen: list[int] = []
    releasing.start()
    assert len(list(results)) == 20
    assert seen[0] <= WRITERS + 1


def test_chunks_with_the_same_mention_are_written_in_their_order():
    order = []

    def write(incoming) -> Written:
        time.sleep(0.05 if not order else 0)
        order.append(sorted(incoming))
        return Written()

    list(side_by_side(write, chunks_of("a b", "b c", "c d")))
    assert order == [["board:a", "board:b"], ["board:b", "board:c"], ["board:c", "board:d"]]


def test_an_error_stops_the_rest():
    written = []

    def write(incoming) -> Written:
        if "board:2" in incoming:
            raise StoreUnavailable("away")
        written.append(incoming)
        return Written()

    with pytest.raises(StoreUnavailable, match="away"):
        list(side_by_side(write, chunks_of(*map(str, range(50)))))
    assert len(written) <= 2 + 2 * WRITERS

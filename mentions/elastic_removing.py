"""How ElasticStore forgets: by id wherever the mention is, by age whole indices at once."""

from collections.abc import Iterable
from datetime import datetime

from elasticsearch import NotFoundError

from mentions.elastic_bulk import remove, send
from mentions.elastic_client import Patient
from mentions.elastic_finding import places, possible_ids
from mentions.elastic_indices import Layout, Names, layout, partition_in
from mentions.elastic_partitions import OLDEST_PARTITION, end_of
from mentions.elastic_writing import MEETING_ROUNDS, MEETING_WAIT_SECONDS, too_many_meetings
from mentions.errors import StoreError
from mentions.times import as_utc


def delete(node: Patient, names: Names, mention_ids: Iterable[str]) -> int:
    """Remove by id; returns how many were there."""
    waiting = possible_ids(mention_ids)
    gone: set[str] = set()
    for round_number in range(MEETING_ROUNDS):
        refresh(node, names)  # else what was written in the last second is not found
        found = places(node, names, waiting)
        met: set[str] = set()
        while found:
            # A request names a mention once; the copies that a crash left follow.
            results = send(node, [remove(indices[0], key) for key, indices in found.items()])
            gone |= {key for key, result in results.items() if result.is_deleted}
            met |= {key for key, result in results.items() if result.is_met}
            found = {key: indices[1:] for key, indices in found.items() if indices[1:]}
        if not met:
            return len(gone)
        waiting = [key for key in waiting if key in met]
        node.wait(MEETING_WAIT_SECONDS * (round_number + 1))
    raise too_many_meetings(waiting)


def drop_before(node: Patient, names: Names, before: datetime) -> int:
    """Drop every index that holds nothing but what is older; returns how many mentions went.

    One that an upgrade replaces at this moment stays for the next time.
    """
    return sum(_drop(node, index) for index in _ended(layout(node, names), as_utc(before)))


def refresh(node: Patient, names: Names) -> None:
    """Make visible what was written."""
    node.ask(
        "cannot make what was written visible",
        lambda client: client.indices.refresh(index=names.alias),
    )


def _ended(there: Layout, before: datetime) -> list[str]:
    held = {index: partition_in(index) for index in there.indices}
    return [
        index
        for index, partition in held.items()
        if partition not in (None, OLDEST_PARTITION) and end_of(partition) <= before
    ]


def _drop(node: Patient, index: str) -> int:
    """Whatever is written to it meanwhile is as old, and goes uncounted."""
    try:
        node.ask("cannot refresh", lambda client: client.indices.refresh(index=index))
        count: int = node.ask("cannot count", lambda client: client.count(index=index))["count"]
        node.ask("cannot drop an index", lambda client: client.indices.delete(index=index))
    except StoreError as error:
        if not isinstance(error.__cause__, NotFoundError):
            raise
        return 0  # somebody else has just dropped or replaced it
    return count

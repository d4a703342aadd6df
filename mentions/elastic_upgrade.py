"""From an index of an older version to those of this, while others read and write.

Every mention is indexed anew from its doc into an index of its own name for each partition, then
what was written meanwhile, and again. Only for the last few is the old index closed to writers,
who wait and merge with the new ones. The aliases move and the old index goes in one step, so that
readers see either. An index of before there were partitions is divided like this; later versions
go partition by partition.

Two processes that upgrade at once each fill indices; the second finds the aliases moved and
removes its own. One that is killed leaves indices behind no alias, which a later upgrade removes.
"""

import contextlib
import time
import uuid
from collections.abc import Iterator
from typing import Any

from mentions.documents import Document, document, mention_of
from mentions.elastic_bulk import fill, remove, send
from mentions.elastic_client import Patient
from mentions.elastic_indices import VERSION, Names, partition_in, versions
from mentions.elastic_longread import long_read
from mentions.elastic_partitions import OLDEST_PARTITION, partition_of
from mentions.errors import StoreError, StoreUnavailable
from mentions.mention import Mention
from mentions.writing import chunks

CHUNK = 500
FEW = 200
"""Mentions written since the last pass that are few enough to make writers wait for."""
_MOST_PASSES = 10
_ABANDONED_SECONDS = 86_400
_EVERYTHING: dict[str, Any] = {"match_all": {}}


def upgrade(node: Patient, names: Names) -> None:
    """Bring every older index behind the alias to this version. Does nothing if none is older."""
    for old, version in versions(node, names).items():
        if version < VERSION:
            _remove_abandoned(node, names)
            _replace(node, names, old)


class _Copies:
    """The indices that one old index is copied to, a partition each, seen by nobody yet."""

    def __init__(self, node: Patient, names: Names, old: str) -> None:
        self._node = node
        self._names = names
        self._only = partition_in(old)
        self._made_by = uuid.uuid4().hex[:12]
        self.indices: dict[str, str] = {}
        self._open(self._only or OLDEST_PARTITION)

    @property
    def pattern(self) -> str:
        """All of them, in a name that stays short."""
        return self._names.index("*", self._made_by)

    def of(self, mention: Mention) -> str:
        """The index to copy the mention to."""
        return self._open(self._only or partition_of(mention.published))

    def remove(self) -> None:
        """Take them away again, whatever became of them."""
        for index in self.indices.values():
            _delete(self._node, index)

    def _open(self, partition: str) -> str:
        if partition not in self.indices:
            index = self._names.index(partition, self._made_by)
            self.indices[partition] = index
            self._node.ask(
                "cannot create an index", lambda client: client.indices.create(index=index)
            )
        return self.indices[partition]


def _replace(node: Patient, names: Names, old: str) -> None:
    copies = _Copies(node, names, old)
    try:
        _copy_and_move(node, names, old, copies)
    except StoreError:
        copies.remove()
        if old in versions(node, names):
            raise
        # Else another process was faster, and what it moved to is as good as ours.


def _copy_and_move(node: Patient, names: Names, old: str, copies: _Copies) -> None:
    last = [-1] * _shards(node, old)
    for _ in range(_MOST_PASSES):
        if _copy(node, old, copies, last) <= FEW:
            break
    _close_to_writers(node, old, closed=True)
    try:
        _copy(node, old, copies, last)
        _remove_deleted(node, old, copies)
        _move(node, names, old, copies)
    except BaseException:  # whatever it was, writers must not wait for ever
        with contextlib.suppress(StoreError, StoreUnavailable):
            _close_to_writers(node, old, closed=False)
        raise


def _copy(node: Patient, old: str, copies: _Copies, last: list[int]) -> int:
    """Copy what was written after each shard's sequence number in `last`, and move that on."""
    _refresh(node, old)
    copied = 0
    for shard, number in enumerate(last):
        query = {"range": {"_seq_no": {"gt": number}}}
        hits = long_read(node, old, query, size=CHUNK, preference=f"_shards:{shard}")
        for chunk in chunks(hits, CHUNK):
            fill(node, _documents(chunk, copies))
            last[shard] = max(last[shard], *(hit["_seq_no"] for hit in chunk))
            copied += len(chunk)
    return copied


def _documents(hits: list[dict[str, Any]], copies: _Copies) -> Iterator[tuple[str, Document]]:
    for hit in hits:
        mention = mention_of(hit["_source"]["doc"], hit["_id"])
        yield copies.of(mention), document(mention)


def _remove_deleted(node: Patient, old: str, copies: _Copies) -> None:
    """Take out of the new indices what was deleted from the old one since it was copied.

    A mention whose date was corrected meanwhile may have been copied twice, to two partitions.
    """
    _refresh(node, copies.pattern)
    if _count(node, old) == _count(node, copies.pattern):
        return
    there: dict[str, str] = {}
    for hit in long_read(node, old, _EVERYTHING, size=CHUNK):
        there[hit["_id"]] = copies.of(mention_of(hit["_source"]["doc"], hit["_id"]))
    copied = long_read(node, copies.pattern, _EVERYTHING, size=CHUNK)
    gone = (hit for hit in copied if there.get(hit["_id"]) != hit["_index"])
    for chunk in chunks(gone, CHUNK):
        send(node, [remove(hit["_index"], hit["_id"]) for hit in chunk])


def _move(node: Patient, names: Names, old: str, copies: _Copies) -> None:
    actions: list[dict[str, Any]] = [
        {"add": {"index": index, "alias": alias, "is_write_index": is_written}}
        for partition, index in copies.indices.items()
        for alias, is_written in names.aliases(partition).items()
    ]
    actions.append({"remove_index": {"index": old}})
    _refresh(node, copies.pattern)
    node.ask("cannot move the alias", lambda client: client.indices.update_aliases(actions=actions))


def _close_to_writers(node: Patient, index: str, *, closed: bool) -> None:
    settings = {"index.blocks.write": closed or None}
    node.ask(
        "cannot close the index to writers",
        lambda client: client.indices.put_settings(index=index, settings=settings),
    )


def _remove_abandoned(node: Patient, names: Names) -> None:
    """Remove indices that an upgrade which was killed left behind no alias."""
    found = node.ask(
        "cannot look for indices",
        lambda client: client.indices.get(
            index=f"{names.alias}-v*", features=["aliases", "settings"], allow_no_indices=True
        ),
    )
    # Of the node's clock only ages matter here, and a day is long.
    now = time.time()
    for index, about in found.items():
        age = now - int(about["settings"]["index"]["creation_date"]) / 1000
        if not about["aliases"] and age > _ABANDONED_SECONDS:
            _delete(node, index)


def _delete(node: Patient, index: str) -> None:
    with contextlib.suppress(StoreError):  # somebody else may have removed it
        node.ask("cannot remove an index", lambda client: client.indices.delete(index=index))


def _refresh(node: Patient, index: str) -> None:
    node.ask("cannot refresh", lambda client: client.indices.refresh(index=index))


def _shards(node: Patient, index: str) -> int:
    settings = node.ask(
        "cannot read the settings", lambda client: client.indices.get_settings(index=index)
    )
    return int(settings[index]["settings"]["index"]["number_of_shards"])


def _count(node: Patient, index: str) -> int:
    counted: int = node.ask("cannot count", lambda client: client.count(index=index))["count"]
    return counted

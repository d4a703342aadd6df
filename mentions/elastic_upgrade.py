"""From an index of an older version to one of this, while others read and write.

Every mention is indexed anew from its doc into an index of its own name, then what was written
meanwhile, and again. Only for the last few is the old index closed to writers, who wait and merge
with the new one. The alias moves and the old index goes in one step, so that readers see either.

Two processes that upgrade at once each fill an index; the second finds the alias moved and removes
its own. One that is killed leaves an index behind no alias, which a later upgrade removes.
"""

import contextlib
import time
import uuid
from collections.abc import Iterator
from typing import Any

from mentions.documents import Document, document, mention_of
from mentions.elastic_bulk import delete, fill
from mentions.elastic_client import Patient
from mentions.elastic_indices import VERSION, Names, versions
from mentions.elastic_longread import long_read
from mentions.errors import StoreError, StoreUnavailable
from mentions.writing import chunks

CHUNK = 500
FEW = 200
"""Mentions written since the last pass that are few enough to make writers wait for."""
_MOST_PASSES = 10
_ABANDONED_SECONDS = 86_400


def upgrade(node: Patient, names: Names) -> None:
    """Bring every older index behind the alias to this version. Does nothing if none is older."""
    for old, version in versions(node, names).items():
        if version < VERSION:
            _remove_abandoned(node, names)
            _replace(node, names, old)


def _replace(node: Patient, names: Names, old: str) -> None:
    new = f"{names.alias}-v{VERSION}-{uuid.uuid4().hex[:12]}"
    node.ask("cannot create the index", lambda client: client.indices.create(index=new))
    try:
        _copy_and_move(node, names, old, new)
    except StoreError:
        with contextlib.suppress(StoreError, StoreUnavailable):
            node.ask("cannot remove an index", lambda client: client.indices.delete(index=new))
        if old in versions(node, names):
            raise
        # Else another process was faster, and what it moved to is as good as ours.


def _copy_and_move(node: Patient, names: Names, old: str, new: str) -> None:
    last = -1
    for _ in range(_MOST_PASSES):
        copied, last = _copy(node, old, new, last)
        if copied <= FEW:
            break
    _close_to_writers(node, old, closed=True)
    try:
        _copy(node, old, new, last)
        _remove_deleted(node, old, new)
        _move(node, names, old, new)
    except BaseException:  # whatever it was, writers must not wait for ever
        with contextlib.suppress(StoreError, StoreUnavailable):
            _close_to_writers(node, old, closed=False)
        raise


def _copy(node: Patient, old: str, new: str, last: int) -> tuple[int, int]:
    """Copy what was written after sequence number `last`; how many, and the number now."""
    _refresh(node, old)
    query = {"range": {"_seq_no": {"gt": last}}}
    copied = 0
    for chunk in chunks(long_read(node, old, query, size=CHUNK), CHUNK):
        fill(node, new, _documents(chunk))
        last = max(last, *(hit["_seq_no"] for hit in chunk))
        copied += len(chunk)
    return copied, last


def _documents(hits: list[dict[str, Any]]) -> Iterator[Document]:
    return (document(mention_of(hit["_source"]["doc"], hit["_id"])) for hit in hits)


def _remove_deleted(node: Patient, old: str, new: str) -> None:
    """Take out of the new index what was deleted from the old one since it was copied."""
    _refresh(node, new)
    if _count(node, old) == _count(node, new):
        return
    there = {hit["_id"] for hit in long_read(node, old, {"match_all": {}}, size=CHUNK)}
    copied = (hit["_id"] for hit in long_read(node, new, {"match_all": {}}, size=CHUNK))
    gone = [mention_id for mention_id in copied if mention_id not in there]
    for chunk in chunks(gone, CHUNK):
        delete(node, new, chunk, is_alias=False)


def _move(node: Patient, names: Names, old: str, new: str) -> None:
    actions: list[dict[str, Any]] = [
        {"add": {"index": new, "alias": names.alias, "is_write_index": True}},
        {"remove_index": {"index": old}},
    ]
    _refresh(node, new)
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


def _count(node: Patient, index: str) -> int:
    counted: int = node.ask("cannot count", lambda client: client.count(index=index))["count"]
    return counted

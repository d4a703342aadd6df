"""How ElasticStore sends what it writes: bounded requests, patience, one answer per mention.

One mention that Elasticsearch refuses is reported by its id and stops no other.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mentions.documents import Document
from mentions.elastic_client import BUSY_WAITS_SECONDS, Patient, said
from mentions.errors import StoreError, StoreUnavailable
from mentions.facets import ONE_SPELLING
from mentions.query.sql import MULTI_VALUED, column

MAX_REQUEST_BYTES = 8_000_000
"""A bulk request's size: far below the 100 MB a node takes, enough to share the round trip."""
_MANY_COLUMNS = frozenset(column(name) for name in MULTI_VALUED)
_MET = 409
_BUSY = 429
_REFUSALS = frozenset({400, 413})
"""What Elasticsearch says of one document; other failures are about the cluster."""
_json = json.JSONEncoder().encode


@dataclass(frozen=True, slots=True)
class Operation:
    """One or two lines of a bulk request, in ASCII. No request holds a mention twice."""

    mention_id: str
    lines: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one operation; `refused` is why this mention alone cannot be written."""

    is_met: bool = False
    """Somebody else changed it in between, or moved or closed its index: read it again."""
    is_deleted: bool = False
    refused: str = ""


_DONE, _WAS_MET, _DELETED = Result(), Result(is_met=True), Result(is_deleted=True)


def create(alias: str, document: Document) -> Operation:
    """Write a mention that is not there, through an alias, which must be there."""
    where = {"_index": alias, "_id": document.mention_id, "require_alias": True}
    return _with_source({"create": where}, document)


def replace(index: str, document: Document, **met: int) -> Operation:
    """Write a mention over exactly the version that `met` names."""
    where = {"_index": index, "_id": document.mention_id, **met}
    return _with_source({"index": where}, document)


def remove(index: str, mention_id: str, **met: int) -> Operation:
    """Remove a mention from one index, with `met` only in exactly this version."""
    return Operation(
        mention_id, f"{_json({'delete': {'_index': index, '_id': mention_id, **met}})}\n"
    )


def fill(node: Patient, documents: Iterable[tuple[str, Document]]) -> None:
    """Write documents into indices that nobody else writes to, over what is there."""
    operations = (
        _with_source({"index": {"_index": index, "_id": each.mention_id}}, each)
        for index, each in documents
    )
    for mention_id, result in send(node, operations).items():
        if result.refused:
            raise StoreError(f"cannot copy {mention_id!r}: {result.refused}")
        if result.is_met:
            raise StoreError(f"cannot copy {mention_id!r}: its new index is gone; try again")


def source(document: Document) -> dict[str, object]:
    """The document as Elasticsearch indexes it, by the mapping in `index_templates/`."""
    shown: dict[str, object] = {
        "author_key": document.author_key,
        "engagement": document.engagement,
        "doc": document.body,
        **document.texts,
    }
    for name, values in document.values.items():
        if values:
            shown[name] = values if name in _MANY_COLUMNS else values[0]
    for name, spellings in document.facets.items():
        if spellings and name not in ONE_SPELLING:
            shown[f"facet_{name}"] = spellings
    return shown


def send(node: Patient, operations: Iterable[Operation]) -> dict[str, Result]:
    """The result of every operation by its id, those that met a busy node tried again."""
    results: dict[str, Result] = {}
    for request in _requests(operations):
        waiting: Sequence[Operation] = request
        for wait_seconds in (*BUSY_WAITS_SECONDS, None):
            busy = _ask(node, waiting, results)
            if not busy:
                break
            if wait_seconds is None:
                raise StoreUnavailable("Elasticsearch is too busy to take more; try again")
            waiting = [each for each in waiting if each.mention_id in busy]
            node.wait(wait_seconds)
    return results


def _ask(node: Patient, operations: Sequence[Operation], results: dict[str, Result]) -> set[str]:
    """Send once and note the results; the ids of those that the node was too busy for."""
    # The client takes the lines as one text as well, though its type does not say so.
    lines: Any = "".join([operation.lines for operation in operations])
    answer = node.ask(
        "cannot write mentions",
        lambda client: client.bulk(operations=lines),
    )
    busy = set()
    for each in answer["items"]:
        # One key per item: the action ("create", "index", "delete").
        ((_, item),) = each.items()
        if item["status"] == _BUSY:
            busy.add(item["_id"])
        else:
            results[item["_id"]] = _result(item)
    return busy


def _result(item: Mapping[str, Any]) -> Result:
    """Raises for what is wrong with the cluster rather than with one mention."""
    status, error = item["status"], item.get("error")
    if error is None:
        return _DELETED if item["result"] == "deleted" else _DONE
    if status == _MET or _kind(error) in _MOVING:
        return _WAS_MET
    if status in _REFUSALS:
        return Result(refused=said(item))
    if status >= 500:
        raise StoreUnavailable(f"Elasticsearch could not write: {said(item)}; try again")
    raise StoreError(f"Elasticsearch would not write: {said(item)}")


_MOVING = frozenset({"cluster_block_exception", "index_not_found_exception"})
"""For a moment, while an upgrade moves the aliases or retention drops the index."""


def _kind(error: object) -> object:
    return error.get("type") if isinstance(error, dict) else None


def _with_source(action: Mapping[str, object], document: Document) -> Operation:
    return Operation(document.mention_id, f"{_json(action)}\n{_json(source(document))}\n")


def _requests(operations: Iterable[Operation]) -> Iterator[list[Operation]]:
    request: list[Operation] = []
    size = 0
    for operation in operations:
        its_size = len(operation.lines)  # ASCII, as json writes it
        if request and size + its_size > MAX_REQUEST_BYTES:
            yield request
            request, size = [], 0
        request.append(operation)
        size += its_size
    if request:
        yield request

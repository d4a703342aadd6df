"""How ElasticStore writes: read, merge, write if nobody was faster, else again.

Every write names the version it was merged from (`if_seq_no`, or `create` for a new one), so two
writers of the same mention never overwrite each other. One mention that Elasticsearch refuses is
reported by its id and stops no other.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mentions.documents import Document, Stored, mention_of
from mentions.elastic_client import BUSY_WAITS_SECONDS, Patient, said
from mentions.errors import StoreError, StoreUnavailable
from mentions.mention import MAX_ID_CHARACTERS, Mention
from mentions.query.sql import MULTI_VALUED, column
from mentions.store import Refused, Written
from mentions.writing import Change, plan, total

MAX_REQUEST_BYTES = 8_000_000
"""A bulk request's size: far below the 100 MB a node takes, enough to share the round trip."""
MEETING_ROUNDS = 20
"""Times that a mention changed by others in between is merged again before giving up."""
_MEETING_WAIT_SECONDS = 0.02
_MANY_COLUMNS = frozenset(column(name) for name in MULTI_VALUED)
_MET = 409
"""Somebody else changed it in between."""
_REFUSALS = frozenset({400, 413})
"""What Elasticsearch says of one document; other failures are about the cluster."""


@dataclass(frozen=True, slots=True)
class Version:
    """A mention as it is stored, and what to name so as to change exactly this one."""

    mention: Mention
    seq_no: int
    primary_term: int


@dataclass(frozen=True, slots=True)
class Operation:
    """One or two lines of a bulk request."""

    mention_id: str
    lines: tuple[str, ...]


def read(node: Patient, alias: str, mention_ids: Collection[str]) -> dict[str, Version]:
    """The mentions of these ids that are there, as last written."""
    possible = [mention_id for mention_id in mention_ids if _can_be_an_id(mention_id)]
    if not possible:
        return {}
    answer = node.ask(
        "cannot read mentions",
        lambda client: client.mget(index=alias, ids=possible, source_includes=["doc"]),
    )
    return {found["_id"]: _version(found) for found in answer["docs"] if _is_found(found)}


def upsert(node: Patient, alias: str, incoming: Mapping[str, Sequence[Mention]]) -> Written:
    """Merge and write the mentions of some hundred ids."""
    done: list[Written] = []
    waiting = incoming
    for round_number in range(MEETING_ROUNDS):
        versions = read(node, alias, waiting)
        stored = {key: version.mention for key, version in versions.items()}
        changes, refused = plan(waiting, stored)
        results = _bulk(node, alias, _writes(changes, versions))
        met = {key for key, result in results.items() if result["status"] == _MET}
        refused += [
            Refused(key, said(result))
            for key, result in results.items()
            if result["status"] in _REFUSALS
        ]
        out = met | {each.mention_id for each in refused}
        done += [change.written for key, change in changes.items() if key not in out]
        done.append(Written(refused=tuple(refused)))
        waiting = {key: incoming[key] for key in waiting if key in met}
        if not waiting:
            return total(done)
        node.wait(_MEETING_WAIT_SECONDS * (round_number + 1))
    raise StoreUnavailable(
        f"{len(waiting)} mentions are being changed by others all the time; try again"
    )


def delete(node: Patient, alias: str, mention_ids: Iterable[str], *, is_alias: bool = True) -> int:
    """Remove by id; returns how many were there."""
    waiting = [each for each in dict.fromkeys(mention_ids) if _can_be_an_id(each)]
    deleted = 0
    for round_number in range(MEETING_ROUNDS):
        operations = [
            Operation(mention_id, (json.dumps({"delete": {"_id": mention_id}}),))
            for mention_id in waiting
        ]
        results = _bulk(node, alias, operations, is_alias=is_alias)
        deleted += len([key for key in results if results[key].get("result") == "deleted"])
        waiting = [key for key, result in results.items() if result["status"] == _MET]
        if not waiting:
            return deleted
        node.wait(_MEETING_WAIT_SECONDS * (round_number + 1))
    raise StoreUnavailable("the index is being upgraded; try again")


def fill(node: Patient, index: str, documents: Iterable[Document]) -> None:
    """Write documents into an index that nobody else writes to, over what is there."""
    operations = (
        Operation(each.mention_id, (_index_line(each.mention_id), json.dumps(source(each))))
        for each in documents
    )
    for mention_id, result in _bulk(node, index, operations, is_alias=False).items():
        if "error" in result:
            raise StoreError(f"cannot copy {mention_id!r}: {said(result)}")


def _index_line(mention_id: str) -> str:
    return json.dumps({"index": {"_id": mention_id}})


def source(document: Document) -> dict[str, object]:
    """The document as Elasticsearch indexes it, by the mapping in `index_templates/`."""
    values = ((name, found) for name, found in document.values.items() if found)
    return {
        "author_key": document.author_key,
        "engagement": document.engagement,
        **document.texts,
        **{name: _one_or_many(name, found) for name, found in values},
        **{f"facet_{name}": shown for name, shown in document.facets.items() if shown},
        "doc": document.body,
    }


def _writes(changes: Mapping[str, Change], versions: Mapping[str, Version]) -> Iterator[Operation]:
    for key, change in changes.items():
        if change.document is None:
            continue
        there = versions.get(key)
        action: dict[str, object] = {"create": {"_id": key}}
        if there is not None:
            met = {"if_seq_no": there.seq_no, "if_primary_term": there.primary_term}
            action = {"index": {"_id": key, **met}}
        yield Operation(key, (json.dumps(action), json.dumps(source(change.document))))


def _bulk(
    node: Patient, alias: str, operations: Iterable[Operation], *, is_alias: bool = True
) -> dict[str, Any]:
    """The result of every operation by its id, those that met a busy node tried again."""
    results: dict[str, Any] = {}
    for request in _requests(operations):
        waiting = request
        for wait_seconds in (*BUSY_WAITS_SECONDS, None):
            results |= _ask(node, alias, waiting, is_alias=is_alias)
            waiting = [each for each in waiting if results[each.mention_id]["status"] == 429]
            if not waiting:
                break
            if wait_seconds is None:
                raise StoreUnavailable("Elasticsearch is too busy to take more; try again")
            node.wait(wait_seconds)
    return results


def _ask(
    node: Patient, alias: str, operations: Sequence[Operation], *, is_alias: bool
) -> dict[str, Any]:
    # The client takes lines that are JSON already as well, though its type does not say so.
    lines: list[Any] = [line for operation in operations for line in operation.lines]
    answer = node.ask(
        "cannot write mentions",
        lambda client: client.bulk(index=alias, operations=lines, require_alias=is_alias),
    )
    # One key per item: the action ("create", "index", "delete").
    results = {item["_id"]: item for each in answer["items"] for item in each.values()}
    for result in results.values():
        if _is_blocked(result):
            # For a moment, while an upgrade moves the alias: read again and merge with that.
            result["status"] = _MET
        _check(result)
    return results


def _is_blocked(result: Mapping[str, Any]) -> bool:
    error = result.get("error")
    return isinstance(error, dict) and error.get("type") == "cluster_block_exception"


def _check(result: Mapping[str, Any]) -> None:
    """Raise for what is wrong with the cluster rather than with one mention."""
    status = result["status"]
    if status >= 500:
        raise StoreUnavailable(f"Elasticsearch could not write: {said(result)}; try again")
    if "error" in result and status == 404:
        raise StoreError(f"{said(result)}: there is no store yet; prepare it first")
    if "error" in result and status not in (*_REFUSALS, _MET, 429):
        raise StoreError(f"Elasticsearch would not write: {said(result)}")


def _requests(operations: Iterable[Operation]) -> Iterator[list[Operation]]:
    request: list[Operation] = []
    size = 0
    for operation in operations:
        its_size = sum(len(line) for line in operation.lines)  # ASCII, as json.dumps writes it
        if request and size + its_size > MAX_REQUEST_BYTES:
            yield request
            request, size = [], 0
        request.append(operation)
        size += its_size
    if request:
        yield request


def _is_found(found: Mapping[str, Any]) -> bool:
    if "error" in found:
        raise StoreError(f"cannot read mentions: {said(found)}; prepare the store first")
    return bool(found["found"])


def _version(found: Mapping[str, Any]) -> Version:
    mention = mention_of(found["_source"]["doc"], found["_id"])
    return Version(mention, found["_seq_no"], found["_primary_term"])


def _one_or_many(name: str, values: tuple[Stored, ...]) -> object:
    return values if name in _MANY_COLUMNS else values[0]


def _can_be_an_id(mention_id: str) -> bool:
    """Whether a mention could have this id; Elasticsearch answers others with an error."""
    encoded = mention_id.encode(errors="replace")
    return 0 < len(encoded) <= MAX_ID_CHARACTERS and encoded.decode() == mention_id

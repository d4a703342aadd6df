"""Where mentions of given ids are: looked up by a search, read in real time.

An id does not say when its mention was published, and a feed may correct that date, so a mention
may be in another index than the one that an incoming one belongs to. A search over all indices
tells where (measured over 14 indices: 11 ms for 500 ids, where asking each index takes 28 ms),
but not of the last second; reading by index and id tells the truth of this moment.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from mentions.documents import mention_of
from mentions.elastic_client import Patient, said
from mentions.elastic_indices import Names, layout
from mentions.errors import StoreUnavailable
from mentions.mention import MAX_ID_CHARACTERS, Mention
from mentions.merge import merged

Places = Mapping[str, Sequence[str]]
"""The indices that hold a mention, by its id: one, but where a move was interrupted."""
_MOST_HITS = 10_000
"""Elasticsearch gives no more at once; a chunk of ids has far fewer places."""
_MOVES = 10
_MOVE_WAIT_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Copy:
    """A mention as an index holds it, and what to name so as to change exactly this version."""

    index: str
    mention: Mention
    seq_no: int
    primary_term: int

    @property
    def version(self) -> dict[str, int]:
        """What a write names to meet exactly this version."""
        return {"if_seq_no": self.seq_no, "if_primary_term": self.primary_term}


@dataclass(frozen=True, slots=True)
class Held:
    """Every copy of a mention, the one that was seen last at the end: one but after a crash."""

    copies: tuple[Copy, ...]

    @property
    def mention(self) -> Mention:
        """What all copies say together."""
        return reduce(merged, (copy.mention for copy in self.copies))

    def at(self, index: str | None) -> Copy | None:
        """The copy in this index."""
        return next((copy for copy in self.copies if copy.index == index), None)


def places(node: Patient, names: Names, mention_ids: Iterable[str]) -> dict[str, list[str]]:
    """The indices that hold each id, but for what was written in the last second."""
    possible = possible_ids(mention_ids)
    if not possible:
        return {}
    return _places(_found(node, names, {"ids": {"values": possible}}))


def elsewhere(
    node: Patient, names: Names, created: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Of ids by the index they were created in: those that another index holds as well."""
    clauses = [
        {
            "bool": {
                "filter": [{"ids": {"values": list(mention_ids)}}],
                "must_not": [{"term": {"_index": index}}],
            }
        }
        for index, mention_ids in created.items()
    ]
    return _places(_found(node, names, {"bool": {"should": clauses}}))


def read(node: Patient, names: Names, found: Places) -> dict[str, Held]:
    """The mentions at these places as they are at this moment."""
    held, missing = _read(node, found)
    return held if not missing else read_everywhere(node, names, found)


def read_everywhere(node: Patient, names: Names, mention_ids: Collection[str]) -> dict[str, Held]:
    """The mentions of these ids at this moment, whichever indices hold them."""
    possible = possible_ids(mention_ids)
    for round_number in range(_MOVES):
        there = layout(node, names)
        held, missing = _read(node, dict.fromkeys(possible, there.indices))
        if not missing:
            return held
        node.wait(_MOVE_WAIT_SECONDS * round_number)
    raise StoreUnavailable(f"cannot read mentions: {missing}; try again")


def possible_ids(mention_ids: Iterable[str]) -> list[str]:
    """Those that a mention could have, once each; Elasticsearch answers others with an error."""
    return [each for each in dict.fromkeys(mention_ids) if _can_be_an_id(each)]


def _found(node: Patient, names: Names, query: Mapping[str, Any]) -> list[dict[str, Any]]:
    answer = node.ask(
        "cannot look for mentions",
        lambda client: client.search(
            index=names.alias,
            query=query,
            size=_MOST_HITS,
            sort=["_doc"],
            source=False,
            track_total_hits=False,
            allow_partial_search_results=False,
        ),
    )
    hits: list[dict[str, Any]] = answer["hits"]["hits"]
    return hits


def _places(hits: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for hit in hits:
        found.setdefault(hit["_id"], []).append(hit["_index"])
    return found


def _read(node: Patient, found: Places) -> tuple[dict[str, Held], str]:
    """What is there, and why that may not be all: an index may have been moved or dropped since."""
    asked = [
        {"_index": index, "_id": mention_id}
        for mention_id, indices in found.items()
        for index in indices
    ]
    if not asked:
        return {}, ""
    answer = node.ask(
        "cannot read mentions", lambda client: client.mget(docs=asked, source_includes=["doc"])
    )
    missing, copies = "", dict[str, list[Copy]]()
    for each in answer["docs"]:
        if "error" in each:
            missing = said(each)
        elif each["found"]:
            copies.setdefault(each["_id"], []).append(_copy(each))
    held = {key: Held(tuple(sorted(some, key=_last_seen))) for key, some in copies.items()}
    return held, missing


def _copy(found: Mapping[str, Any]) -> Copy:
    mention = mention_of(found["_source"]["doc"], found["_id"])
    return Copy(found["_index"], mention, found["_seq_no"], found["_primary_term"])


def _last_seen(copy: Copy) -> tuple[datetime, str]:
    return copy.mention.refreshed or copy.mention.collected, copy.index


def _can_be_an_id(mention_id: str) -> bool:
    encoded = mention_id.encode(errors="replace")
    return 0 < len(encoded) <= MAX_ID_CHARACTERS and encoded.decode() == mention_id

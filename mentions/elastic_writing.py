"""How ElasticStore writes: find, read, merge, write if nobody was faster, else again.

Every write names the version it was merged from, or creates, so two writers of the same mention
never overwrite each other. Most mentions are new: they cost one look-up a chunk and no reading.

A mention whose date was corrected may move to another index. It is written there first and then
removed where it was, so that a crash leaves two copies and never none. Until the next upsert of
that mention (its batch is processed again) a search may show both; `get` merges them. Every upsert
finds copies wherever they are and leaves one. Only a copy that somebody else made in the same
second escapes the first look-up: `settle` looks again once everything is visible.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from mentions.documents import Document, document
from mentions.elastic_bulk import Operation, create, remove, replace, send
from mentions.elastic_client import Patient
from mentions.elastic_finding import Copy, Held, elsewhere, places, read, read_everywhere
from mentions.elastic_indices import Layout, Names, layout, open_partition
from mentions.elastic_partitions import partition_of
from mentions.errors import StoreError, StoreUnavailable
from mentions.mention import Mention
from mentions.store import Refused, Written
from mentions.writing import chunks, plan, total

MEETING_ROUNDS = 20
"""Times that a mention changed by others in between is merged again before giving up."""
MEETING_WAIT_SECONDS = 0.02
_PLANNED_TOGETHER = 20

Incoming = Mapping[str, Sequence[Mention]]


@dataclass(frozen=True, slots=True)
class Done:
    """What an upsert did, and the ids that it created under the index that holds them."""

    written: Written
    created: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where a mention shall be and what to write so that it is: None if it is as it shall be."""

    partition: str
    operation: Operation | None
    written: Written


@dataclass(slots=True)
class Attempt:
    """What became of writing some mentions.

    Those `met` were not written, as somebody else was faster. Those `left` were, but another copy
    of them is still there.
    """

    met: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    created: dict[str, list[str]] = field(default_factory=dict)


def upsert(node: Patient, names: Names, incoming: Incoming) -> Done:
    """Merge and write the mentions of some hundred ids."""
    held = read(node, names, places(node, names, incoming))
    done: list[Written] = []
    created: dict[str, list[str]] = {}
    waiting = incoming
    for round_number in range(MEETING_ROUNDS):
        there = layout(node, names)
        wanted, refused = _planned(names, there, waiting, held)
        attempt = _keep(node, names, there, wanted, held)
        merge_copies(node, names, attempt.left)
        refused += [Refused(key, reason) for key, reason in attempt.refused.items()]
        out = attempt.met | attempt.refused.keys()
        done += [each.written for key, each in wanted.items() if key not in out]
        done.append(Written(refused=tuple(refused)))
        for index, mention_ids in attempt.created.items():
            created.setdefault(index, []).extend(mention_ids)
        waiting = {key: incoming[key] for key in waiting if key in attempt.met}
        if not waiting:
            return Done(total(done), created)
        node.wait(MEETING_WAIT_SECONDS * (round_number + 1))
        held = read_everywhere(node, names, waiting)
    raise too_many_meetings(waiting)


def settle(node: Patient, names: Names, created: Mapping[str, Sequence[str]]) -> Written:
    """Of mentions just created and visible, merge those that another index holds as well.

    Where two writers made one each, whoever made its copy visible later sees both. What turns out
    to have been there already was updated, not created; so was what one call created twice.
    """
    if not created:
        return Written()
    removed = merge_copies(node, names, elsewhere(node, names, created))
    ours = Counter(key for mention_ids in created.values() for key in mention_ids)
    updated = sum(max(count - 1, min(count, removed.get(key, 0))) for key, count in ours.items())
    return Written(created=-updated, updated=updated)


def merge_copies(node: Patient, names: Names, mention_ids: Collection[str]) -> dict[str, int]:
    """Leave one copy of each mention, in the index it belongs to; how many more each had."""
    more: dict[str, int] = {}
    waiting = set(mention_ids)
    for round_number in range(MEETING_ROUNDS):
        if not waiting:
            return more
        if round_number:
            node.wait(MEETING_WAIT_SECONDS * round_number)
        found = read_everywhere(node, names, waiting)
        held = {key: each for key, each in found.items() if len(each.copies) > 1}
        more = {key: len(each.copies) - 1 for key, each in held.items()} | more
        there = layout(node, names)
        wanted = {
            key: Wanted(*_operation(names, there, each.mention, None, each), Written())
            for key, each in held.items()
        }
        attempt = _keep(node, names, there, wanted, held)
        if attempt.refused:
            raise StoreError(f"two copies cannot be made one: {attempt.refused}")
        waiting = attempt.met | attempt.left
    raise too_many_meetings(waiting)


def too_many_meetings(waiting: Collection[str]) -> StoreUnavailable:
    """What to raise when the others win every time."""
    return StoreUnavailable(
        f"{len(waiting)} mentions are being changed by others all the time; try again"
    )


def _planned(
    names: Names, there: Layout, incoming: Incoming, held: Mapping[str, Held]
) -> tuple[dict[str, Wanted], list[Refused]]:
    """Merge and put into words a few at a time.

    Documents are thousands of small objects that the garbage collector walks over again and again
    while they live: a hundred at once take 151 us of this process a mention, twenty 131 us.
    """
    wanted: dict[str, Wanted] = {}
    refused: list[Refused] = []
    for some in chunks(incoming, _PLANNED_TOGETHER):
        stored = {key: held[key].mention for key in some if key in held}
        changes, impossible = plan({key: incoming[key] for key in some}, stored)
        refused += impossible
        for key, change in changes.items():
            partition, operation = _operation(
                names, there, change.kept, change.document, held.get(key)
            )
            wanted[key] = Wanted(partition, operation, change.written)
    return wanted, refused


def _operation(
    names: Names, there: Layout, mention: Mention, changed: Document | None, held: Held | None
) -> tuple[str, Operation | None]:
    """The mention's partition, and what to write there unless it is there like this."""
    partition = partition_of(mention.published)
    copy = held.at(there.homes.get(partition)) if held else None
    if copy is None:
        operation = create(names.writing_alias(partition), changed or document(mention))
    elif copy.mention == mention:
        operation = None
    else:
        operation = replace(copy.index, changed or document(mention), **copy.version)
    return partition, operation


def _keep(
    node: Patient,
    names: Names,
    there: Layout,
    wanted: Mapping[str, Wanted],
    held: Mapping[str, Held],
) -> Attempt:
    """Write what changes to the index it belongs to, then remove it from any other."""
    there = _opened(node, names, there, {each.partition for each in wanted.values()})
    attempt = Attempt()
    operations = (each.operation for each in wanted.values() if each.operation)
    for key, result in send(node, operations).items():
        if result.is_met:
            attempt.met.add(key)
        elif result.refused:
            attempt.refused[key] = result.refused
        elif key not in held:
            home = there.homes.get(wanted[key].partition, "")
            attempt.created.setdefault(home, []).append(key)
    kept = wanted.keys() - attempt.met - attempt.refused.keys()
    others = [
        (key, copy)
        for key in held.keys() & kept
        for copy in held[key].copies
        if copy.index != there.homes.get(wanted[key].partition)
    ]
    attempt.left = _remove(node, others)
    return attempt


def _opened(node: Patient, names: Names, there: Layout, partitions: set[str]) -> Layout:
    """The layout once every partition that is written to has an index."""
    missing = partitions - there.homes.keys()
    for partition in sorted(missing):
        open_partition(node, names, partition)
    return layout(node, names) if missing else there


def _remove(node: Patient, copies: list[tuple[str, Copy]]) -> set[str]:
    """Remove these copies; the ids of those where somebody was faster."""
    left: set[str] = set()
    while copies:
        # A request names a mention once; a third copy of one is as good as never there.
        now = dict(copies)
        operations = [remove(copy.index, key, **copy.version) for key, copy in now.items()]
        left |= {key for key, result in send(node, operations).items() if result.is_met}
        copies = [(key, copy) for key, copy in copies if now[key] is not copy]
    return left

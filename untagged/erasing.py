"""Erasing an author: from the index, the journal, cases, alerts and messages, for good.

The order makes it safe to kill and to repeat: first the tombstone, so that nothing new comes in;
then what quotes the posts; then the posts themselves, by which the rest is found.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from alerts.erasing import Traces, erase_quotes
from cases import corrections, desk, relevance
from cases.tickets import Ticket, tickets_telling
from cases.traces import cases_of_mentions, noted_cases
from mentions.collected import Collected, Reject
from mentions.mention import Mention
from mentions.query.tree import Or, Query, Value
from mentions.query.values import stored_keyword
from spiders import copies
from spiders.erased import erase_authors, forget_quarantined, names_in
from untagged.pipeline import Pipeline

AT_ONCE = 200
"""Posts in one transaction: nobody else waits long, and a kill loses little."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom to erase: a handle or an id, on one platform and from one source where that is said.

    `ids` are the accounts (platform, source, id) that this was found to be: whoever changes their
    handle stays the same.
    """

    author: str
    platform: str = ""
    source: str = ""
    ids: frozenset[tuple[str, str, str]] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """The name as a platform's record has it."""
        name = self.author.removeprefix("@")
        return (name, f"@{name}") if name else ()

    def holds(self, item: Collected) -> bool:
        """Whether it is a post of theirs, or what came in place of one that nobody could read."""
        if isinstance(item, Reject):
            return names_in(item.raw, self.names)
        return isinstance(item, Mention) and self.is_by(item)

    def is_by(self, mention: Mention) -> bool:
        """Whether they wrote it. A display name is anybody's and does not count."""
        if self.platform and mention.platform.casefold() != self.platform.casefold():
            return False
        if self.source and mention.source != self.source:
            return False
        name = self.author.removeprefix("@")
        author = mention.author
        if (mention.platform, mention.source, author.id) in self.ids or name == author.id:
            return bool(author.id)
        return bool(name) and author.handle.casefold() == name.casefold()


@dataclass(slots=True)
class Found:
    """What there is of an author; `posts` are theirs by id, wherever they were found.

    `batches` are the journal's with lines of theirs, `notes` the cases in which colleagues wrote
    something, `tickets` what help desks were told. Both are only named: others have to change them.
    """

    wanted: Wanted
    posts: dict[str, Mention] = field(default_factory=dict)
    stored: int = 0
    batches: dict[str, int] = field(default_factory=dict)
    cases: tuple[int, ...] = ()
    notes: tuple[int, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    quotes: dict[str, int] = field(default_factory=dict)

    @property
    def ids(self) -> frozenset[tuple[str, str, str]]:
        """The accounts that have an id, which outlives a handle."""
        found = self.posts.values()
        return frozenset(
            (one.platform, one.source, one.author.id) for one in found if one.author.id
        )

    @property
    def lines(self) -> int:
        """Lines of theirs in the journal."""
        return sum(self.batches.values())

    @property
    def accounts(self) -> list[dict[str, Any]]:
        """Each account by platform and source, with how many posts."""
        counts: dict[tuple[str, ...], int] = {}
        for post in self.posts.values():
            who = post.author
            key = (post.platform, post.source, who.id, who.handle, who.name, who.url)
            counts[key] = counts.get(key, 0) + 1
        names = ("platform", "source", "id", "handle", "name", "url", "posts")
        return [
            dict(zip(names, (*key, number), strict=True)) for key, number in sorted(counts.items())
        ]

    def to_json(self) -> dict[str, Any]:
        """Counts and numbers of places; no word of theirs."""
        return {
            "accounts": self.accounts,
            "stored": self.stored,
            "journal": {"batches": len(self.batches), "lines": self.lines},
            "cases": list(self.cases),
            "quotes": self.quotes,
            "notes_to_look_at": list(self.notes),
            "tickets": [
                {
                    "case": one.case_id,
                    "desk": one.desk,
                    "key": one.key,
                    "ticket": one.number,
                    "url": one.url,
                }
                for one in self.tickets
            ],
        }


def found(pipeline: Pipeline, wanted: Wanted) -> Found:
    """What there is of the author, everywhere; nothing is changed."""
    there = _posts(pipeline, wanted)
    while there.ids != there.wanted.ids:  # what they wrote under another handle
        there = _posts(pipeline, replace(wanted, ids=there.ids | there.wanted.ids))
    traces = Traces.of(there.posts.values())
    with pipeline.read() as connection:
        numbers = sorted(set(cases_of_mentions(connection, list(there.posts)).values()))
        there.cases = tuple(numbers)
        there.notes = tuple(noted_cases(connection, numbers))
        there.tickets = tuple(tickets_telling(connection, list(there.posts)))
        there.quotes = erase_quotes(connection, traces, is_trial=True)
        there.quotes["quarantine"] = forget_quarantined(connection, wanted.names, is_trial=True)
    return there


def _posts(pipeline: Pipeline, wanted: Wanted) -> Found:
    there = Found(wanted)
    for mention in pipeline.store.iterate(_query(wanted)):
        if wanted.is_by(mention):
            there.posts[mention.id] = mention
            there.stored += 1
    by_name, asked = dict[str, int](), replace(wanted, ids=frozenset())
    for name in pipeline.journal.names():
        theirs = [one for one in pipeline.journal.read(name) if wanted.holds(one)]
        if theirs:
            batches = by_name if any(map(asked.holds, theirs)) else there.batches
            batches[name] = len(theirs)
            posts = (one for one in theirs if isinstance(one, Mention))
            there.posts = {post.id: post for post in posts} | there.posts
    # What tells their ids goes last: after a kill the name they have now still finds the rest.
    there.batches |= by_name
    return there


def erase(pipeline: Pipeline, there: Found, *, now: datetime, actor: str) -> None:
    """Erase what was found. Killed in between, it is done by doing all of it once more."""
    posts = list(there.posts.values())
    with pipeline.begin() as connection:
        erase_authors(connection, posts, now=now)
    traces = Traces.of(posts)
    with pipeline.begin() as connection:
        erase_quotes(connection, traces, is_trial=False)
        forget_quarantined(connection, there.wanted.names, is_trial=False)
    ids = list(there.posts)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        with pipeline.begin() as connection:
            copies.forget(connection, some)
            relevance.forget(connection, some)
            corrections.forget(connection, some)
            for mention_id in some:
                desk.mention_deleted(connection, mention_id, now=now, actor=actor)
    pipeline.store.delete(ids)
    for name in there.batches:
        pipeline.journal.without(name, there.wanted.holds)


def _query(wanted: Wanted) -> Query:
    """Whoever has the name or one of the ids, others among them."""
    names = {wanted.author.removeprefix("@"), *(one for _, _, one in wanted.ids)}
    values = sorted({stored_keyword("author", name) for name in names if name})
    return Query(wanted.author, Or(tuple(Value("author", value) for value in values)))

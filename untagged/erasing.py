"""Erasing an author: from the index, the journal, cases, alerts and messages, for good.

The order makes it safe to kill and to repeat: first the tombstone, so that nothing new comes in;
then what quotes the posts; then the posts themselves, by which the rest is found.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from alerts.digests.entries.forgetting import entries_of, forget_members, noted_entries
from alerts.erasing import Traces, erase_quotes, written_about
from cases import corrections, desk, relevance
from cases.forgetting import alert_cases_naming, unname_alert_cases
from cases.tickets import Ticket, tickets_telling
from cases.traces import cases_of_mentions, noted_cases, posts_by, routing_about
from mentions.collected import AuthorDeletion, Collected, Reject
from mentions.errors import UntaggedError
from mentions.mention import Mention
from mentions.query.tree import Or, Query, Value
from mentions.query.values import stored_keyword
from spiders import copies
from spiders.erased import erase_authors, forget_quarantined, names_in
from untagged.accounts.trail import note_down
from untagged.exports.plan import parts_holding
from untagged.exports.record import kept_parts
from untagged.happenings import forget_mentions, rewrite_case
from untagged.pipeline import Pipeline
from untagged.views import views_about

AT_ONCE = 200
"""Posts in one transaction: nobody else waits long, and a kill loses little."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom to erase: a handle or an id, on one platform and from one source where that is said.

    `ids` are the accounts (platform, source, id) that this was found to be: whoever changes their
    handle stays the same. `handles` and `sources` are those of the posts that were found.
    """

    author: str
    platform: str = ""
    source: str = ""
    ids: frozenset[tuple[str, str, str]] = frozenset()
    handles: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """An author without a name would be whoever has none."""
        if not self.author.removeprefix("@"):
            raise UntaggedError("an author to erase has a handle or an id; write it after --author")

    @property
    def names(self) -> frozenset[str]:
        """What they are called on a platform, as far as that is known; without '@'."""
        return self.handles | {self.author.removeprefix("@")}

    def holds(self, item: Collected) -> bool:
        """Whether it is a post of theirs, or what came in place of one that nobody could read."""
        if isinstance(item, Reject):
            return self.is_named_in(item.source, item.raw)
        if isinstance(item, AuthorDeletion):
            there = {(source, number) for _, source, number in self.ids}
            return (item.source, item.author_id) in there
        return isinstance(item, Mention) and self.is_by(item)

    def is_named_in(self, source: str, raw: str) -> bool:
        """Whether what nobody could read has a name of theirs, where theirs may be."""
        if self.source or self.platform:
            is_there = source == self.source if self.source else source in self.sources
            if not is_there:
                return False
        return names_in(raw, [one for name in self.names for one in (name, f"@{name}")])

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
        return author.handle.casefold() == name.casefold()


@dataclass(slots=True)
class Found:
    """What there is of an author; `posts` are theirs by id, wherever they were found.

    `older` are posts that only cases know any more: first words and address, by id. `strangers`
    are ids in the journal of posts by others who are called the same. `batches` are the journal's
    with lines of theirs. `notes` are the cases in which colleagues wrote something, `tickets` what
    help desks were told, `others` what else may name the author: these are only told of, as they
    are for others to change.
    """

    wanted: Wanted
    posts: dict[str, Mention] = field(default_factory=dict)
    older: dict[str, tuple[str, str]] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    stored: int = 0
    batches: dict[str, int] = field(default_factory=dict)
    cases: tuple[int, ...] = ()
    notes: tuple[int, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    quotes: dict[str, int] = field(default_factory=dict)
    others: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def known(self) -> Wanted:
        """Whom that was found to be, by all of their posts."""
        found, before = self.posts.values(), self.wanted
        ids = {(one.platform, one.source, one.author.id) for one in found if one.author.id}
        return replace(
            before,
            ids=before.ids | ids,
            handles=before.handles | {one.author.handle for one in found if one.author.handle},
            sources=before.sources | {one.source for one in found},
        )

    @property
    def traces(self) -> Traces:
        """By what quotes of the posts are known again."""
        said = [word for one in self.older.values() for word in one]
        return Traces.of(self.posts.values()).also(ids=self.older, words=said)

    @property
    def is_anything(self) -> bool:
        """Whether something of theirs is here."""
        return bool(self.posts or self.batches or self.older)

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
            "older_posts": len(self.older),
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
            "others_to_look_at": self.others,
        }


def found(pipeline: Pipeline, wanted: Wanted) -> Found:
    """What there is of the author, everywhere; nothing is changed."""
    there = _posts(pipeline, wanted)
    while there.known != there.wanted:  # what they wrote under another handle
        there = _posts(pipeline, there.known)
    sources = {wanted.source} if wanted.source else there.wanted.sources
    with pipeline.read() as connection:
        of_cases = posts_by(connection, there.wanted.names, sources)
    for one, said in of_cases.items():
        is_known = one in there.posts or one in there.strangers or pipeline.store.get(one)
        if not is_known:
            there.older[one] = said
    with pipeline.read() as connection:
        _look(connection, there)
    return there


def _look(connection: Any, there: Found) -> None:
    """Where the database holds something of theirs."""
    wanted, traces = there.wanted, there.traces
    ids = [*there.posts, *there.older]
    of_alerts = {case.id for case in alert_cases_naming(connection, traces.unnamed_reason)}
    numbers = sorted({*cases_of_mentions(connection, ids).values(), *of_alerts})
    there.cases = tuple(numbers)
    there.notes = tuple(noted_cases(connection, numbers))
    there.tickets = tuple(tickets_telling(connection, ids))
    there.quotes = erase_quotes(connection, traces, is_trial=True)
    there.quotes["quarantine"] = forget_quarantined(connection, wanted.is_named_in, is_trial=True)
    there.quotes["requests"] = sum(entries_of(connection, ids).values())
    named = traces.also(names=wanted.names)
    there.others = {
        **written_about(connection, named),
        "routing": routing_about(connection, named.is_named_in),
        "requests": noted_entries(connection, named.is_named_in),
        "views": views_about(connection, named.is_named_in),
        "exports": parts_holding(
            kept_parts(connection), (post.published for post in there.posts.values())
        ),
    }


def _posts(pipeline: Pipeline, wanted: Wanted) -> Found:
    there = Found(wanted)
    for mention in pipeline.store.iterate(_query(wanted)):
        if wanted.is_by(mention):
            there.posts[mention.id] = mention
            there.stored += 1
    called = {name.casefold() for name in wanted.names}
    by_name, asked = dict[str, int](), Wanted(wanted.author, wanted.platform, wanted.source)
    for name in pipeline.journal.names():
        theirs = list[Collected]()
        for one in pipeline.journal.read(name):
            if wanted.holds(one):
                theirs.append(one)
            elif isinstance(one, Mention) and _called(one) in called:
                there.strangers.add(one.id)
        if theirs:
            batches = by_name if any(map(asked.holds, theirs)) else there.batches
            batches[name] = len(theirs)
            posts = (one for one in theirs if isinstance(one, Mention))
            there.posts = {post.id: post for post in posts} | there.posts
    # What tells their ids goes last: after a kill the name they have now still finds the rest.
    there.batches |= by_name
    return there


def _called(mention: Mention) -> str:
    """What a case calls its author."""
    author = mention.author
    return (author.handle or author.name or author.id).casefold()


def erase(
    pipeline: Pipeline, there: Found, *, now: datetime, actor: str, address: str = ""
) -> None:
    """Erase what was found. Killed in between, it is done by doing all of it once more.

    The trail of the accounts says by whom and how much, and not of whom.
    """
    posts = list(there.posts.values())
    with pipeline.begin() as connection:
        erase_authors(connection, posts, now=now)
        if there.is_anything:
            counts = {"posts": len(posts) + len(there.older), "journal_lines": there.lines}
            note_down(
                connection,
                "erasing an author",
                at=now,
                actor=actor,
                user_id=None,
                address=address,
                detail=counts,
            )
    traces = there.traces
    with pipeline.begin() as connection:
        erase_quotes(connection, traces, is_trial=False)
        forget_quarantined(connection, there.wanted.is_named_in, is_trial=False)
    with pipeline.begin() as connection:
        unname_alert_cases(
            connection, traces.unnamed_reason, now=now, actor=actor, action="author erased"
        )
    ids = [*there.posts, *there.older]
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        with pipeline.begin() as connection:
            copies.forget(connection, some)
            relevance.forget(connection, some)
            corrections.forget(connection, some)
            forget_members(connection, some)
            for mention_id in some:
                desk.mention_deleted(connection, mention_id, now=now, actor=actor)
            forget_mentions(connection, some)
    with pipeline.begin() as connection:
        for number in there.cases:
            rewrite_case(connection, desk.read_case(connection, number), now)
    pipeline.store.delete(there.posts)
    with pipeline.begin() as connection:
        erase_quotes(connection, traces, is_trial=False)  # in digests kept in between
    for name in there.batches:
        pipeline.journal.without(name, there.wanted.holds)


def _query(wanted: Wanted) -> Query:
    """Whoever has the name or one of the ids, others among them."""
    names = {wanted.author.removeprefix("@"), *(one for _, _, one in wanted.ids)}
    values = sorted({stored_keyword("author", name) for name in names if name})
    return Query(wanted.author, Or(tuple(Value("author", value) for value in values)))

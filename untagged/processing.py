"""Process one batch: read it, drop what names no brand, tell near copies, index, note answers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from alerts.deleting import forget_deleted
from alerts.digests.entries.forgetting import forget_members
from alerts.erasing import Traces
from alerts.events.webhook import Webhook
from cases import corrections, desk, relevance
from cases.forgetting import unname_alert_cases
from mentions.brand import Brand
from mentions.collected import AuthorDeletion, Collected, Deletion, Reject
from mentions.mention import Mention
from mentions.query.tree import And, Exists, Or, Query, Value
from mentions.store import MentionStore
from nlp.reader import Reader
from spiders import copies
from spiders.erased import erased_among
from untagged.addressing import addressing
from untagged.digests.asking import mentions_by_id
from untagged.going_on import going_on
from untagged.happenings import Matched, forget_mentions, rewrite_case
from untagged.marking import marked
from untagged.reply_letters import forget_letters

CHUNK = 500
"""Posts read and written together: enough for bulk speed, few enough for flat memory."""


@dataclass(slots=True)
class Tally:
    """What became of the lines of a batch; every line is in exactly one of the counts."""

    indexed: int = 0
    unmatched: int = 0
    deleted: int = 0
    erased: set[str] = field(default_factory=set)
    """Ids of posts whose authors asked to be forgotten; nothing of them is kept."""
    rejects: list[Reject] = field(default_factory=list)


class Processor:
    """Reads batches into the store. Doing the same batch again changes nothing."""

    def __init__(
        self,
        *,
        store: MentionStore,
        reader: Callable[[], Reader],
        begin: Callable[[], AbstractContextManager[Any]],
        brands: Sequence[Brand],
        webhooks: Sequence[Webhook] = (),
    ) -> None:
        self._store = store
        self._reader = reader
        self._begin = begin
        self._brands = brands
        self._matched = Matched(webhooks)

    def process(self, items: Iterable[Collected], *, now: datetime) -> Tally:
        """Index `items`. Raises StoreUnavailable; what was written by then is safe to repeat."""
        tally = Tally()
        stream = iter(items)
        while chunk := list(islice(stream, CHUNK)):
            tally.rejects += [item for item in chunk if isinstance(item, Reject)]
            self._index(self._remembered(chunk, tally), tally, now)
            self._remove(chunk, tally, now)
        return tally

    def _remembered(self, chunk: Sequence[Collected], tally: Tally) -> list[Mention]:
        """The posts of the chunk but for those of erased authors."""
        posts = [item for item in chunk if isinstance(item, Mention)]
        with self._begin() as connection:
            gone = erased_among(connection, posts)
        tally.erased |= gone
        return [post for post in posts if post.id not in gone]

    def _index(self, posts: list[Mention], tally: Tally, now: datetime) -> None:
        named, unnamed = list[Mention](), list[Mention]()
        for read in self._reader().read(posts, only_named=True):
            if isinstance(read, Reject):
                tally.rejects.append(read)
            elif read.brands:
                named.append(read)
            else:
                unnamed.append(read)
        more = going_on(unnamed, named, store=self._store, is_owned=self._is_owned)
        tally.unmatched += len(unnamed) - len(more)
        more = self._read_whole(more, tally)
        named = addressing([*named, *more], brands=self._brands, store=self._store)
        named = marked(self._clustered(named))
        written = self._store.upsert(named)
        tally.indexed += len(named) - len(written.refused)
        by_id = {mention.id: mention for mention in named}
        for refused in written.refused:
            raw = by_id[refused.mention_id].text
            tally.rejects.append(Reject(by_id[refused.mention_id].source, refused.reason, raw))
        self._note_answers(named, now)
        with self._begin() as connection:
            said_more = [mention for mention in named if not self._is_owned(mention)]
            desk.follow_ups(connection, said_more, now=now)
            kept_out = {refused.mention_id for refused in written.refused}
            self._matched.tell(connection, [m for m in named if m.id not in kept_out], now=now)

    def _read_whole(self, going_on: Sequence[Mention], tally: Tally) -> list[Mention]:
        """What goes on a conversation, read as if it named the brands that it has from there."""
        whole = []
        for was, read in zip(going_on, self._reader().read(going_on), strict=True):
            if isinstance(read, Reject):
                tally.rejects.append(read)
            else:
                reasons = {**read.reasons, "brands": was.reasons["brands"]}
                whole.append(read.model_copy(update={"brands": was.brands, "reasons": reasons}))
        return whole

    def _clustered(self, mentions: Sequence[Mention]) -> list[Mention]:
        """The mentions with the story of which each is a near copy."""
        with self._begin() as connection:
            found = copies.clusters(connection, mentions)
        return [
            mention.model_copy(update={"cluster": found[mention.id]})
            if mention.id in found
            else mention
            for mention in mentions
        ]

    def _note_answers(self, mentions: Sequence[Mention], now: datetime) -> None:
        """Mark what owned accounts answered, whichever of post and answer came first."""
        newest_first = sorted(mentions, key=lambda mention: mention.published, reverse=True)
        answers = {m.reply_to: m for m in newest_first if m.reply_to and self._is_owned(m)}
        waiting = {m.id: m.published for m in mentions if m.needs_reply and m.id not in answers}
        for answer in self._stored_answers(min(waiting.values(), default=None)):
            if answer.reply_to in waiting:
                answers.setdefault(answer.reply_to, answer)
        for mention_id, answer in answers.items():
            self._note_answer(mention_id, answer.published, now)
        for mention in mentions:
            if mention.answered_at is not None:  # a store tells it with the review itself
                self._note_answer(mention.id, mention.answered_at, now)

    def _stored_answers(self, since: datetime | None) -> Iterator[Mention]:
        """Replies by owned accounts from `since` on. They are few, and found by their author."""
        handles = [
            Value("author", handle)
            for brand in self._brands
            for handle in sorted(brand.all_handles())
        ]
        if since is None or not handles:
            return
        replies = Query("answers", And((Or(tuple(handles)), Exists("reply_to"))))
        stored = self._store.iterate(replies, since=since)
        yield from (mention for mention in stored if self._is_owned(mention))

    def _note_answer(self, mention_id: str, at: datetime, now: datetime) -> None:
        question = self._store.get(mention_id)
        if question is None:
            return
        if question.answered_at is None or at < question.answered_at:
            self._store.upsert([question.model_copy(update={"answered_at": at})])
        with self._begin() as connection:
            desk.mark_answered(connection, mention_id, at, now=now)

    def _is_owned(self, mention: Mention) -> bool:
        return any(brand.owns(mention.author.handle, mention.platform) for brand in self._brands)

    def _remove(self, chunk: Sequence[Collected], tally: Tally, now: datetime) -> None:
        posts = [item.mention_id for item in chunk if isinstance(item, Deletion)]
        accounts = [item for item in chunk if isinstance(item, AuthorDeletion)]
        tally.deleted += len(posts) + len(accounts)
        ids = [*posts, *(gone for account in accounts for gone in self._ids_of(account))]
        if not ids:
            return
        # First, as whoever is killed behind the next line finds an account's mentions no more.
        there = mentions_by_id(self._store, ids)
        with self._begin() as connection:
            copies.forget(connection, ids)
            traces = forget_deleted(connection, list(there.values()))
            if traces.alert_keys:
                self._unname(connection, traces, now)
        self._store.delete(ids)
        with self._begin() as connection:
            forget_deleted(connection, list(there.values()))  # of digests kept in between
            relevance.forget(connection, ids)
            corrections.forget(connection, ids)
            forget_members(connection, ids)
            for mention_id in ids:
                if case := desk.mention_deleted(connection, mention_id, now=now):
                    forget_letters(connection, case.id)
                    rewrite_case(connection, case, now)
            forget_mentions(connection, ids)

    def _unname(self, connection: Any, traces: Traces, now: datetime) -> None:
        """Take the authors out of the cases of alerts, whose words were the alert's reason."""
        for case in unname_alert_cases(
            connection, traces.unnamed_reason, now=now, action="post deleted"
        ):
            rewrite_case(connection, case, now)

    def _ids_of(self, account: AuthorDeletion) -> list[str]:
        """The account's stored mentions; an author's name may read like another's id."""
        of_source, by_author = Value("source", account.source), Value("author", account.author_id)
        stored = self._store.iterate(Query("account", And((of_source, by_author))))
        return [
            mention.id
            for mention in stored
            if mention.source == account.source and mention.author.id == account.author_id
        ]

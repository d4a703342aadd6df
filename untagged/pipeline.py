"""The pipeline: collect, journal, enrich, index, detect, respond, deliver, as callable steps.

Every step may be called again at any time: what was done is not done twice.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alerts import calendars, outbox
from alerts.rules import Rule
from cases.help_desks.opening import open_desks
from mentions.errors import NotFound, UntaggedError
from mentions.mention import Added, Mention
from mentions.series import Spike
from mentions.store import MentionStore
from nlp.build import models_in_use
from nlp.reader import Reader
from nlp.spike_boards import Boards
from spiders import collecting, state
from spiders.backfills import keep_backfill, read_backfills
from spiders.columns import Columns
from spiders.file import read_file
from spiders.health import heard_at
from spiders.journal import Batch, Journal
from spiders.run import SourceRun
from spiders.source import Source
from untagged import backfilling, detecting, housekeeping, listening, sending, turns
from untagged.customers import open_customers
from untagged.events import Event
from untagged.exports.plan import Kept
from untagged.exports.running import Exports
from untagged.processing import Processor, Tally
from untagged.replay import replayed
from untagged.rereading import reread
from untagged.responding import Moment, Responder
from untagged.routing_now import with_rules_in_force
from untagged.settings import Settings
from untagged.ticketing import exchange
from untagged.watches.scene import Scene

if TYPE_CHECKING:
    from untagged.digests.due import DigestsSent

Begin = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import left in the journal: batches, posts and rows that could not be read."""

    batches: tuple[Batch, ...]

    @property
    def posts(self) -> int:
        """Posts that wait to be processed."""
        return sum(batch.posts for batch in self.batches)

    @property
    def rejects(self) -> int:
        """Rows that could not be read; processing puts them in quarantine."""
        return sum(batch.rejects for batch in self.batches)


@dataclass(frozen=True, slots=True)
class Processed:
    """What became of the waiting batches, line by line."""

    batches: int = 0
    indexed: int = 0
    unmatched: int = 0
    deleted: int = 0
    quarantined: int = 0
    reread: int = 0
    """Mentions of older models that were read again."""

    def to_json(self) -> dict[str, int]:
        """The counts."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Responded:
    """What fired and opened, and what became of the notifications that were due."""

    events: tuple[Event, ...]
    sent: int
    delayed: int
    dead: int


class Pipeline:
    """The steps over one set of settings, store, database and journal.

    `begin()` is a transaction of the operations database, `read()` one that only looks.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        store: MentionStore,
        begin: Begin,
        read: Begin,
        journal: Journal,
        reader: Callable[[], Reader],
        scratch: Callable[[], AbstractContextManager[Begin]],
    ) -> None:
        self.settings = settings
        self.store = store
        self.begin = begin
        self.read = read
        self.journal = journal
        self.reader = reader
        self.customers = open_customers(settings.customers)
        self._scratch = scratch
        self._boards = Boards()
        self.help_desks = open_desks(settings.help_desks)

    def collect(
        self, names: Sequence[str] = (), *, now: datetime, due_only: bool = False
    ) -> list[SourceRun]:
        """One pass over the named sources, or all. Cursors move after their batches are durable.

        `due_only` leaves out those whose turn it is not (see `spiders.pacing`). A source that
        fails says so in its run; the others go on.
        """
        sources = self._sources(names)
        if due_only:
            sources = turns.due(sources, self.store, self.begin, now=now)
        if not sources:
            return []
        with self.begin() as connection:
            cursors = state.read_cursors(connection, [source.name for source in sources])
        runs = collecting.collect(
            sources,
            journal_url=self.settings.journal,
            cursors=cursors,
            user_agent=self.settings.user_agent,
            now=now,
            waiting={one.name: turns.followed(one, self.store, now=now) for one in sources},
            time_limit=turns.shortest(self.settings.sources) if due_only else collecting.TIME_LIMIT,
        )
        for run in runs:
            with self.begin() as connection:
                state.record_run(connection, run)
        return runs

    def backfill(
        self,
        name: str,
        *,
        asked: str,
        since: datetime,
        until: datetime | None,
        now: datetime,
        again: bool = False,
    ) -> backfilling.Backfilled:
        """One pass over a window of a source's past; the live run neither sees nor is seen by it.

        The same words in `asked` go on with the window that they began, also when `since` has
        moved on with the clock. `again` begins anew. Raises SettingsError where the source has no
        past to read, Conflict where another window is not finished.
        """
        (source,) = self._sources([name])
        backfilling.check_past(source)
        with self.begin() as connection:
            kept = read_backfills(connection).get(name)
            past = backfilling.window(since, until, heard_at=heard_at(connection, name), now=now)
        backfill = backfilling.chosen(
            kept, source=name, asked=asked, past=past, now=now, again=again
        )
        if backfill.done_at is not None:
            return backfilling.Backfilled(backfill)
        with self.begin() as connection:
            keep_backfill(connection, backfill)
        done = backfilling.one_pass(source, backfill, settings=self.settings, now=now)
        with self.begin() as connection:
            keep_backfill(connection, done.backfill, done.run)
        return done

    def import_file(
        self,
        path: Path,
        *,
        columns: Columns | None,
        source: str,
        now: datetime,
        added: Added = "live",
    ) -> Imported:
        """Put a file's rows into the journal. Raises SettingsError if its columns do not fit."""
        rows = read_file(path, columns, source=source, now=now, added=added)
        written = []
        for batch in self.journal.write_all(source, rows, at=now):
            with self.begin() as connection:
                state.record_batch(connection, batch)
            written.append(batch)
        return Imported(tuple(written))

    def process(self, *, now: datetime) -> Processed:
        """Read some of what older models read again, then every waiting batch, oldest first.

        Raises StoreUnavailable; batches that were not finished wait for the next call.
        """
        # First, since what this call indexes is read by the models in use.
        reading = self.settings.reading
        models = models_in_use(reading.profile, reading.stream)
        read_again = reread(self.store, self.reader, self.begin, models=models, now=now)
        with self.begin() as connection:
            waiting = state.waiting_batches(connection, self.journal.names())
        processor = Processor(
            store=self.store,
            reader=self.reader,
            begin=self.begin,
            brands=self.settings.brands,
            webhooks=self.settings.webhooks,
        )
        tallies = [self._process(processor, name, now) for name in waiting]
        return Processed(
            batches=len(tallies),
            indexed=sum(tally.indexed for tally in tallies),
            unmatched=sum(tally.unmatched for tally in tallies),
            deleted=sum(tally.deleted for tally in tallies),
            quarantined=sum(len(tally.rejects) for tally in tallies),
            reread=read_again,
        )

    def respond(self, *, now: datetime) -> Responded:
        """Detect, apply the rules, open and assign cases, look at the clocks, deliver."""
        calendars.refresh(self.begin, self.settings.on_call, now=now)
        scene = Scene(
            settings=with_rules_in_force(self.settings, self.read),
            store=self.store,
            series_at=detecting.live_series(self.store),
            sources_at=self._sources_at(),
            boards=self._boards,
        )
        responder = Responder(scene, begin=self.begin)
        try:
            events = tuple(responder.respond(Moment(now)))
        finally:
            # What was decided before must not wait for a rule that fails now.
            exchange(self.settings, self.help_desks, self.begin, now=now)
            delivered = self.deliver(now=now)
        return Responded(events, delivered.sent, delivered.delayed, delivered.dead)

    def deliver(self, *, now: datetime) -> outbox.Delivered:
        """Send the notifications that are due; what cannot be sent is kept and shown."""
        return sending.deliver(
            self.settings, self.help_desks, begin=self.begin, lookup=self.store.get, now=now
        )

    def digests_due(self, *, now: datetime) -> "DigestsSent":
        """Make the digests that are due, and send them. Raises the first problem after the rest."""
        from untagged.digests.due import send_due  # noqa: PLC0415 - its gatherers take the pipeline

        try:
            sent = send_due(self, now=now)
        except UntaggedError:
            self.deliver(now=now)
            raise
        if sent.told:
            self.deliver(now=now)
        return sent

    def replay(
        self,
        *,
        since: datetime,
        until: datetime,
        step: timedelta,
        rules: Sequence[Rule] | None = None,
        looked: Callable[[datetime], None] = lambda _now: None,
    ) -> Iterator[Event]:
        """What would have fired and opened, over what is indexed now; nothing is written.

        By `rules`, else by those of the settings. `looked` is called after each step.
        """
        update = {} if rules is None else {"rules": tuple(rules)}
        settings = with_rules_in_force(self.settings, self.read).model_copy(update=update)
        with self._scratch() as begin:
            scene = Scene(
                settings=settings,
                store=self.store,
                series_at=detecting.kept_series(self.store, since=since, until=until),
                sources_at=self._sources_at(),
                is_replay=True,
            )
            responder = Responder(scene, begin=begin)
            yield from replayed(responder, since=since, until=until, step=step, looked=looked)

    def spikes(self, *, brand: str | None, since: datetime, until: datetime) -> list[Spike]:
        """Spikes of every brand and signal that the rules watch (or of one brand)."""
        names = [one.name for one in self.settings.brands]
        if brand is not None and brand not in names:
            raise NotFound(f"there is no brand {brand!r}; the settings have {', '.join(names)}")
        chosen = [brand] if brand is not None else names
        return detecting.spikes_between(
            self.store, self.settings.rules, chosen, since=since, until=until
        )

    def sources(self, *, now: datetime) -> list[listening.Listened]:
        """How each configured source is doing."""
        return listening.listened(self.settings.sources, self.read, now=now)

    def housekeeping(self, *, now: datetime) -> housekeeping.Kept:
        """Forget what is older than the settings keep, in every store."""
        return housekeeping.tidy(
            settings=self.settings,
            store=self.store,
            begin=self.begin,
            journal=self.journal,
            now=now,
        )

    @property
    def exports(self) -> Exports:
        """The exports of the settings."""
        return Exports(self.settings, self.store, self.begin)

    def export_due(self, *, now: datetime) -> list[Kept]:
        """Bring out the files of mentions that are due; what failed says why in its `error`."""
        return self.exports.due(now=now)

    def _sources_at(self) -> listening.SourcesAt:
        """Each moment is looked up once, and forgotten with the next."""

        @lru_cache(maxsize=1)
        def sources_at(now: datetime) -> list[listening.Listened]:
            return self.sources(now=now)

        return sources_at

    def _sources(self, names: Sequence[str]) -> list[Source]:
        known = {source.name: source for source in self.settings.sources}
        for name in names:
            if name not in known:
                listed = ", ".join(known) or "none"
                raise NotFound(f"there is no source {name!r}; the settings have {listed}")
        return [known[name] for name in names] if names else list(known.values())

    def _process(self, processor: Processor, name: str, now: datetime) -> Tally:
        tally = processor.process(self.journal.read(name), now=now)
        with self.begin() as connection:
            state.finish_batch(
                connection,
                name,
                indexed=tally.indexed,
                unmatched=tally.unmatched,
                rejects=tally.rejects,
                at=now,
            )
        if tally.erased:  # collected again after they asked to be forgotten
            erased = tally.erased
            self.journal.without(name, lambda item: isinstance(item, Mention) and item.id in erased)
        return tally

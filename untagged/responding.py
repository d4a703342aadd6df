"""Respond at a moment: spikes and unanswered posts become alerts, cases and notifications."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from alerts.firing import flatline_firing, spike_firing, unanswered_firings
from alerts.rules import FlatlineRule, Rule, SpikeRule, UnansweredRule
from mentions.mention import Mention
from mentions.query.tree import Query, Range
from mentions.series import Series, Spike
from mentions.store import MentionStore, Page
from nlp.spike_reason import said_copies
from nlp.spikes import SpikeSettings, current_spike
from untagged.decisions import Decisions
from untagged.detecting import SeriesAt, heard_spike, signal_query
from untagged.doubt import doubts
from untagged.events import Event
from untagged.listening import SourcesAt
from untagged.settings import Settings
from untagged.waiting import Waiting

HOUR = timedelta(hours=1)
EVIDENCE = 5
"""Posts that a spike's alert points at: the widest since the hour before it was told."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When to respond. `previous` is the step before in a replay, None when live."""

    now: datetime
    previous: datetime | None = None


class Responder:
    """Decides at any moment over any store. Live, make one for each response.

    `is_replay`: nothing is written to the store, and what was done live is not known.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        store: MentionStore,
        series_at: SeriesAt,
        sources_at: SourcesAt,
        begin: Callable[[], AbstractContextManager[Any]],
        is_replay: bool = False,
    ) -> None:
        self._settings = settings
        self._store = store
        self._series_at = series_at
        self._sources_at = sources_at
        self._decisions = Decisions(settings=settings, begin=begin)
        self._is_replay = is_replay
        self._in_hand: set[str] = set()
        self._waiting: dict[str, Waiting] = {}

    def respond(self, moment: Moment) -> Iterator[Event]:
        """Everything that is due at `moment.now`: rules in their order, then the clocks.

        Clocks make no events, so a replay leaves them alone.
        """
        for rule in self._settings.rules:
            match rule:
                case SpikeRule():
                    yield from self._spikes(rule, moment.now)
                case UnansweredRule():
                    yield from self._unanswered(rule, moment.now)
                case FlatlineRule():
                    yield from self._flatlines(rule, moment.now)
        if moment.previous is None:
            self._decisions.tick(moment.now)
        else:
            self._note_answers(moment.previous, moment.now)

    def _brands(self, rule: Rule) -> list[str]:
        return list(rule.brands) or [brand.name for brand in self._settings.brands]

    def _spikes(self, rule: SpikeRule, now: datetime) -> Iterator[Event]:
        settings = SpikeSettings(sensitivity=rule.sensitivity, minimum=rule.minimum)
        standing = []
        for brand in self._brands(rule):
            for signal in rule.signals:
                spike = self._spike(self._series_at(brand, signal, now), settings)
                if spike is None:
                    continue
                seen = self._evidence(spike, now)
                evidence = seen.mentions
                ids = tuple(mention.id for mention in evidence)
                explained = self._doubted(_explained(spike, seen), now)
                firing = spike_firing(rule, explained, now, mention_ids=ids)
                standing.append(firing.key)
                yield from self._decisions.alert(rule, firing, evidence, now=now)
        self._decisions.resolve_absent(rule, standing, now=now)

    def _spike(self, series: Series, settings: SpikeSettings) -> Spike | None:
        """A replay looks at the past as if it had been heard live."""
        if self._is_replay:
            return current_spike(series, settings)
        return heard_spike(self._store, series, settings)

    def _doubted(self, spike: Spike, now: datetime) -> Spike:
        """The spike, with a word on sources that are silent: it may be larger than it looks."""
        series = signal_query(spike.brand, spike.signal)
        missing = doubts(self._store, series, self._sources_at(now), now=now)
        reason = "; ".join([spike.reason, *(f"counts are too low: {one}" for one in missing)])
        return replace(spike, reason=reason)

    def _flatlines(self, rule: FlatlineRule, now: datetime) -> Iterator[Event]:
        standing = []
        for one in self._sources_at(now):
            if one.silent_since is None:
                continue
            firing = flatline_firing(
                rule,
                one.source.name,
                now,
                since=one.silent_since,
                expected=one.usual_in(now - one.silent_since),
                why=one.why,
            )
            if firing is not None:
                standing.append(firing.key)
                yield from self._decisions.alert(rule, firing, (), now=now)
        self._decisions.resolve_absent(rule, standing, now=now)

    def _evidence(self, spike: Spike, now: datetime) -> Page:
        """The widest posts, and how many there are of each story."""
        query = signal_query(spike.brand, spike.signal, with_backfill=self._is_replay)
        since = spike.started_at - HOUR
        return self._store.search(
            query, since=since, until=now, sort="reach", limit=EVIDENCE, facets=("cluster",)
        )

    def _unanswered(self, rule: UnansweredRule, now: datetime) -> Iterator[Event]:
        """One case for each conversation that waits, and one alert for each brand."""
        if rule.name not in self._waiting:
            self._waiting[rule.name] = Waiting(
                self._store, rule, self._brands(rule), with_backfill=self._is_replay
            )
        waiting = {mention.id: mention for mention in self._waiting[rule.name].at(now)}
        standing = []
        for firing in unanswered_firings(rule, waiting.values(), now):
            standing.append(firing.key)
            concerned = [waiting[mention_id] for mention_id in firing.mention_ids]
            fresh = [mention for mention in concerned if self._is_fresh(mention)]
            events, teams = self._decisions.unanswered(rule, firing, concerned, fresh, now=now)
            self._hand_over(fresh, teams)
            yield from events
        self._decisions.resolve_absent(rule, standing, now=now)

    def _is_fresh(self, mention: Mention) -> bool:
        has_case = bool(mention.case_team) and not self._is_replay
        return not has_case and mention.id not in self._in_hand

    def _hand_over(self, mentions: list[Mention], teams: dict[str, str]) -> None:
        """Remember which team has a mention's case, here and (live) on the mention."""
        taken = [
            mention.model_copy(update={"case_team": teams[mention.id]})
            for mention in mentions
            if mention.id in teams
        ]
        self._in_hand.update(mention.id for mention in taken)
        if taken and not self._is_replay:
            self._store.upsert(taken)

    def _note_answers(self, previous: datetime, now: datetime) -> None:
        """In a replay: answers that came since the last step stop their cases' clocks."""
        answered = Range("answered_at", low=previous, high=now, includes_high=False)
        for mention in self._store.iterate(Query("answered", answered)):
            if mention.answered_at is not None:
                self._decisions.answered(mention.id, at=mention.answered_at, now=now)


def _explained(spike: Spike, seen: Page) -> Spike:
    """The spike, its reason with how much of it is one story told over and over."""
    largest = max((count for _, count in seen.facets["cluster"]), default=0)
    copies = said_copies(largest, seen.total)
    return replace(spike, reason=f"{spike.reason}; {copies}") if copies else spike

"""Respond at a moment: spikes and unanswered posts become alerts, cases and notifications."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.firing import spike_firing, unanswered_firings
from alerts.rules import Rule, SpikeRule, UnansweredRule
from mentions.mention import Mention
from mentions.query.tree import Query, Range
from mentions.series import Series, Spike
from mentions.store import MentionStore
from nlp.spikes import SpikeSettings, current_spike
from untagged.decisions import Decisions
from untagged.detecting import SeriesAt, heard_spike, signal_query
from untagged.events import Event
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
        begin: Callable[[], AbstractContextManager[Any]],
        is_replay: bool = False,
    ) -> None:
        self._settings = settings
        self._store = store
        self._series_at = series_at
        self._decisions = Decisions(settings=settings, begin=begin)
        self._is_replay = is_replay
        self._in_hand: set[str] = set()
        self._waiting: dict[str, Waiting] = {}

    def respond(self, moment: Moment) -> Iterator[Event]:
        """Everything that is due at `moment.now`: rules in their order, then the clocks.

        Clocks make no events, so a replay leaves them alone.
        """
        for rule in self._settings.rules:
            if isinstance(rule, SpikeRule):
                yield from self._spikes(rule, moment.now)
            else:
                yield from self._unanswered(rule, moment.now)
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
                evidence = self._evidence(spike, now)
                ids = tuple(mention.id for mention in evidence)
                firing = spike_firing(rule, spike, now, mention_ids=ids)
                standing.append(firing.key)
                yield from self._decisions.alert(rule, firing, evidence, now=now)
        self._decisions.resolve_absent(rule, standing, now=now)

    def _spike(self, series: Series, settings: SpikeSettings) -> Spike | None:
        """A replay looks at the past as if it had been heard live."""
        if self._is_replay:
            return current_spike(series, settings)
        return heard_spike(self._store, series, settings)

    def _evidence(self, spike: Spike, now: datetime) -> tuple[Mention, ...]:
        query = signal_query(spike.brand, spike.signal, with_backfill=self._is_replay)
        since = spike.started_at - HOUR
        page = self._store.search(query, since=since, until=now, sort="reach", limit=EVIDENCE)
        return page.mentions

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

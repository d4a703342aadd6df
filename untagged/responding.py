"""Respond at a moment: spikes and unanswered posts become alerts, cases and notifications."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.book import QUIET
from alerts.rules import Rule, RuleOfMentions
from mentions.errors import TryAgain
from mentions.mention import Mention
from untagged.decisions import Decisions
from untagged.events import Event
from untagged.incidents.attending import attend
from untagged.watches.answers import Answers
from untagged.watches.scene import Found, PassedBy, Scene, Watch
from untagged.watches.watching import watch
from untagged.why import Explainer


@dataclass(frozen=True, slots=True)
class Moment:
    """When to respond. `previous` is the step before in a replay, None when live."""

    now: datetime
    previous: datetime | None = None


class Responder:
    """Decides at any moment over a scene. Live, make one for each response.

    In a replay nothing is written to the store, and what was done live is not known.
    """

    def __init__(self, scene: Scene, *, begin: Callable[[], AbstractContextManager[Any]]) -> None:
        self._scene = scene
        self._begin, self._policy = begin, scene.settings.incidents
        because = Explainer(scene).because
        self._decisions = Decisions(settings=scene.settings, begin=begin, because=because)
        self._watches = [(rule, watch(rule, scene)) for rule in scene.settings.rules]
        self._in_hand: set[str] = set()
        self._stood_at: dict[str, datetime] = {}
        self._answers: Answers | None = None

    def respond(self, moment: Moment) -> Iterator[Event]:
        """Everything that is due at `moment.now`: rules in their order, alerts, incidents, clocks.

        Clocks make no events, so a replay leaves them alone. A rule that fails stops neither the
        other rules nor the clocks; what was wrong with the first is raised at the end.
        """
        failed: Exception | None = None
        try:
            for rule, watch_of in self._watches:
                try:
                    yield from self._apply(rule, watch_of, moment.now)
                except TryAgain:  # a store is away: for the other rules, too
                    raise
                except Exception as error:  # noqa: BLE001 - whatever is wrong with one rule; raised below
                    failed = failed or error
        finally:
            # What was recorded before must not wait for a rule that fails now.
            self._decisions.tell(moment.now)
            if moment.previous is None:  # a replay tells nobody
                self._decisions.escalate(moment.now)
        attend(self._begin, self._scene.store, policy=self._policy, now=moment.now)
        if moment.previous is None:
            self._decisions.tick(moment.now)
        else:
            self._note_answers(moment.previous, moment.now)
        if failed is not None:
            raise failed

    def _apply(self, rule: Rule, watch_of: Watch, now: datetime) -> Iterator[Event]:
        standing = []
        for found in watch_of.found(now):
            if isinstance(found, PassedBy):
                self._pass_by(found, now)
                continue
            standing.append(found.firing.key)
            yield from self._act(rule, found, now)
        self._resolve_absent(rule, standing, now)

    def _act(self, rule: Rule, found: Found, now: datetime) -> list[Event]:
        if not isinstance(rule, RuleOfMentions):
            return self._decisions.alert(rule, found.firing, found.posts, now=now)
        # One case for each conversation, whatever the alerts are grouped by.
        fresh = [mention for mention in found.posts if self._is_fresh(mention)]
        events, teams = self._decisions.unanswered(rule, found.firing, found.posts, fresh, now=now)
        self._hand_over(fresh, teams)
        return events

    def _pass_by(self, passed: PassedBy, now: datetime) -> None:
        """Remember, here and (live) on the mention, that no case was opened, and by which rule."""
        fresh = [mention for mention in passed.posts if self._is_fresh(mention)]
        if not fresh:
            return
        teams, tags = self._decisions.pass_by(fresh, now=now)
        self._hand_over(fresh, teams)
        self._in_hand.update(tags)
        if tags and not self._scene.is_replay:
            tagged = [
                mention.model_copy(update={"tags": (*mention.tags, tags[mention.id])})
                for mention in fresh
                if mention.id in tags
            ]
            self._scene.store.upsert(tagged)

    def _is_fresh(self, mention: Mention) -> bool:
        has_case = bool(mention.case_team) and not self._scene.is_replay
        return not has_case and mention.id not in self._in_hand

    def _hand_over(self, mentions: list[Mention], teams: dict[str, str]) -> None:
        """Remember which team has a mention's case, here and (live) on the mention."""
        taken = [
            mention.model_copy(update={"case_team": teams[mention.id]})
            for mention in mentions
            if mention.id in teams
        ]
        self._in_hand.update(mention.id for mention in taken)
        if taken and not self._scene.is_replay:
            self._scene.store.upsert(taken)

    def _resolve_absent(self, rule: Rule, standing: list[str], now: datetime) -> None:
        """What no longer fires is over. A replay's database holds no alert but its own."""
        if standing:
            self._stood_at[rule.name] = now
        elif self._scene.is_replay and rule.name not in self._stood_at:
            return
        self._decisions.resolve_absent(rule, standing, now=now)
        if now - self._stood_at.get(rule.name, now) >= QUIET:
            del self._stood_at[rule.name]

    def _note_answers(self, previous: datetime, now: datetime) -> None:
        """In a replay: answers that came since the last step stop their cases' clocks."""
        if self._answers is None:
            self._answers = Answers(self._scene.store, since=previous)
        for at, mention_id in self._answers.until(now):
            self._decisions.answered(mention_id, at=at, now=now)

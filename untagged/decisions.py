"""Decisions: an alert, its cases, the audit entries and the outgoing messages, written as one.

Each method is one transaction. Calling it again with the same facts writes nothing more.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from alerts import book, groups, incidents, muting
from alerts.explanations import keep_explanation
from alerts.firing import Firing
from alerts.messages import alert_payload
from alerts.quiet_hours import may_tell
from alerts.rules import Rule, RuleOfMentions
from cases import desk
from cases.case import Case, Priority
from mentions.mention import Mention
from untagged import routing_now
from untagged.case_words import promised
from untagged.escalating import Escalations
from untagged.events import MAX_POSTS, Event
from untagged.on_call_now import on_call_of
from untagged.settings import Settings
from untagged.team_letters import TeamLetters
from untagged.why import Because, Why

PRIORITY_OF_SEVERITY: dict[int, Priority] = {1: "urgent", 2: "high", 3: "medium", 4: "low"}


class Decisions:
    """What the rules decided, written down once."""

    def __init__(
        self,
        *,
        settings: Settings,
        begin: Callable[[], AbstractContextManager[Any]],
        because: Because | None = None,
    ) -> None:
        self._settings = settings
        self._because = because
        self._begin = begin
        self._escalations = Escalations(settings)
        self._letters = TeamLetters(settings)
        self._policies = {policy.name: policy for policy in settings.sla}
        self._playbooks = {playbook.name: playbook for playbook in settings.playbooks}
        self._router = routing_now.router(settings.routing, settings) if settings.routing else None

    def alert(
        self,
        rule: Rule,
        firing: Firing,
        evidence: Sequence[Mention],
        *,
        now: datetime,
    ) -> list[Event]:
        """Record a firing; if it is new, its case. `tell` tells of it when that is due."""
        why = self._why(rule, firing, now)
        with self._begin() as connection:
            if rule.opens_case and rule.team:
                desk.lock_turns(connection, self._settings.teams)
            recorded, incident = self._record(connection, rule, firing, evidence, why, now=now)
            case = None
            if recorded.is_new and rule.opens_case and rule.team:
                case = self._case_of_alert(connection, rule, firing, now)
            if case is not None:  # nobody is told twice of what breaks
                self._letters.of_new(connection, [case], heard_in=rule.notify, now=now)
        events = [_alert_event(firing, incident)] if recorded.is_new else []
        return events + ([_case_event(firing, case)] if case else [])

    def unanswered(
        self,
        rule: RuleOfMentions,
        firing: Firing,
        waiting: Sequence[Mention],
        fresh: Sequence[Mention],
        *,
        now: datetime,
    ) -> tuple[list[Event], dict[str, str]]:
        """Record a firing and open a case for each fresh mention; also, which team has which."""
        why = self._why(rule, firing, now)
        with self._begin() as connection:
            opened = self._open_cases(connection, fresh, now) if rule.opens_case else {}
            recorded, incident = self._record(connection, rule, firing, waiting, why, now=now)
            new = [one.case for one in opened.values() if one.is_new]
            self._letters.of_new(connection, new, now=now)
        events = [_alert_event(firing, incident)] if recorded.is_new else []
        events += [_case_event(firing, case.case) for case in opened.values() if case.is_new]
        return events, {mention_id: case.case.team for mention_id, case in opened.items()}

    def pass_by(
        self, mentions: Sequence[Mention], *, now: datetime
    ) -> tuple[dict[str, str], dict[str, str]]:
        """What becomes of mentions that the routing opens no case for, by their ids.

        Those whose conversation has a case join it: its team. The others: the tag that says so.
        """
        teams, tags = dict[str, str](), dict[str, str]()
        if self._router is None:
            return teams, tags
        with self._begin() as connection:
            for mention in mentions:
                route = self._router.route(mention)
                joined = desk.join_known(connection, mention, route, now=now)
                if joined is None:
                    tags[mention.id] = route.handled
                else:
                    teams[mention.id] = joined.case.team
        return teams, tags

    def resolve_absent(self, rule: Rule, standing: Sequence[str], *, now: datetime) -> None:
        """Resolve the rule's alerts that no longer fire."""
        with self._begin() as connection:
            book.resolve_absent(connection, rule.name, standing, now=now)

    def answered(self, mention_id: str, *, at: datetime, now: datetime) -> None:
        """Stop the response clocks of the mention's case, if it has one."""
        with self._begin() as connection:
            desk.mark_answered(connection, mention_id, at, now=now)

    def tick(self, now: datetime) -> None:
        """What time alone brings: the snoozed wake, shifts begin and end, promises break."""
        with self._begin() as connection:
            desk.lock_turns(connection, self._settings.teams)
            desk.wake_snoozed(connection, now)
            desk.take_back(connection, teams=self._settings.teams, now=now)
            desk.assign_waiting(connection, teams=self._settings.teams, now=now)
            missed = desk.breaches(connection, now)
            notices = desk.due_notices(connection, now)
            warned = [one for one in notices if one.what == "warned"]
            escalated = [one for one in notices if one.what == "escalated"]
            self._letters.to_teams(connection, "soon due", promised(warned), now=now)
            self._letters.to_teams(connection, "overdue", promised(missed), now=now)
            self._letters.to_teams(connection, "long overdue", promised(escalated), now=now)

    def tell(self, now: datetime) -> None:
        """Tell the groups of alerts that are due; one transaction each, after what mutes is clear.

        Whatever was recorded before is told, though a rule failed since.
        """
        settings, holds = self._settings.notifications, self._quiet_at(now)
        with self._begin() as connection:
            if groups.is_calm(connection):
                return
            book.resolve_orphans(connection, [rule.name for rule in self._settings.rules], now=now)
            muting.refresh(connection, settings.inhibit, now=now)
            due = groups.due(connection, settings, now=now, holds=holds)
        for group in due:
            with self._begin() as connection:
                link = self._settings.cockpit.url
                groups.tell(connection, group, settings, link=link, now=now, holds=holds)

    def _quiet_at(self, now: datetime) -> groups.Holds:
        """How the quiet hours of its rule keep an alert from being told."""
        quiet = {rule.name: rule.quiet_hours for rule in self._settings.rules}

        def holds(alert: book.Alert) -> groups.Hold:
            of_rule = quiet.get(alert.rule, ())
            if not may_tell(of_rule, alert.severity, now):
                return "now"
            return "" if may_tell(of_rule, alert.severity, alert.started_at) else "before"

        return holds

    def escalate(self, now: datetime) -> None:
        """Let the chains of alerts that nobody acknowledged go on; call it after `tell`."""
        with self._begin() as connection:
            self._escalations.tick(connection, now)

    def _why(self, rule: Rule, firing: Firing, now: datetime) -> Why | None:
        """What changed, if that is to be looked up (again). Before the transaction that records:

        of a large spike it reads the posts of a week, for which no other writer should wait.
        """
        if self._because is None:
            return None
        repeat = rule.repeat or self._settings.notifications.repeat_interval
        with self._begin() as connection:
            last = book.goes_on_with(connection, firing, repeat=repeat, now=now)
        if last is not None and last.resolved_by:
            return None
        return self._because(rule, firing, last.explanation if last else None, now)

    def _record(
        self,
        connection: Any,
        rule: Rule,
        firing: Firing,
        posts: Sequence[Mention],
        why: Why | None,
        *,
        now: datetime,
    ) -> tuple[book.Recorded, int | None]:
        """Record a firing and put it, while it is open, into its group of each channel.

        With the number of the incident that the alert belongs to, if there is one.
        """
        settings = self._settings.notifications
        repeat = rule.repeat or settings.repeat_interval
        recorded = book.record(connection, firing, repeat=repeat, now=now)
        incident = incidents.gather(
            connection, recorded, firing, policy=self._settings.incidents, now=now
        )
        if recorded.is_open:
            number = recorded.alert_id
            alert = book.get_alert(connection, number)
            page = f"incidents/{incident}" if incident else f"alerts/{number}"
            link = f"{self._settings.cockpit.url}/{page}"
            message = self._message(connection, rule, firing, alert, posts, link=link, why=why)
            groups.join(
                connection,
                alert,
                rule.notify,
                settings,
                repeat=repeat,
                message=message,
                now=now,
            )
            self._escalations.begin(
                connection,
                rule,
                number,
                message,
                severity=alert.severity,
                repeat=repeat,
                now=now,
            )
        return recorded, incident

    def _message(
        self,
        connection: Any,
        rule: Rule,
        firing: Firing,
        alert: book.Alert,
        posts: Sequence[Mention],
        *,
        link: str,
        why: Why | None,
    ) -> dict[str, Any]:
        """What would be said of it; with what changed, which is kept with the alert."""
        quoted = why.posts if why and why.posts else posts
        team = rule.team or ""
        payload = alert_payload(firing, alert_id=alert.id, posts=quoted, link=link, team=team)
        if why is None:
            return payload
        keep_explanation(connection, alert.id, why.kept(firing))
        return why.added(payload)

    def _open_cases(
        self, connection: Any, mentions: Sequence[Mention], now: datetime
    ) -> dict[str, desk.OpenedCase]:
        if self._router is None or not mentions:
            return {}
        desk.lock_turns(connection, self._settings.teams)
        opened = dict[str, desk.OpenedCase]()
        for mention in mentions:
            route = self._router.route(mention)
            if route.no_case:
                joined = desk.join_known(connection, mention, route, now=now)
                if joined is not None:
                    opened[mention.id] = joined
                continue
            opened[mention.id] = desk.open_case(
                connection,
                mention,
                route,
                policy=self._policies[route.sla],
                teams=self._settings.teams,
                now=now,
                on_call=on_call_of(connection, self._settings, route.team),
            )
        return opened

    def _case_of_alert(
        self, connection: Any, rule: Rule, firing: Firing, now: datetime
    ) -> Case | None:
        opened = desk.open_case_for_alert(
            connection,
            alert_key=firing.key,
            title=firing.title,
            reason=firing.reason,
            brand=firing.brand,
            team=rule.team or "",
            priority=PRIORITY_OF_SEVERITY[firing.severity],
            policy=self._policies[rule.sla] if rule.sla else self._settings.sla[0],
            playbook=self._playbooks[rule.playbook] if rule.playbook else None,
            teams=self._settings.teams,
            at=firing.began,
            now=now,
            on_call=on_call_of(connection, self._settings, rule.team or ""),
        )
        return opened.case if opened.is_new else None


def _alert_event(firing: Firing, incident: int | None) -> Event:
    return Event(
        event="alert",
        kind=firing.kind,
        rule=firing.rule,
        brand=firing.brand,
        signal=firing.signal,
        at=firing.at,
        severity=firing.severity,
        observed=firing.observed,
        expected=firing.expected,
        reason=firing.reason,
        key=firing.key,
        posts=firing.mention_ids[:MAX_POSTS],
        incident=incident,
    )


def _case_event(firing: Firing, case: Case) -> Event:
    return Event(
        event="case",
        kind=firing.kind,
        rule=firing.rule,
        brand=case.brand,
        signal=firing.signal,
        at=firing.at,
        severity=firing.severity,
        observed=None,
        expected=None,
        reason=f"{case.priority} case for {case.agent or 'nobody yet'} of {case.team}: "
        f"{case.route_reason}",
        key=case.mention_id or case.alert_key or "",
        posts=(case.mention_id,) if case.mention_id else (),
    )

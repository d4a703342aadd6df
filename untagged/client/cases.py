"""Cases, from outside: the queue, and working it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, cast

from untagged.client.asking import Asker, several
from untagged.client.shapes import Case, CaseFile, CaseRow, Step, Ticket, Watcher

Which = int | Case
"""A case's number; or the case as it was seen, so that a change is refused (Changed) if somebody
else was faster."""
Moment = datetime | str


class Cases:
    """`untagged.cases`."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def list(
        self,
        *,
        status: str | Sequence[str] | None = None,
        team: str | None = None,
        agent: str | None = None,
        brand: str | None = None,
        priority: str | None = None,
        overdue: bool = False,
    ) -> Iterator[CaseRow]:
        """The living ones unless `status` says otherwise; the one that is due first comes first.

        `agent` '' asks for those that nobody has.
        """
        return self._asker.pages(
            "/cases",
            status=several(status),
            team=team,
            agent=agent,
            brand=brand,
            priority=priority,
            overdue=overdue,
        )

    def get(self, number: int) -> CaseFile:
        """One with its posts, notes and trail."""
        return cast("CaseFile", self._asker.get(f"/cases/{number}"))

    def take(self, case: Which, agent: str) -> CaseFile:
        """Take a case that nobody has; `agent` is who the token's user is."""
        return self._do(case, "claim", agent=agent)

    def assign(self, case: Which, *, agent: str | None = None, team: str | None = None) -> CaseFile:
        """Give it to an agent, or to a team, whose next in turn gets it."""
        return self._do(case, "assign", agent=agent, team=team)

    def release(self, case: Which) -> CaseFile:
        """Give it back to its team."""
        return self._do(case, "release")

    def note(self, case: Which, text: str) -> CaseFile:
        """Write a note for colleagues; whom it names with an @ is told."""
        return self._do(case, "notes", text=text)

    def answered(self, case: Which, at: Moment | None = None) -> CaseFile:
        """Say that the author was answered, now if not said otherwise: the clock stops then."""
        return self._do(case, "answered", at=at)

    def resolve(self, case: Which, *, answer: str = "", title: str = "") -> CaseFile:
        """Resolve it; `answer` is the address of what settled it, for the next who asks."""
        return self._do(case, "resolve", answer=answer, title=title)

    def reopen(self, case: Which) -> CaseFile:
        """Open it again."""
        return self._do(case, "reopen")

    def pend(self, case: Which) -> CaseFile:
        """Wait for the author or somebody else; its clocks stand still."""
        return self._do(case, "pend")

    def snooze(self, case: Which, until: Moment) -> CaseFile:
        """Put it aside for a while."""
        return self._do(case, "snooze", until=until)

    def tag(
        self, case: Which, *, add: str | Sequence[str] = (), remove: str | Sequence[str] = ()
    ) -> CaseFile:
        """Put tags on, and take others off."""
        return self._do(case, "tag", add=several(add), remove=several(remove))

    def prioritise(self, case: Which, priority: str) -> CaseFile:
        """Say how much it presses: low, medium, high or urgent."""
        return self._do(case, "prioritise", priority=priority)

    def merge(self, case: Which, into: int) -> CaseFile:
        """Let another case go on with it."""
        return self._do(case, "merge", into=into)

    def needs_reply(self, case: Which, *, needed: bool = True) -> CaseFile:
        """Say whether the author waits for an answer."""
        return self._do(case, "needs-reply", needed=needed)

    def watchers(self, number: int) -> Sequence[Watcher]:
        """Who hears of what happens with it."""
        return cast("Sequence[Watcher]", self._asker.get(f"/cases/{number}/watchers")["items"])

    def watch(self, case: Which) -> Sequence[Watcher]:
        """Hear of it from now on."""
        return cast("Sequence[Watcher]", self._post(case, "watch")["items"])

    def unwatch(self, case: Which) -> Sequence[Watcher]:
        """Hear of it no more."""
        return cast("Sequence[Watcher]", self._post(case, "unwatch")["items"])

    def tickets(self, number: int) -> Sequence[Ticket]:
        """Where it is in help desks."""
        return cast("Sequence[Ticket]", self._asker.get(f"/cases/{number}/tickets")["items"])

    def hand_over(self, case: Which, desk: str) -> Sequence[Ticket]:
        """Give it to a help desk of the settings, once."""
        return cast("Sequence[Ticket]", self._post(case, "hand-over", desk=desk)["items"])

    def steps(self, number: int) -> Sequence[Step]:
        """What its playbook asks for."""
        return cast("Sequence[Step]", self._asker.get(f"/cases/{number}/steps")["items"])

    def tick(self, case: Which, step: int, *, done: bool = True) -> Sequence[Step]:
        """Say that a step, the first is 1, is done, or not yet after all."""
        return cast("Sequence[Step]", self._post(case, f"steps/{step}", done=done)["items"])

    def _do(self, case: Which, deed: str, **said: Any) -> CaseFile:
        return cast("CaseFile", self._post(case, deed, **said))

    def _post(self, case: Which, deed: str, **said: Any) -> Any:
        number = case if isinstance(case, int) else case["id"]
        version = None if isinstance(case, int) else case["version"]
        return self._asker.post(f"/cases/{number}/{deed}", said or None, version=version)

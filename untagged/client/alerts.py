"""Alerts, silences and incidents, from outside."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, cast

from untagged.client.asking import Asker, several
from untagged.client.shapes import Alert, AlertFile, Incident, IncidentFile, Silence

Moment = datetime | str
"""A time, or as it is written in searches: 2026-03-04, now-7d."""


class Alerts:
    """`untagged.alerts`: what the rules found, and who takes it on."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def list(
        self,
        *,
        status: Literal["open", "all"] = "open",
        kinds: str | Sequence[str] = (),
        brand: str | None = None,
    ) -> Iterator[Alert]:
        """Those that are not over, or all; the newest first."""
        return self._asker.pages("/alerts", status=status, kind=several(kinds), brand=brand)

    def get(self, number: int) -> AlertFile:
        """One alert with its history."""
        return cast("AlertFile", self._asker.get(f"/alerts/{number}"))

    def acknowledge(self, number: int, note: str = "") -> AlertFile:
        """Take it on: it is yours, and not repeated any more."""
        return self._do(number, "acknowledge", note=note)

    def unacknowledge(self, number: int, note: str = "") -> AlertFile:
        """Give it back."""
        return self._do(number, "unacknowledge", note=note)

    def assign(self, number: int, to: str, note: str = "") -> AlertFile:
        """Hand it over."""
        return self._do(number, "assign", to=to, note=note)

    def resolve(self, number: int, note: str = "") -> AlertFile:
        """Close it; it stays closed until its cause begins anew."""
        return self._do(number, "resolve", note=note)

    def reopen(self, number: int, note: str = "") -> AlertFile:
        """Undo a closing."""
        return self._do(number, "reopen", note=note)

    def silences(self) -> Sequence[Silence]:
        """Silences in force or to come."""
        return cast("Sequence[Silence]", self._asker.get("/silences")["items"])

    def silence(
        self,
        matchers: str | Sequence[str],
        *,
        until: Moment,
        since: Moment | None = None,
        comment: str = "",
    ) -> Silence:
        """Tell nobody of alerts that all matchers fit, such as `brand=Acme`, `rule=~"neg.*"`."""
        body = {
            "matchers": several(matchers),
            "starts_at": since,
            "ends_at": until,
            "comment": comment,
        }
        return cast("Silence", self._asker.post("/silences", body))

    def end_silence(self, number: int) -> Silence:
        """From now on its alerts are told again."""
        return cast("Silence", self._asker.post(f"/silences/{number}/end"))

    def _do(self, number: int, deed: str, **said: Any) -> AlertFile:
        return cast("AlertFile", self._asker.post(f"/alerts/{number}/{deed}", said))


class Incidents:
    """`untagged.incidents`: crises under one owner."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def list(
        self, *, status: Literal["open", "all"] = "open", brand: str | None = None
    ) -> Iterator[Incident]:
        """Those that are not over, or all; the newest first."""
        return self._asker.pages("/incidents", status=status, brand=brand)

    def get(self, number: int) -> IncidentFile:
        """One with its alerts, its cases' numbers and its log."""
        return cast("IncidentFile", self._asker.get(f"/incidents/{number}"))

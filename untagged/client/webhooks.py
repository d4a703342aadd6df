"""Webhooks, from outside: how they are doing, and telling them once more."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import cast
from urllib.parse import quote

from untagged.client.asking import Asker
from untagged.client.shapes import Try, Webhook


class Webhooks:
    """`untagged.webhooks`; the token's user is a lead who sees all brands and teams."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def list(self) -> Sequence[Webhook]:
        """The webhooks of the settings, and how they are doing."""
        return cast("Sequence[Webhook]", self._asker.get("/webhooks")["items"])

    def tries(self, webhook: str = "", *, outcome: str = "") -> Iterator[Try]:
        """The log of telling them, the newest first."""
        return self._asker.pages("/webhooks/tries", webhook=webhook, outcome=outcome)

    def replay(
        self,
        name: str,
        *,
        since: datetime | str | None = None,
        event: str = "",
        id: str = "",  # noqa: A002  # the word of the API
    ) -> int:
        """Tell one once more what it was told; how many events."""
        body = {"since": since, "event": event, "id": id}
        return int(self._asker.post(f"{_at(name)}/replay", body)["events"])

    def pause(self, name: str) -> Webhook:
        """Tell it nothing for now."""
        return cast("Webhook", self._asker.post(f"{_at(name)}/pause"))

    def resume(self, name: str) -> Webhook:
        """Tell it again, first what waits."""
        return cast("Webhook", self._asker.post(f"{_at(name)}/resume"))


def _at(name: str) -> str:
    return f"/webhooks/{quote(name, safe='')}"

"""Apprise: one address, a hundred kinds of services.

Apprise only says whether it worked, so every failure is tried again until the outbox gives up.
"""

import logging
import warnings
from datetime import datetime
from pathlib import Path

import apprise
from apprise.attachment.memory import AttachMemory

from alerts.messages import render
from alerts.outbox import Letter
from mentions.errors import DeliveryDelayed, DeliveryRefused

TIMEOUT_SECONDS = 60.0
"""Mail servers take their time. A lease (alerts.outbox.LEASE) is much longer."""
WORST = 1
PICTURE = "chart.png"


class AppriseSender:
    """Sends to one Apprise address. Redirects are not followed, nothing is kept on disk."""

    def __init__(self, url: str, *, folders: tuple[Path, ...] = ()) -> None:
        self._url, self._folders = url, folders
        self._service: apprise.NotifyBase | None = None

    def send(self, letter: Letter, *, now: datetime) -> str:
        """Hand it to the service, with its picture where the service takes one.

        Raises DeliveryDelayed or DeliveryRefused.
        """
        del now  # a service has its own clock
        service = self._opened()
        is_html = service.resolve_format() == apprise.NotifyFormat.HTML
        # Mail shows a picture where its HTML wants it; other services show it below, or not at all.
        shows_inline = is_html and hasattr(service, "inline")
        if shows_inline:
            service.inline = True  # type: ignore[attr-defined]  # the mail plugins have it
        message = render(
            letter.kind,
            letter.payload,
            folders=self._folders,
            picture_at=f"cid:{PICTURE}" if shows_inline else "",
            # A service that chokes on the picture gets the words at the next try.
            pictured=letter.tries <= 1,
        )
        sending = apprise.Apprise(asset=_asset())
        sending.add(service)
        with _Complaints() as complaints:
            is_sent = sending.notify(
                title=message.title,
                body=message.html if is_html else message.text or message.title,
                body_format=apprise.NotifyFormat.HTML if is_html else apprise.NotifyFormat.TEXT,
                notify_type=_urgency(letter),
                attach=_attached(message.picture) if service.attachment_support else None,
            )
        if not is_sent:
            raise DeliveryDelayed(f"Apprise could not deliver it: {complaints.said()}")
        return f"{service.service_name} accepted it"

    def _opened(self) -> apprise.NotifyBase:
        if self._service is None:
            with warnings.catch_warnings():
                # Apprise loads imghdr (gone in 3.13) to guess picture types.
                warnings.filterwarnings("ignore", "'imghdr'", DeprecationWarning)
                self._service = apprise.Apprise.instantiate(self._url, asset=_asset())
        if self._service is None:
            raise DeliveryRefused(
                "Apprise does not understand this channel's url; compare it with "
                "https://github.com/caronc/apprise/wiki and resend"
            )
        return self._service


def _attached(picture: bytes | None) -> apprise.AppriseAttachment | None:
    if picture is None:
        return None
    attachment = apprise.AppriseAttachment()
    # It is untyped, as most of Apprise.
    made = AttachMemory(content=picture, name=PICTURE, mimetype="image/png")  # type: ignore[no-untyped-call]  # it has no types
    attachment.add(made)
    return attachment


def _asset() -> apprise.AppriseAsset:
    return apprise.AppriseAsset(
        app_id="Untagged",
        app_desc="Untagged",
        async_mode=False,
        http_redirects=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        service_timeout=TIMEOUT_SECONDS,
    )


def _urgency(letter: Letter) -> apprise.NotifyType:
    alert = letter.payload.get("alert")
    if not isinstance(alert, dict):
        return apprise.NotifyType.INFO
    is_worst = alert.get("severity") == WORST
    return apprise.NotifyType.FAILURE if is_worst else apprise.NotifyType.WARNING


class _Complaints(logging.Handler):
    """What Apprise logs while it sends, the only place where it says why not."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self._words.append(record.getMessage())

    def said(self) -> str:
        """The last thing it said."""
        return self._words[-1] if self._words else "it did not say why"

    def __enter__(self) -> "_Complaints":
        apprise.logger.addHandler(self)
        return self

    def __exit__(self, *exc: object) -> None:
        apprise.logger.removeHandler(self)

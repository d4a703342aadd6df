"""Whole digests by mail: HTML and plain text of one digest, its charts within, and how to stop.

The server is that of a mail channel. Every letter carries List-Unsubscribe (RFC 2369) and, where
its link is https, the header for one click (RFC 8058).
"""

import hashlib
import smtplib
import ssl
import warnings
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any, Protocol

from alerts.digests.around import Around, days
from alerts.digests.confirming import KIND as CONFIRM
from alerts.digests.html import html_document, pictures
from alerts.digests.record import from_json
from alerts.digests.text import text_document
from alerts.messages import render
from alerts.outbox import Letter
from alerts.quoting import readable
from mentions.errors import DeliveryDelayed, DeliveryRefused, UntaggedError

TIMEOUT_SECONDS = 60.0
"""Mail servers take their time. A lease (alerts.outbox.LEASE) is much longer."""


class Server(Protocol):
    """What Apprise reads of a mail channel's address."""

    smtp_host: str
    port: int
    secure_mode: str
    user: str | None
    password: str | None
    verify_certificate: bool
    from_addr: tuple[Any, str]
    targets: list[tuple[Any, str]]


class MailSender:
    """Sends digests through the mail server of one channel."""

    def __init__(self, url: str, *, folders: tuple[Path, ...] = ()) -> None:
        self._url, self._folders = url, folders

    def send(self, letter: Letter, *, now: datetime) -> str:
        """Hand it to the server. Raises DeliveryDelayed or DeliveryRefused."""
        server = self._server()
        given = letter.payload.get("to")
        to = [str(given)] if given else [address for _, address in server.targets]
        if not to:
            raise DeliveryRefused("this mail channel names nobody; add ?to=… to its url and resend")
        compose = question if letter.kind == CONFIRM else composed
        message = compose(
            letter.payload, sender=_sender(server), to=to, now=now, folders=self._folders
        )
        message["Message-ID"] = _message_id(letter.idempotency_key, server)
        refused = _handed(server, message, to)
        return f"{server.smtp_host} accepted it for {len(to) - len(refused)} of {len(to)}"

    def _server(self) -> Server:
        with warnings.catch_warnings():
            # Apprise loads imghdr (gone in 3.13) to guess picture types.
            warnings.filterwarnings("ignore", "'imghdr'", DeprecationWarning)
            import apprise  # noqa: PLC0415 - it takes half a second that only senders need

            opened: Any = apprise.Apprise.instantiate(self._url)
        if opened is None or not hasattr(opened, "smtp_host"):
            raise DeliveryRefused(
                "the channel that carries digests is no mail server; give digest_delivery.mail one "
                "whose url is mailto://…, and resend"
            )
        server: Server = opened
        return server


def composed(
    payload: Mapping[str, Any],
    *,
    sender: Address,
    to: list[str],
    now: datetime,
    folders: tuple[Path, ...] = (),
) -> EmailMessage:
    """The message: plain text first, then HTML with its charts beside it (RFC 2387)."""
    try:
        digest = from_json(payload["content"])
    except (UntaggedError, KeyError) as error:
        raise DeliveryRefused(f"this letter holds no digest of this version: {error}") from error
    around = Around(payload["cockpit"], payload["link"], payload["stop"], payload["why"])
    message = EmailMessage(policy=SMTP)
    message["Subject"] = readable(f"{digest.title}, {days(digest)}")
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Date"] = now
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notes, please
    message["List-Unsubscribe"] = f"<{around.stop}>"
    if around.stop.startswith("https://"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text_document(digest, around))
    drawn = pictures(digest)
    sources = [one.cid if one else "" for one in drawn]
    message.add_alternative(
        html_document(digest, around, sources=sources, folders=folders), subtype="html"
    )
    html: Any = message.get_payload(1)
    for one in filter(None, drawn):
        html.add_related(
            one.png, "image", "png", cid=f"<{one.name}>", filename=one.name, disposition="inline"
        )
    return message


def question(
    payload: Mapping[str, Any],
    *,
    sender: Address,
    to: list[str],
    now: datetime,
    folders: tuple[Path, ...] = (),
) -> EmailMessage:
    """The message that asks an address whether it wants a digest that somebody else wished."""
    said = render(CONFIRM, payload, folders=folders)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = said.title
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Date"] = now
    message["Auto-Submitted"] = "auto-generated"  # as above
    message.set_content(said.text)
    message.add_alternative(said.html, subtype="html")
    return message


def _sender(server: Server) -> Address:
    name, address = server.from_addr
    return Address(readable(name or "Untagged"), addr_spec=address)


def _message_id(key: str, server: Server) -> str:
    """The same at every try, so that a mail that was sent twice is shown once."""
    name = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"<{name}@{server.from_addr[1].rpartition('@')[2]}>"


def _handed(server: Server, message: EmailMessage, to: list[str]) -> Mapping[str, Any]:
    """Those who were refused, while others were not."""
    try:
        with _connected(server) as connection:
            return connection.send_message(message, server.from_addr[1], to)
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _ in error.recipients.values()}
        if all(500 <= code < 600 for code in codes):
            raise DeliveryRefused(
                f"the mail server takes nothing for {', '.join(error.recipients)}; correct the "
                "address, or drop this"
            ) from error
        raise DeliveryDelayed(f"the mail server takes it later: {codes}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryDelayed(f"the mail server did not take it: {error}") from error


def _connected(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if not server.verify_certificate:  # the channel's url says so: ?verify=no
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    host, port = server.smtp_host, int(server.port)
    if server.secure_mode == "ssl":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        connection = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    try:
        if server.secure_mode == "starttls":
            connection.starttls(context=context)
        if server.user and server.password:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection

"""Channels against real receivers on loopback."""

import email
import email.policy
import json
import os
import re
import signal
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from standardwebhooks import Webhook, WebhookVerificationError

from alerts.channels import Channel, open_channels
from alerts.messages import alert_payload
from alerts.outbox import LEASE, Letter, Sender, claim, enqueue
from alerts.spike_chart import SpikeChart
from alerts.spike_drawing import png
from alerts.tables import metadata
from mentions.errors import DeliveryDelayed, DeliveryRefused
from mentions.webhooks import message_id, retry_after
from tests.alerts.conftest import sqlite_engine
from tests.alerts.receiver import Receiver, receiving
from tests.alerts.world import NOW, firing, mention

SECRET = "whsec_" + b64encode(b"a secret of twenty-four!").decode()
ROOT = Path(__file__).parents[2]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def letter(**other: Any) -> Letter:
    known: dict[str, Any] = {
        "id": 1,
        "idempotency_key": "alert:5:1:care chat",
        "channel": "care chat",
        "kind": "spike",
        "payload": alert_payload(firing(severity=1), alert_id=5, posts=[mention()]),
        "created_at": NOW,
        "next_try_at": NOW,
        "tries": 1,
        "state": "waiting",
        "sent_at": None,
        "error": "",
    }
    return Letter(**{**known, **other})


def webhook(url: str, environ: dict[str, str] | None = None) -> Sender:
    channel = Channel(name="care chat", webhook=url, secret_env="HOOK_SECRET")
    opened = open_channels([channel], environ=environ or {"HOOK_SECRET": SECRET}, source="/acme")
    return opened["care chat"]


def service(url: str) -> Sender:
    return open_channels([Channel(name="care chat", url=url)])["care chat"]


def now() -> datetime:
    """Receivers of signed messages refuse old ones, so these tests send at the real time."""
    return datetime.now(UTC)


def test_a_webhook_is_signed_so_that_the_standard_library_verifies_it(receiver: Receiver) -> None:
    webhook(f"{receiver.url}/hook").send(letter(), now=now())
    (got,) = receiver.got
    said = Webhook(SECRET).verify(got.body, got.headers)
    assert got.path == "/hook"
    assert got.headers["webhook-id"] == said["id"] == "alert:5:1:care%20chat"
    assert said["data"]["title"].startswith("Acme: 43 negative mentions")
    assert said["data"]["alert"]["severity"] == 1
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(got.body + b" ", got.headers)


def test_a_webhook_carries_a_cloud_event(receiver: Receiver) -> None:
    webhook(receiver.url).send(letter(), now=now())
    (got,) = receiver.got
    event = from_http_event(HTTPMessage(headers=got.headers, body=got.body))
    assert got.headers["content-type"].startswith("application/cloudevents+json")
    assert (event.get_type(), event.get_source()) == ("untagged.spike", "/acme")
    assert (event.get_specversion(), event.get_time()) == ("1.0", NOW)


def test_a_second_try_has_the_same_id_and_body_and_a_new_timestamp(receiver: Receiver) -> None:
    sender = webhook(receiver.url)
    for seconds in (0, 60):
        sender.send(letter(), now=now() + timedelta(seconds=seconds))
    first, second = receiver.got
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] < second.headers["webhook-timestamp"]


@pytest.mark.parametrize("status", [401, 403, 404, 408, 425, 429, 500, 502, 503])
def test_what_may_pass_is_delayed_for_as_long_as_asked(receiver: Receiver, status: int) -> None:
    receiver.answers = [(status, {"retry-after": "120"})]
    with pytest.raises(DeliveryDelayed, match=str(status)) as caught:
        webhook(receiver.url).send(letter(), now=now())
    assert caught.value.after_seconds == 120


@pytest.mark.parametrize("status", [400, 410, 413, 415, 422])
def test_what_will_not_pass_is_refused(receiver: Receiver, status: int) -> None:
    receiver.answers = [(status, {})]
    with pytest.raises(DeliveryRefused, match=str(status)):
        webhook(receiver.url).send(letter(), now=now())


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answers = [(307, {"location": f"{receiver.url}/elsewhere"})]
    with pytest.raises(DeliveryRefused, match="a redirect, which is not followed"):
        webhook(receiver.url).send(letter(), now=now())
    assert len(receiver.got) == 1


def test_a_receiver_that_is_away_delays_and_its_address_is_not_told() -> None:
    with receiving() as gone:
        url = gone.url
    with pytest.raises(DeliveryDelayed) as caught:
        webhook(f"{url}/secret-path").send(letter(), now=now())
    assert "secret-path" not in str(caught.value)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"OTHER": "x"}, "HOOK_SECRET is not set"),
        ({"HOOK_SECRET": "whsec_!"}, "holds no Standard Webhooks secret"),
    ],
)
def test_a_missing_secret_delays_and_names_the_variable(
    receiver: Receiver, environ: dict[str, str], said: str
) -> None:
    with pytest.raises(DeliveryDelayed, match=said):
        webhook(receiver.url, environ).send(letter(), now=now())
    assert receiver.got == []


@pytest.mark.slow
def test_kill_9_between_sending_and_marking_sends_again_with_the_same_id(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'a box.db'}"
    engine = sqlite_engine(database)
    metadata.create_all(engine)
    with engine.begin() as conn:
        enqueue(
            conn,
            key="alert:5:1:hook",
            channel="hook",
            kind="spike",
            payload=letter().payload,
            now=NOW,
        )
    with receiving() as receiver:
        worker = dedent(f"""
            import os, random, signal, sys
            from datetime import datetime
            from sqlalchemy import create_engine
            from alerts import outbox
            from alerts.channels import Channel, open_channels

            outbox._mark_sent = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
            hook = Channel(name="hook", webhook={receiver.url!r}, secret_env="HOOK_SECRET")
            outbox.deliver(
                create_engine({database!r}).begin,
                open_channels([hook], source="/acme"),
                now=datetime.fromisoformat({NOW.isoformat()!r}),
                chance=random.Random(1),
            )
        """)
        environ = {**os.environ, "HOOK_SECRET": SECRET}
        killed = subprocess.run([sys.executable, "-c", worker], cwd=ROOT, env=environ, check=False)
        assert killed.returncode == -signal.SIGKILL
        with engine.begin() as conn:
            assert claim(conn, now=NOW) == []
        with engine.begin() as conn:
            (again,) = claim(conn, now=NOW + 2 * LEASE)
        webhook(receiver.url).send(again, now=now())
        first, second = receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "alert:5:1:hook"
    assert first.body == second.body
    engine.dispose()


def test_apprise_delivers_title_and_text(receiver: Receiver) -> None:
    service(receiver.url.replace("http://", "json://")).send(letter(), now=NOW)
    (got,) = receiver.got
    said = json.loads(got.body)
    assert said["title"].startswith("Acme: 43 negative mentions")
    assert '"my acme phone is on fire"' in said["message"]
    assert said["type"] == "failure"


def test_apprise_gives_html_where_the_service_wants_it(receiver: Receiver) -> None:
    address = receiver.url.replace("http://", "json://") + "/?format=html"
    service(address).send(letter(), now=NOW)
    said = json.loads(receiver.got[0].body)["message"]
    assert re.search("<blockquote[^>]*>my acme phone is on fire", said)


LINK = "http://127.0.0.1:8000/alerts?kind=spike"
PICTURE = b"\x89PNG\r\n\x1a\n and what follows"


def pictured() -> Letter:
    picture = b64encode(PICTURE).decode()
    return letter(payload={**letter().payload, "link": LINK, "picture": picture})


def test_apprise_attaches_the_picture(receiver: Receiver) -> None:
    said = service(receiver.url.replace("http://", "json://")).send(pictured(), now=NOW)
    (attached,) = json.loads(receiver.got[0].body)["attachments"]
    assert (attached["filename"], attached["mimetype"]) == ("chart.png", "image/png")
    assert b64decode(attached["base64"]) == PICTURE
    assert said == "JSON accepted it"


def test_mail_shows_the_picture_within_its_html(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    class Server:
        """What the mail plugin asks of smtplib; a real server would need a port below 1024."""

        def __init__(self, *args: object, **more: object) -> None: ...

        def sendmail(self, sender: str, to: list[str], message: str) -> None:
            sent.append(message)

        def quit(self) -> None: ...

    monkeypatch.setattr("smtplib.SMTP", Server)
    service("mailto://mail.example/?from=a@mail.example&to=b@mail.example").send(
        pictured(), now=NOW
    )
    parts = list(email.message_from_string(sent[0], policy=email.policy.default).walk())
    (html,) = [part for part in parts if part.get_content_type() == "text/html"]
    (plain,) = [part for part in parts if part.get_content_type() == "text/plain"]
    assert LINK in plain.get_content()
    (picture,) = [part for part in parts if part.get_content_type() == "image/png"]
    assert 'src="cid:chart.png"' in html.get_content()
    assert picture["content-id"] == "<chart.png>"
    assert picture.get_content() == PICTURE


def test_a_webhook_stays_small_without_the_picture(receiver: Receiver) -> None:
    assert webhook(receiver.url).send(pictured(), now=now()) == "the webhook answered 204"
    assert "picture" not in json.loads(receiver.got[0].body)["data"]


def test_while_a_secret_is_exchanged_both_verify(receiver: Receiver) -> None:
    new = "whsec_" + b64encode(b"another one of twenty-four").decode()
    webhook(receiver.url, {"HOOK_SECRET": f"{SECRET} {new}"}).send(letter(), now=now())
    (got,) = receiver.got
    for secret in (SECRET, new):
        assert Webhook(secret).verify(got.body, got.headers)["type"] == "untagged.spike"


def test_apprise_attaches_the_chart_and_leaves_it_out_at_the_next_try(receiver: Receiver) -> None:
    chart = SpikeChart(
        *("Complaints of Acme", "complaints in an hour", NOW, timedelta(minutes=15)),
        *((1.0, 9.0), (1.0, 1.0), (0.0, 0.0), (5.0, 5.0)),
    )
    payload = {**alert_payload(firing(), alert_id=5), "chart": chart.to_json()}
    channel = service(receiver.url.replace("http://", "json://"))
    channel.send(letter(payload=payload), now=NOW)
    channel.send(letter(payload=payload, tries=2), now=NOW)
    first, second = (json.loads(got.body) for got in receiver.got)
    (attached,) = first["attachments"]
    assert (attached["filename"], attached["mimetype"]) == ("chart.png", "image/png")
    assert b64decode(attached["base64"]) == png(chart)
    assert second["attachments"] == []


def test_a_webhook_gets_the_explanation_without_the_numbers_of_the_chart(
    receiver: Receiver,
) -> None:
    more = {"explanation": {"said": "Stands out: “app” (5)."}, "chart": {"counted": [1.0] * 999}}
    webhook(receiver.url).send(letter(payload={**letter().payload, **more}), now=NOW)
    data = json.loads(receiver.got[0].body)["data"]
    assert data["explanation"] == more["explanation"]
    assert "chart" not in data


def test_apprise_says_why_it_could_not_deliver(receiver: Receiver) -> None:
    receiver.answers = [(503, {})]
    with pytest.raises(DeliveryDelayed, match="503"):
        service(receiver.url.replace("http://", "json://")).send(letter(), now=NOW)


def test_apprise_does_not_follow_redirects(receiver: Receiver) -> None:
    receiver.answers = [(307, {"location": f"{receiver.url}/elsewhere"})]
    with pytest.raises(DeliveryDelayed):
        service(receiver.url.replace("http://", "json://")).send(letter(), now=NOW)
    assert len(receiver.got) == 1


def test_an_address_apprise_does_not_know_is_refused_without_being_told() -> None:
    with pytest.raises(DeliveryRefused, match="does not understand") as caught:
        service("bogus://token-nobody-may-see").send(letter(), now=NOW)
    assert "token" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "needs either url"),
        ({"url": "json://x", "webhook": "https://x.example", "secret_env": "A"}, "needs either"),
        ({"url": "chat"}, "is no Apprise address"),
        ({"webhook": "ftp://x.example", "secret_env": "A"}, "is no http"),
        ({"webhook": "https://user:pass@x.example", "secret_env": "A"}, "is no http"),
        ({"webhook": "https://x.example"}, "needs secret_env"),
        ({"webhook": "https://x.example", "secret_env": "whsec_abc="}, "match pattern"),
        ({"url": "json://x", "colour": "red"}, "Extra inputs"),
    ],
)
def test_a_wrong_channel_says_what_to_mend_and_shows_no_address(
    wrong: dict[str, str], said: str
) -> None:
    with pytest.raises(ValidationError, match=said) as caught:
        Channel.model_validate({"name": "care chat", **wrong})
    assert "pass@" not in str(caught.value)


def test_a_channel_never_shows_its_address() -> None:
    assert "token" not in repr(Channel(name="chat", url="slack://token/a/b"))


def test_retry_after_is_read_as_seconds_or_as_a_date() -> None:
    assert retry_after("120", NOW) == 120
    assert retry_after(format_datetime(NOW + timedelta(seconds=90), usegmt=True), NOW) == 90
    assert retry_after(format_datetime(NOW - timedelta(seconds=90)), NOW) == 0
    assert retry_after("soon", NOW) is None
    assert retry_after("", NOW) is None


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1), st.text(min_size=0))
def test_two_keys_never_share_a_message_id(one: str, other: str) -> None:
    other = other.encode("utf-8", "replace").decode()
    assert (message_id(one) == message_id(other)) == (one == other)
    assert message_id(one).isascii()
    assert "." not in message_id(one)

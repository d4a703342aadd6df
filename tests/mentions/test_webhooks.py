"""Signed messages: ours are right for the specification's library, and only right ones for us."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.errors import DeliveryDelayed
from mentions.webhooks import NotSigned, signed, verified

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OLD, NEW, FOREIGN = (
    "whsec_" + b64encode(word * 6).decode() for word in (b"old!", b"new!", b"foe!")
)
ENVIRON = {"OURS": f"{NEW} {OLD}", "THEIRS": OLD, "FOREIGN": FOREIGN, "BROKEN": "whsec_%%%"}


def headers(body: bytes, secret_env: str = "THEIRS", now: datetime = NOW) -> dict[str, str]:
    return signed("a-1", body, environ=ENVIRON, secret_env=secret_env, now=now)


def taken(given_headers: dict[str, str], body: bytes, *, now: datetime = NOW) -> str:
    return verified(given_headers, body, environ=ENVIRON, secret_env="OURS", now=now)


@given(st.text())
def test_what_one_of_our_secrets_signed_is_taken(text: str) -> None:
    body = text.encode("utf-8", "replace")
    assert taken(headers(body), body) == "a-1"
    assert taken(headers(body, "OURS"), body) == "a-1"


@pytest.mark.parametrize("off", [timedelta(minutes=-4), timedelta(minutes=4)])
def test_a_clock_may_be_some_minutes_off(off: timedelta) -> None:
    assert taken(headers(b"{}", now=NOW + off), b"{}") == "a-1"


@pytest.mark.parametrize("off", [timedelta(minutes=-6), timedelta(minutes=6)])
def test_an_old_or_future_message_is_refused(off: timedelta) -> None:
    with pytest.raises(NotSigned, match="which is not now"):
        taken(headers(b"{}", now=NOW + off), b"{}")


@pytest.mark.parametrize(
    ("change", "body"),
    [
        ({}, b"{ }"),
        ({"webhook-id": "a-2"}, b"{}"),
        ({"webhook-timestamp": str(int(NOW.timestamp()) + 1)}, b"{}"),
        ({"webhook-timestamp": "soon"}, b"{}"),
        ({"webhook-timestamp": "9" * 400}, b"{}"),
        ({"webhook-timestamp": "٣"}, b"{}"),
        ({"webhook-signature": ""}, b"{}"),
        ({"webhook-signature": "v1,é v2,x"}, b"{}"),
        ({}, b"\xff"),
    ],
)
def test_what_was_changed_on_the_way_is_refused(change: dict[str, str], body: bytes) -> None:
    with pytest.raises(NotSigned):
        taken(headers(b"{}") | change, body)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_named(name: str) -> None:
    said = headers(b"{}")
    del said[name]
    with pytest.raises(NotSigned, match=name):
        taken(said, b"{}")


def test_a_foreign_secret_is_refused() -> None:
    with pytest.raises(NotSigned, match="sign with the secret that we have"):
        taken(headers(b"{}", "FOREIGN"), b"{}")


@pytest.mark.parametrize(("name", "said"), [("UNSET", "is not set"), ("BROKEN", "base64")])
def test_a_secret_that_is_none_is_told_apart(name: str, said: str) -> None:
    with pytest.raises(DeliveryDelayed, match=said):
        verified(headers(b"{}"), b"{}", environ=ENVIRON, secret_env=name, now=NOW)

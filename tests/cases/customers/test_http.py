"""A company's customers behind a service that is now well and now not."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from cases.customers import http
from cases.customers.http import DOWN_SECONDS, HttpCustomers
from cases.customers.port import MAX_FIELDS, Account
from cases.customers.sources import HttpSource
from mentions.errors import SettingsError, TryAgain
from spiders.addresses import is_public
from tests.cases.customers.services import (
    ADA,
    Service,
    closed_port,
    drips_headers,
    never_ends,
    says,
    service,
    sleeps,
)


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def well() -> Iterator[Service]:
    with service(says(200, ADA)) as running:
        yield running


def asking(port: int, *, clock: Callable[[], float] = Clock(), **said: Any) -> HttpCustomers:  # noqa: B008  # it never moves
    more = {"resolve": said.pop("resolve")} if "resolve" in said else {}
    environment = said.pop("environment", {})
    url = f"http://127.0.0.1:{port}/find?key=1&handle={{handle}}&on={{platform}}"
    source = {"kind": "http", "url": url, "allow_private": True, "timeout": "10s"} | said
    return HttpCustomers(
        HttpSource.model_validate(source),
        is_public=is_public,
        environment=environment,
        elapsed_seconds=clock,
        **more,
    )


def test_a_handle_is_asked_for_escaped_and_with_the_token(well: Service) -> None:
    asked = asking(well.port, token_env="CRM", environment={"CRM": " abc "})
    found = asked.look_up("@Ä&b=c#{platform}", "own forum")
    assert well.paths == ["/find?key=1&handle=%C3%A4%26b%3Dc%23%7Bplatform%7D&on=own%20forum"]
    assert well.tokens == ["Bearer abc"]
    assert found
    assert (found.id, found.name, found.link) == ("17", "Ada Lovelace", "https://crm.example/17")
    assert found.fields == (("Tier", "gold"), ("VIP", "yes"), ("Orders", "12"))
    assert found.accounts == (Account("x", "ada_l"),)


def test_an_answer_is_kept_in_memory_as_long_as_it_is_said(well: Service) -> None:
    clock = Clock()
    asked = asking(well.port, clock=clock, cache="10m")
    assert asked.look_up("ada_l", "x") == asked.look_up("@ADA_L", "x")
    assert len(well.paths) == 1
    asked.look_up("ada_l", "reddit")
    assert len(well.paths) == 2
    clock.seconds += 601
    asked.look_up("ada_l", "x")
    assert len(well.paths) == 3
    assert list(asked._known) == [Account("x", "ada_l")]


def test_that_nobody_has_it_is_an_answer_as_well(well: Service) -> None:
    well.answer = says(404, b"<html>none</html>")
    asked = asking(well.port)
    assert asked.look_up("ada", "x") is None
    assert asked.look_up("ada", "x") is None
    assert len(well.paths) == 1
    assert "says that nobody has it" in asked.check()


def test_few_answers_are_kept(well: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REMEMBERED", 2)
    asked = asking(well.port)
    for name in ("a", "b", "a", "c", "a"):
        asked.look_up(name, "x")
    assert [path.partition("handle=")[2][0] for path in well.paths] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (says(500, b"oops"), TryAgain, "answered 500"),
        (says(503), TryAgain, "answered 503"),
        (says(429), TryAgain, "answered 429"),
        (says(401), SettingsError, "answered 401; check the token CRM"),
        (says(400), SettingsError, "answered 400; check its url"),
        (
            says(302, b"", Location="http://169.254.169.254/"),
            SettingsError,
            r"redirects \(302\); write its final address",
        ),
        (never_ends, SettingsError, "sends over 200 kB"),
    ],
)
def test_after_a_failure_nobody_waits_for_the_service_for_a_while(
    answer: Any, kind: type[Exception], said: str, well: Service
) -> None:
    well.answer = answer
    clock = Clock()
    asked = asking(well.port, clock=clock, token_env="CRM", environment={"CRM": "x"})
    for handle in ("ada", "ada", "bob"):
        with pytest.raises(kind, match=said):
            asked.look_up(handle, "x")
    assert len(well.paths) == 1
    well.answer = says(200, ADA)
    clock.seconds += DOWN_SECONDS
    assert asked.look_up("ada", "x")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>Sign in</html>", "does not answer as docs/customers.md says"),
        (b"", "does not answer as"),
        (b"null", "does not answer as"),
        (b"[" * 100_000, "does not answer as"),
        (b'{"name": "Ada"}', "id Field required"),
        (b'{"id": " "}', "without an id"),
        (b'{"id": 1, "fields": {"a": {"b": 1}}}', "fields.a"),
        (b'{"id": 1, "handles": [{"platform": "mastodon", "handle": "ada"}]}', "no server"),
        ('{"id": 1, "name": "Å"}'.encode("latin-1"), "does not answer as"),
    ],
)
def test_a_strange_answer_is_told_and_only_its_handle_waits(
    body: bytes, said: str, well: Service
) -> None:
    well.answer = says(200, body)
    asked = asking(well.port)
    for _ in range(2):
        with pytest.raises(SettingsError, match=said) as told:
            asked.look_up("ada", "x")
    assert "Ada" not in str(told.value)
    assert len(well.paths) == 1
    well.answer = says(200, ADA)
    assert asked.look_up("bob", "x")


@pytest.mark.parametrize("answer", [sleeps, drips_headers])
def test_a_slow_service_is_given_up_in_time(answer: Any, well: Service) -> None:
    well.answer = answer
    asked = asking(well.port, timeout=timedelta(milliseconds=200))
    with pytest.raises(TryAgain, match=r"longer than 0\.2 seconds"):
        asked.look_up("ada", "x")
    with pytest.raises(TryAgain, match=r"longer than 0\.2 seconds"):
        asked.look_up("bob", "x")
    assert len(well.paths) <= 1


def test_a_name_that_is_slow_to_resolve_keeps_nobody_waiting() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        time.sleep(1)
        return ["127.0.0.1"]

    with pytest.raises(TryAgain, match="longer than"):
        asking(9, timeout=timedelta(milliseconds=100), resolve=resolve).look_up("ada", "x")


def test_a_service_that_is_away_is_said_without_its_address() -> None:
    with pytest.raises(TryAgain, match=r"did not answer: ConnectError$"):
        asking(closed_port()).look_up("ada", "x")


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "fd00::1", "64:ff9b::a00:7"]
)
def test_a_name_that_leads_inside_is_refused_unless_it_is_meant(address: str) -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        return ["93.184.215.14", address]

    asked = asking(
        9, allow_private=False, resolve=resolve, url="https://crm.example/?handle={handle}"
    )
    with pytest.raises(SettingsError, match=f"private address {address}; set allow_private"):
        asked.look_up("ada", "x")


def test_the_connection_goes_to_the_address_that_was_checked(well: Service) -> None:
    asked = asking(
        well.port,
        url=f"http://crm.example:{well.port}/?handle={{handle}}",
        resolve=lambda _host, _port: ["127.0.0.1"],
    )
    assert asked.look_up("ada", "x")


def test_a_missing_token_is_named_and_nothing_is_asked(well: Service) -> None:
    with pytest.raises(SettingsError, match="set the environment variable CRM"):
        asking(well.port, token_env="CRM").look_up("ada", "x")
    assert well.paths == []


def test_too_many_fields_are_cut_and_it_is_said(well: Service) -> None:
    fields = ", ".join(f'"field {number}": "{number}"' for number in range(MAX_FIELDS + 5))
    well.answer = says(200, f'{{"id": 1, "fields": {{{fields}}}}}'.encode())
    found = asking(well.port).look_up("ada", "x")
    assert found
    assert len(found.fields) == MAX_FIELDS
    assert found.cut == "5 of 25 fields"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("crm.example/?handle={handle}", "is no address"),
        ("ftp://crm.example/?handle={handle}", "is no address"),
        ("https://[::1/?handle={handle}", "is no address"),
        ("https://crm.example/", "must have {handle} behind its"),
        ("https://crm.example/{handle}?a={handle}", "no braces before"),
        ("https://{handle}.example/?a={handle}", "no braces before"),
        ("https://me:secret@crm.example/?a={handle}", "no password"),
        ("http://crm.example/?a={handle}", "must begin with https"),
    ],
)
def test_an_address_that_cannot_be_asked_is_refused_in_the_settings(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        HttpSource.model_validate({"kind": "http", "url": url})

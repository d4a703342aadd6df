"""`untagged users`: adding, changing and looking at users from the command line."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from mentions.errors import Conflict, SettingsError, UntaggedError
from tests.untagged.world import settings_file
from untagged.accounts import book, passwords
from untagged.cli.main import app
from untagged.wiring import open_pipeline


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return settings_file(tmp_path / "a firm")


def users(config: Path, *arguments: str, typed: str | None = None) -> Result:
    line = ["--config", str(config), "users", *arguments]
    done = CliRunner().invoke(app, line, input=typed)
    if isinstance(done.exception, UntaggedError):
        raise done.exception
    return done


def listed(config: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in users(config, "list", "--json").stdout.splitlines()]


def test_a_made_password_is_printed_once_and_works(config: Path) -> None:
    done = users(config, "add", "Ana", "--role", "lead", "--full-name", "Ana A.")
    password = done.stdout.strip()
    with open_pipeline(config) as pipeline, pipeline.read() as connection:
        ana = book.named_user(connection, "ana")
        kept = book.hash_of(connection, ana.id)
    assert passwords.is_right(password, kept)
    assert (ana.agent, ana.must_change, ana.role) == ("ana", True, "lead")
    assert password not in users(config, "list").stdout + users(config, "audit").stdout


def test_a_password_is_asked_for_and_never_shown(config: Path) -> None:
    said = "one tall green window"
    done = users(config, "add", "ana", "--ask", typed=f"{said}\n{said}\n")
    assert said not in done.output
    new = "four walls of glass"
    users(config, "password", "ana", "--ask", typed=f"{new}\n{new}\n")
    with open_pipeline(config) as pipeline, pipeline.read() as connection:
        ana = book.named_user(connection, "ana")
        assert passwords.is_right(new, book.hash_of(connection, ana.id))
    assert not ana.must_change
    with pytest.raises(UntaggedError, match="at least"):
        users(config, "password", "ana", "--ask", typed="short\nshort\n")


def test_there_is_no_option_that_takes_a_password(config: Path) -> None:
    assert users(config, "add", "ana", "--password", "x").exit_code == 2


def test_a_user_is_changed_and_the_trail_says_by_whom(config: Path) -> None:
    users(config, "add", "boss", "--role", "admin", "--no-password")
    users(config, "add", "cem", "--agent", "farah", "--brand", "Acme", "--no-password")
    users(config, "role", "cem", "lead", "--as", "boss")
    users(config, "scope", "cem", "--team", "care", "--agent", "", "--as", "boss")
    users(config, "disable", "cem", "--as", "boss")
    (_, cem) = listed(config)
    assert (cem["role"], cem["agent"], cem["brands"], cem["teams"]) == ("lead", "", [], ["care"])
    assert cem["is_disabled"] is True
    users(config, "enable", "cem")
    lines = users(config, "audit", "cem", "--json").stdout.splitlines()
    trail = [json.loads(line) for line in lines]
    assert [one["action"] for one in trail] == [
        *("enabled", "disabled", "scope", "agent", "role", "added"),
    ]
    assert trail[1]["actor"] == "boss"
    with pytest.raises(Conflict, match="only admin"):
        users(config, "disable", "boss")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--brand", "Acmee"), "brand: there is no 'Acmee'"),
        (("--team", "night"), "team: there is no 'night'"),
        (("--agent", "zoe"), "agent: there is no 'zoe'"),
    ],
)
def test_what_the_settings_do_not_know_is_refused(
    config: Path, options: tuple[str, str], said: str
) -> None:
    with pytest.raises(UntaggedError, match=said):
        users(config, "add", "ana", *options)
    assert listed(config) == []


def test_sessions_are_shown_and_ended(config: Path) -> None:
    from tests.untagged.entered import entered

    with open_pipeline(config) as pipeline:
        client = entered(pipeline, name="ana")
        (session,) = users(config, "sessions", "ana", "--json").stdout.splitlines()
        assert json.loads(session)["browser"] == "a test"
        assert client.get("/account").status_code == 200
        users(config, "sessions", "ana", "--end")
        assert client.get("/account").status_code == 401
        assert users(config, "sessions", "ana", "--json").stdout == ""


def test_a_cockpit_without_users_is_not_shown_to_the_network(tmp_path: Path) -> None:
    more = "cockpit: {host: 0.0.0.0, names: [untagged.acme.example]}\n"
    config = settings_file(tmp_path, more=more)
    done = CliRunner().invoke(app, ["--config", str(config), "serve", "--port", "1"])
    assert isinstance(done.exception, SettingsError)
    assert "no users yet: untagged users add" in str(done.exception)

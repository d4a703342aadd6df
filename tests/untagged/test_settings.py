"""Settings are checked as a whole, and say where and what."""

from pathlib import Path

import pytest

from mentions.errors import SettingsError
from tests.untagged.world import settings_file
from untagged.settings import load_settings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", ["untagged/example.yaml", "docs/examples/airlines/untagged.yaml"])
def test_the_examples_we_ship_are_right(path: str) -> None:
    settings = load_settings(ROOT / path).settings
    assert len(settings.brands) >= 2
    assert {rule.kind for rule in settings.rules} >= {"spike", "unanswered"}


def test_without_a_file_there_are_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNTAGGED_CONFIG", raising=False)
    loaded = load_settings()
    assert loaded.path is None
    assert loaded.settings.store == f"sqlite:///{tmp_path}/var/mentions.db"


def test_paths_in_the_file_start_at_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = settings_file(tmp_path / "a b")
    monkeypatch.chdir(tmp_path)
    settings = load_settings(path).settings
    assert settings.store == f"sqlite:///{tmp_path}/a b/mentions.db"
    assert settings.journal == f"{tmp_path}/a b/journal"


def test_the_environment_wins_and_its_paths_start_at_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = settings_file(tmp_path / "conf")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNTAGGED_STORE", "sqlite:///here.db")
    monkeypatch.setenv("UNTAGGED_DATABASE", "postgresql+psycopg://somewhere/untagged")
    settings = load_settings(path).settings
    assert settings.store == f"sqlite:///{tmp_path}/here.db"
    assert settings.database == "postgresql+psycopg://somewhere/untagged"
    assert settings.journal == f"{tmp_path}/conf/journal"


def test_an_absolute_store_stays_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNTAGGED_STORE", "sqlite:////var/lib/untagged/mentions.db")
    path = settings_file(tmp_path)
    assert load_settings(path).settings.store == "sqlite:////var/lib/untagged/mentions.db"


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ("team: crisis, opens_case: true, notify: [pager]", "there is no 'pager'; known are chat"),
        ("team: nobody, opens_case: true, notify: [chat]", "known are care, crisis"),
        ("opens_case: true, notify: [chat]", "opens_case needs a team"),
        ("team: crisis, sensitivity: high", "'few', 'balanced' or 'many'"),
        ("brands: [Acne]", "known are Acme, Bolt Bank"),
        ("signals: [angry]", "is no signal"),
        ("sensitivity: {scor: 3}", "sensitivity"),
        ("quiet_hours: [{from: '22:00', until: '7 am'}]", "'7 am' is no time of day"),
    ],
)
def test_a_wrong_rule_is_told_with_its_line(mistake: str, said: str, tmp_path: Path) -> None:
    path = settings_file(tmp_path)
    text = path.read_text()
    right = "team: crisis, opens_case: true, notify: [chat]"
    assert right in text
    path.write_text(text.replace(right, mistake, 1).replace("signals: [negative], ", "", 1))
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert said in str(caught.value)
    line = next(n for n, row in enumerate(path.read_text().splitlines(), 1) if mistake in row)
    named = int(str(caught.value).split("line ")[1].split(":")[0])
    assert abs(named - line) <= 1


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("query: 'acme OR @acme'", "query: 'acme OR ('", "nothing follows"),
        ("when: 'brand:\"bolt bank\"'", "when: 'brnad:bolt'", "brand"),
        ("sla: standard}\n  - {name: everything", "sla: fast}\n  - {name: everything", "standard"),
        ("name: Bolt Bank", "name: Acme", "stands here twice"),
        ("when: '*'", "when: 'lang:en'", "no rule takes what the others leave"),
        ("first_response: 60m", "first_response: soon", "no duration"),
    ],
)
def test_a_wrong_name_or_query_is_told(right: str, wrong: str, said: str, tmp_path: Path) -> None:
    path = settings_file(tmp_path)
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong, 1))
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert said in str(caught.value)
    assert "line " in str(caught.value)


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("sectors: [airlin]", "airline"),
        ("topics: {lounge: ''}", "no phrases"),
        ("topics: {a/b: lounge}", "no name of a topic"),
        ("topics: {lounge: 'club & lounge'}", "'&' is in no post"),
        ("topics: {lounge: 'ab* club'}", "at least 4 letters"),
        ("topics: {lounge: '.. lounge'}", "a gap stands between two words"),
        (f"topics: {{lounge: '{'a|b|c|d|e ' * 6}'}}", "too many alternatives"),
        ("topics: {lounge: 5}", "string"),
    ],
)
def test_a_sector_or_topic_that_cannot_be_heard_is_told(
    added: str, said: str, tmp_path: Path
) -> None:
    path = settings_file(tmp_path)
    text = path.read_text()
    assert "languages: [en]}" in text
    path.write_text(text.replace("languages: [en]}", f"languages: [en], {added}}}", 1))
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert said in str(caught.value)
    assert "line " in str(caught.value)


def test_the_cockpit_refuses_to_listen_beyond_this_machine(tmp_path: Path) -> None:
    path = settings_file(tmp_path, more="cockpit: {host: 0.0.0.0}\n")
    with pytest.raises(SettingsError, match="names"):
        load_settings(path)


def test_secrets_in_addresses_are_not_told(tmp_path: Path) -> None:
    path = settings_file(tmp_path)
    path.write_text(path.read_text().replace("json://127.0.0.1:9/nobody-listens", "s3cr3t"))
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert "s3cr3t" not in str(caught.value)

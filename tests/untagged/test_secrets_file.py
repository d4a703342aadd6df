"""Secrets come from the environment or a file that nobody else can read, and are never told."""

from pathlib import Path

import pytest

from mentions.errors import SettingsError
from untagged.secrets_file import SECRETS_VARIABLE, load_secrets

SECRET = "s3cret value#1"


def written(folder: Path, text: str, *, mode: int = 0o600, name: str = "secrets.env") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_the_file_beside_the_settings_fills_the_environment_but_does_not_win(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, f"# ours\nX_TOKEN='{SECRET}'\nexport KEY=1\nHELD=file\n")
    environment = {"HELD": "environment"}
    assert load_secrets(tmp_path, environment) == path
    assert environment == {"HELD": "environment", "X_TOKEN": SECRET, "KEY": "1"}


def test_the_variable_names_another_file_which_must_be_there(tmp_path: Path) -> None:
    other = written(tmp_path, "A=${HOME}", name="other.env")
    environment = {SECRETS_VARIABLE: str(other)}
    load_secrets(tmp_path, environment)
    assert environment["A"] == "${HOME}"
    with pytest.raises(SettingsError, match=r"missing\.env: No such file"):
        load_secrets(tmp_path, {SECRETS_VARIABLE: str(tmp_path / "missing.env")})


def test_without_a_file_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert load_secrets(tmp_path, {}) is None


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused_without_a_word_of_it(
    tmp_path: Path, mode: int
) -> None:
    written(tmp_path, f"X_TOKEN={SECRET}", mode=mode)
    environment: dict[str, str] = {}
    with pytest.raises(SettingsError, match="chmod 600") as caught:
        load_secrets(tmp_path, environment)
    assert f"mode {mode:o}" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert environment == {}


@pytest.mark.parametrize("text", [SECRET.replace(" ", ""), "A=1\nloose-words\n", "LOOSE\n"])
def test_what_is_no_pair_is_refused_without_a_word_of_it(tmp_path: Path, text: str) -> None:
    written(tmp_path, text)
    with pytest.raises(SettingsError, match="NAME=value") as caught:
        load_secrets(tmp_path, {})
    assert text.strip().splitlines()[-1] not in str(caught.value)

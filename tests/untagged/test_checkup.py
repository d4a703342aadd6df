"""The check-up tells of a secret that a source needs and nobody has set."""

from pathlib import Path

import pytest

from untagged.checkup import examined

SETTINGS = """
store: sqlite:///mentions.db
database: sqlite:///untagged.db
journal: journal
sources:
  - {name: videos, spider: youtube, params: {key_env: VIDEO_KEY, search: [acme]}}
"""


@pytest.mark.parametrize(("key", "is_ok"), [("", False), ("a-key", True)])
def test_secret_that_a_source_needs_is_told_by_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, *, is_ok: bool
) -> None:
    monkeypatch.setenv("VIDEO_KEY", key)
    config = tmp_path / "untagged.yaml"
    config.write_text(SETTINGS)
    finding = next(one for one in examined(config) if one.what == "source videos")
    assert finding.is_ok == is_ok
    assert ("VIDEO_KEY is not set" in finding.said) == (not is_ok)
    assert "a-key" not in finding.said

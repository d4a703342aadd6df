"""The check-up names what is missing."""

from pathlib import Path

import pytest

from untagged.checkup import examined

SETTINGS = """
store: sqlite:///mentions.db
database: sqlite:///untagged.db
journal: journal
brands: [{name: Nimbus Air, query: nimbus}]
sources:
  - name: forum
    spider: discourse
    params: {server: 'https://forum.example', posts: true, api_key_env: FORUM_KEY}
"""


@pytest.mark.slow
def test_secret_that_is_not_in_the_environment_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "untagged.yaml"
    config.write_text(SETTINGS)
    monkeypatch.delenv("FORUM_KEY", raising=False)
    said = {finding.what: finding for finding in examined(config)}["source forum"]
    assert not said.is_ok
    assert said.said == "the environment variable FORUM_KEY is not set or empty"
    monkeypatch.setenv("FORUM_KEY", "a key")
    assert {finding.what: finding for finding in examined(config)}["source forum"].is_ok

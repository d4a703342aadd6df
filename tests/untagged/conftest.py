"""Commands as people type them."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from untagged.cli import main

ENV = {name: value for name, value in os.environ.items() if not name.startswith("UNTAGGED_")}
Run = Callable[..., tuple[int, str, str]]
"""A command's words -> its exit status, what it wrote, what it complained."""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in the test's folder as `untagged` would, without its own second to start."""
    monkeypatch.chdir(tmp_path)
    for name in set(os.environ) - set(ENV):
        monkeypatch.delenv(name)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["untagged", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return ended.value.code, *capsys.readouterr()

    return run

"""Slow tests are left out only where nobody asked for them, and never in silence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENV = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("MAKE", "MFLAGS", "PYTEST_", "SLOW"))
}
"""Without what this run was asked for."""


@pytest.mark.parametrize(
    ("asked", "ci", "left_out"),
    [((), "", True), ((), "false", True), ((), "true", False), (("SLOW=1",), "", False)],
)
def test_make_test_leaves_slow_tests_out_but_not_in_ci_nor_where_they_are_asked_for(
    asked: tuple[str, ...], ci: str, *, left_out: bool
) -> None:
    would_run = subprocess.run(
        ["make", "--dry-run", "test", *asked],
        cwd=ROOT,
        env=ENV | {"CI": ci},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "-m pytest" in would_run
    assert ("--without-slow" in would_run) is left_out


def test_slow_tests_that_are_left_out_are_counted_loudly() -> None:
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-n", "1"),
            *("--without-slow", "tests/test_servers.py", "-k", "elasticsearch or loopback"),
        ],
        cwd=ROOT,
        env=ENV,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "1 passed" in ran.stdout
    assert "NOT TESTED: 1 slow tests; make test SLOW=1 runs them" in ran.stdout

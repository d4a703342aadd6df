"""The material beside the checkout, which is never copied into it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


def shared(*parts: str) -> Path:
    """The path, or a skipped test that says loudly what was not tested."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"NOT TESTED against {'/'.join(parts)}: there is no {path}")
    return path

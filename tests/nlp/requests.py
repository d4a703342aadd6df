"""Requests written for the tests: `golden` to measure on, `development` to choose by."""

import json
from pathlib import Path


def requests_of(name):
    """Rows with text, cluster (the same for all that ask for the same) and lang."""
    file = Path(__file__).parent / f"{name}_requests.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]

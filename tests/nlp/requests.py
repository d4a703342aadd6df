"""Requests written for the tests: `golden` to measure on, `development` to choose by.

`development_reviews` are messy: chatty, of several sentences, some of them asking for nothing that
they name.
"""

import json
from pathlib import Path


def requests_of(name):
    """Rows with text, cluster (the same for all that ask for the same) and lang."""
    stem = name if name.endswith("_reviews") else f"{name}_requests"
    file = Path(__file__).parent / f"{stem}.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]

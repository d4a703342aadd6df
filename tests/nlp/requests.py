"""Requests written for the tests: `golden` to measure on, `development` to choose by.

`development_reviews` are messy: chatty, of several sentences, some of them asking for nothing that
they name. The files of `other_languages` hold posts in six of them with their `kind`: request, bug,
churn, service (what is asked for oneself and now) or none; the two are about different trades.
"""

import json
from pathlib import Path


def requests_of(name):
    """Rows with text, lang and cluster (the same for all that ask for the same) or kind."""
    stem = name if name.endswith(("_reviews", "_languages")) else f"{name}_requests"
    file = Path(__file__).parent / f"{stem}.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]

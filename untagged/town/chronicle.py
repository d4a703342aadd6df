"""Chronicle: writes down the truth about each crisis when it begins."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

from untagged.town.crises.crisis import Crisis
from untagged.town.crossing import crisis_truth
from untagged.town.story import Story

_AHEAD = timedelta(days=7)


class Chronicle:
    """A JSON line for each crisis that begins at or after `since`, once."""

    def __init__(self, story: Story, file: TextIO, *, since: datetime) -> None:
        self._story = story
        self._file = file
        self._known_until = since
        self._coming: list[Crisis] = []

    def tell(self, now: datetime) -> None:
        """Write down what has begun by `now`."""
        while self._known_until <= now:
            until = max(self._known_until, now) + _AHEAD
            self._coming += [
                crisis
                for crisis in self._story.crises(self._known_until, until)
                if crisis.begins >= self._known_until
            ]
            self._known_until = until
        while self._coming and self._coming[0].begins <= now:
            truth = crisis_truth(self._story, self._coming.pop(0))
            self._file.write(json.dumps(truth, ensure_ascii=False) + "\n")
            self._file.flush()


def beside(truth: Path) -> Path:
    """Where the crises are told: `truth.crises.jsonl` beside `truth.jsonl`."""
    return truth.with_name(f"{truth.stem}.crises{truth.suffix}")

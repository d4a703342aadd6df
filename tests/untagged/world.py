"""A small firm to listen for, on stores of the test's own."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mentions.mention import Mention

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

SETTINGS = """
brands:
  - {name: Acme, query: 'acme OR @acme', handles: ['@acme'], languages: [en]}
  - {name: Bolt Bank, query: '"bolt bank"'}
channels:
  - {name: chat, url: 'json://127.0.0.1:9/nobody-listens'}
rules:
  - {name: negative spike, kind: spike, signals: [negative], minimum: 8, severity: 2,
     team: crisis, opens_case: true, notify: [chat]}
  - {name: unanswered, kind: unanswered, query: 'needs_reply:true', after: 10m, notify: [chat]}
teams:
  - {name: care, agents: [{name: ana}, {name: ben}], notify: [chat]}
  - {name: crisis, agents: [{name: farah}]}
sla:
  - {name: standard, first_response: 60m, resolution: 24h}
routing:
  - {name: bank, when: 'brand:"bolt bank"', team: crisis, priority: high, sla: standard}
  - {name: everything else, when: '*', team: care, sla: standard}
"""


def settings_file(folder: Path, *, store: str = "sqlite:///mentions.db", more: str = "") -> Path:
    """The settings above, in a folder that may have a space in its name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "untagged.yaml"
    urls = f"store: '{store}'\ndatabase: 'sqlite:///ops.db'\njournal: journal\n"
    path.write_text(urls + SETTINGS + more, encoding="utf-8")
    return path


def post(number: int | str, text: str, at: datetime = NOON, **more: Any) -> dict[str, Any]:
    """A row of an import; `more` are further fields of a mention."""
    return {
        "native_id": str(number),
        "platform": "board",
        "text": text,
        "author": {"handle": f"someone{number}"},
        "published": at.isoformat(),
        **more,
    }


def import_rows(folder: Path, rows: Iterable[Mapping[str, Any] | str]) -> Path:
    """A JSON-lines file; a plain string is a line as it is."""
    path = folder / "posts of today.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def mention(number: int, text: str, at: datetime, **more: object) -> Mention:
    """A mention that was collected when it was published."""
    return Mention(
        source="board",
        native_id=str(number),
        platform="board",
        text=text,
        published=at,
        collected=at,
        **more,
    )

"""Collecting: one pass over some sources, each with its outcome, whatever happens to the others."""

import json
import logging
import signal
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mentions.errors import SettingsError
from spiders.clock import running_from
from spiders.journal import named
from spiders.pacing import BROKE_OFF
from spiders.pass_process import SAID, run_pass
from spiders.past import Past
from spiders.run import Cursor, Quota, SourceRun
from spiders.source import SPIDERS, Source

TIME_LIMIT = timedelta(minutes=10)
ANSWER_TIMEOUT = timedelta(seconds=30)
GRACE = timedelta(seconds=60)
"""A spider that sees its time end may still be waiting for its last answer."""
_MAX_SAID_LINES = 200
_log = logging.getLogger(__name__)


def collect(
    sources: Sequence[Source],
    *,
    journal_url: str,
    cursors: Mapping[str, Cursor],
    user_agent: str,
    now: datetime,
    waiting: Mapping[str, Sequence[str]] = MappingProxyType({}),
    past: Past | None = None,
    time_limit: timedelta = TIME_LIMIT,
    answer_timeout: timedelta = ANSWER_TIMEOUT,
) -> list[SourceRun]:
    """One pass over the sources, in a process of its own, in their order.

    `waiting` are, by source, the native ids of mentions that wait for an answer, whose
    conversations are looked at again. `past` makes it a pass of a backfill, whose cursors are
    its own.

    What went wrong with a source is in its run; even when the process is killed, what it had
    made durable is there, with the cursor that covers it. The caller remembers batches and
    cursor of a run together (`state.record_run`), so that no cursor passes what was not stored.
    Raises SettingsError where two sources have one name.
    """
    twice = [name for name, times in Counter(s.name for s in sources).items() if times > 1]
    if twice:
        raise SettingsError(f"several sources are named {', '.join(twice)}; rename all but one")
    if not sources:
        return []
    clock = running_from(now)
    job = {
        "sources": [source.model_dump(mode="json") for source in sources],
        "journal_url": journal_url,
        "cursors": {source.name: dict(cursors.get(source.name, {})) for source in sources},
        "past": past.model_dump(mode="json") if past else None,
        "waiting": {source.name: list(waiting.get(source.name, ())) for source in sources},
        "user_agent": user_agent,
        "now": now.isoformat(),
        "time_limit": time_limit.total_seconds(),
        "answer_timeout": answer_timeout.total_seconds(),
    }
    with tempfile.TemporaryDirectory(prefix="untagged-collect-") as folder:
        ending = _run_process(Path(folder), job, time_limit + GRACE)
        events: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for event in _read_events(Path(folder) / "events.jsonl"):
            events[event["source"]].append(event)
    return [_outcome(source.name, events[source.name], now, clock(), ending) for source in sources]


def _run_process(folder: Path, job: Mapping[str, Any], limit: timedelta) -> str:
    """Run the pass to its end; what to say of sources that did not report theirs."""
    (folder / "job.json").write_text(json.dumps(job), "utf-8")
    modules = {SPIDERS[source["spider"]][0] for source in job["sources"]}
    status = run_pass(folder, modules, limit)
    said = folder / SAID
    lines = said.read_text("utf-8", "replace").splitlines() if said.exists() else []
    for line in lines[:_MAX_SAID_LINES]:
        _log.info("collecting: %s", line)
    if status is None:
        return f"it took longer than {limit.total_seconds():.0f} s"
    last = next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
    return f"{_said_exit(status)}: {last}" if last and status > 0 else _said_exit(status)


def _said_exit(code: int) -> str:
    if code < 0:
        return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process ended with code {code}"


def _read_events(path: Path) -> Iterator[dict[str, Any]]:
    """The reports of the process; a last line that it did not finish is no report."""
    if not path.exists():
        return
    for line in path.read_bytes().splitlines(keepends=True):
        if line.endswith(b"\n"):
            yield json.loads(line)


def _outcome(
    source: str, events: Sequence[dict[str, Any]], now: datetime, ended_at: datetime, ending: str
) -> SourceRun:
    run = SourceRun(source, now, ended_at, ok=False, fault=BROKE_OFF)
    run = replace(run, error=f"the pass broke off: {ending}")
    for event in events:
        match event:
            case {"event": "started", "at": at}:
                run = replace(run, started_at=datetime.fromisoformat(at))
            case {"event": "batch", "name": name, "counts": counts, "cursor": cursor}:
                batch = replace(named(name), **counts)
                run = replace(run, batches=(*run.batches, batch), cursor=cursor)
            case {"event": "ended", "at": at, "problems": problems, "withheld": withheld}:
                quota = event["quota"]
                run = replace(
                    run,
                    ended_at=datetime.fromisoformat(at),
                    ok=not problems,
                    error="; ".join(problems),
                    cursor=event.get("cursor", run.cursor),
                    withheld=withheld,
                    newest_post_at=_moment(event["newest"]),
                    last_post_at=_moment(event["last"]),
                    parts=tuple(event["parts"]),
                    fault=event["fault"],
                    quota=Quota(*quota) if quota else None,
                )
    return run


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None

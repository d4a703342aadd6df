"""One collecting pass, in a process that is its own: a Scrapy reactor runs once and never again."""

import logging
import os
import signal
import threading
import time
from asyncio import Task
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from mentions.errors import UntaggedError
from spiders.clock import running_from
from spiders.file import FileParams, file_harvest
from spiders.journal import Journal
from spiders.past import Past
from spiders.politeness import settings_for
from spiders.sink import Report, Sink
from spiders.source import Duration, Source, checked_params, spider_of

JOB = "job.json"
EVENTS = "events.jsonl"
_ORPHAN_CHECK_SECONDS = 1.0
_ORPHAN_GRACE_SECONDS = 10.0


class Job(BaseModel):
    """What a pass is to do; it travels between the processes as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sources: Sequence[Source]
    journal_url: str
    cursors: dict[str, dict[str, Any]]
    past: Past | None = None
    waiting: dict[str, Sequence[str]] = {}
    user_agent: str
    now: AwareDatetime
    time_limit: Duration
    answer_timeout: Duration


def run_job(folder: Path, parent: int) -> None:
    """Do the job in the folder, reporting into it; ends when every source or `parent` has ended."""
    job = Job.model_validate_json((folder / JOB).read_bytes())
    clock = running_from(job.now)
    report = Report(folder / EVENTS)
    journal = Journal(job.journal_url)
    _end_with(parent)
    process = AsyncCrawlerProcess({"LOG_LEVEL": "ERROR", "LOG_VERSIONS": []})
    for source in job.sources:
        cursor = job.cursors.get(source.name, {})
        sink = Sink(source.name, journal, cursor, clock=clock, report=report)
        try:
            params = checked_params(source)
        except UntaggedError as error:
            sink.problem("", error)
            sink.finish()
            continue
        if isinstance(params, FileParams):
            _take_file(params, sink, source, cursor, clock())
            continue
        settings = Settings(settings_for(source, job.user_agent, clock, job.answer_timeout))
        ended = process.crawl(
            Crawler(spider_of(source), settings),
            source=source,
            cursor=cursor,
            clock=clock,
            sink=sink,
            time_limit=job.time_limit,
            waiting=job.waiting.get(source.name, ()),
            past=job.past,
        )
        ended.add_done_callback(partial(_ended, sink))
    process.start()


def _take_file(
    params: FileParams, sink: Sink, source: Source, cursor: Mapping[str, Any], now: datetime
) -> None:
    try:
        harvest = file_harvest(params, cursor, source=source.name, now=now)
        if harvest is not None:
            sink.take(harvest)
    except UntaggedError as error:
        sink.problem("", error)
    sink.finish()


def _ended(sink: Sink, task: Task[None]) -> None:
    """A spider that could not even start ends its source's pass here; the others finish alone."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        logging.getLogger(__name__).error("a spider could not start", exc_info=error)
        sink.problem("", error)
    if not sink.is_finished:
        sink.finish()


def _end_with(parent: int) -> None:
    """Stop when the process that waits for us is gone; nobody would read what we report."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_ORPHAN_CHECK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_ORPHAN_GRACE_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="parent", daemon=True).start()

"""Collect what is new at every source whose time has come, into the journal.

Runs every minute; a source is asked as often as its `every` says. New batches start
`process_mentions`.

**When it fails**
- *One source fails*: the run succeeds and its result names the source and why; the others went on.
  `untagged collect NAME` asks that source by hand, `untagged doctor` says what to mend.
- *The task fails*: the journal or the operations database cannot be written (disk, permissions,
  a server that is away). Nothing is lost: cursors move only after a batch is safe. Mend it; the
  next minute goes on.
- *It takes over ten minutes*: a source hangs. The run is ended and the next one starts afresh.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, dag, get_current_context, task

from dags.assets import JOURNAL, NEW_BATCHES


@dag(
    schedule=CronTriggerTimetable("* * * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["untagged", "collect"],
    doc_md=__doc__,
)
def collect_mentions() -> None:
    @task(
        outlets=[NEW_BATCHES],
        retries=1,
        retry_delay=timedelta(seconds=20),
        execution_timeout=timedelta(minutes=10),
    )
    def collect_due_sources() -> dict[str, Any]:
        from untagged.wiring import open_pipeline

        with open_pipeline() as pipeline:
            runs = pipeline.collect(now=datetime.now(UTC), due_only=True)
        if any(run.batches for run in runs):
            get_current_context()["outlet_events"][NEW_BATCHES].add(JOURNAL)
        return {
            "posts": {run.source: run.posts for run in runs},
            "failed": {run.source: run.error for run in runs if not run.ok},
        }

    collect_due_sources()


collect_mentions()

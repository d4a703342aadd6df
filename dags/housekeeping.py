"""Forget what is older than the settings keep, in every store. Runs once a day.

**When it fails**
- *A store is away*: nothing else depends on this run. The retries, then tomorrow's run, do it.
- *It fails each time*: old mentions are kept longer than `keep_days` promises; the task's log says
  which store refused.
"""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, dag, task


@dag(
    schedule=CronTriggerTimetable("30 3 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["untagged", "housekeeping"],
    doc_md=__doc__,
)
def housekeeping() -> None:
    @task(
        retries=2,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(hours=2),
    )
    def forget_what_is_old() -> dict[str, Any]:
        from untagged.wiring import open_pipeline

        with open_pipeline() as pipeline:
            return asdict(pipeline.housekeeping(now=datetime.now(UTC)))

    forget_what_is_old()


housekeeping()

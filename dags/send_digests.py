"""Make the digests that are due and send them: the weekly ones, and every other that is asked for.

Runs every quarter of an hour; the step decides what is due, by the times in the settings and those
that people chose. A period is made once and told once, however often this runs.

**When it fails**
- *A store is away*: nothing is half done. The next run makes what is still due.
- *UNTAGGED_DIGEST_SECRET is not set*: no digest goes out without a link that stops it. Set it where
  Airflow runs; the next run sends what waited.
- *It fails each time*: the task's log names the digest. Others were sent all the same.
- *It did not run for days*: of each digest the period that ended last is sent, and no earlier one.
"""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, dag, task


@dag(
    schedule=CronTriggerTimetable("*/15 * * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["untagged", "digests"],
    doc_md=__doc__,
)
def send_digests() -> None:
    @task(
        retries=2,
        retry_delay=timedelta(minutes=5),
        execution_timeout=timedelta(minutes=30),
    )
    def send_what_is_due() -> dict[str, Any]:
        from untagged.wiring import open_pipeline

        with open_pipeline() as pipeline:
            return asdict(pipeline.digests_due(now=datetime.now(UTC)))

    send_what_is_due()


send_digests()

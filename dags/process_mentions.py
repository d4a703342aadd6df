"""Read and index every batch that waits in the journal.

Runs when new batches arrive, and every ten minutes for what an import or an ended run left
waiting. Indexed mentions start `respond_mentions`.

**When it fails**
- *The mention store or the operations database is away*: the batches wait; the retries, then the
  next run, take them up. A batch may be processed any number of times with the same result.
- *A post cannot be read*: that never fails a run. It is in quarantine with its reason, counted in
  the result.
- *It fails each time*: the task's log names the batch. The batch stays in the journal; later
  batches wait behind it until it is mended.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, get_current_context, task

from dags.assets import JOURNAL, MENTIONS, NEW_MENTIONS


@dag(
    schedule=AssetOrTimeSchedule(
        assets=[JOURNAL], timetable=CronTriggerTimetable("*/10 * * * *", timezone="UTC")
    ),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["untagged", "process"],
    doc_md=__doc__,
)
def process_mentions() -> None:
    @task(
        outlets=[NEW_MENTIONS],
        retries=3,
        retry_delay=timedelta(seconds=20),
        retry_exponential_backoff=True,
        execution_timeout=timedelta(hours=1),
    )
    def process_waiting_batches() -> dict[str, Any]:
        from untagged.wiring import open_pipeline

        with open_pipeline() as pipeline:
            processed = pipeline.process(now=datetime.now(UTC))
        if processed.indexed or processed.deleted:
            get_current_context()["outlet_events"][NEW_MENTIONS].add(MENTIONS)
        return processed.to_json()

    process_waiting_batches()


process_mentions()

"""Bring out the files of mentions that are due, as `exports` of the settings say, each quarter.

A part is written once its day or hour is over, and again while late posts come in.

**When it fails**
- *The place is away, or may not be written to*: nothing is half there. The task fails and names the
  part; `untagged exports list` and `untagged doctor` say why. It is tried again ten minutes later.
- *The mention store is away*: the same; the retries, then the next run, do it.
- *It fails each time*: later parts wait behind the one that fails. Mend the place, then
  `untagged exports run NAME`.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import CronTriggerTimetable, dag, task


@dag(
    schedule=CronTriggerTimetable("*/15 * * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["untagged", "export"],
    doc_md=__doc__,
)
def export_mentions() -> None:
    @task(
        retries=2,
        retry_delay=timedelta(minutes=11),
        execution_timeout=timedelta(hours=2),
    )
    def export_due() -> dict[str, int]:
        from untagged.wiring import open_pipeline

        with open_pipeline() as pipeline:
            done = pipeline.export_due(now=datetime.now(UTC))
        if failed := [f"{part.path}: {part.error}" for part in done if part.error]:
            raise RuntimeError("; ".join(failed))
        return {part.path: part.rows for part in done}

    export_due()


export_mentions()

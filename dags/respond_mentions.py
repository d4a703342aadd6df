"""Detect spikes, apply the rules, open and assign cases, watch the clocks, send what is due.

Runs when mentions were indexed, and every minute besides: a clock runs out and a notification
falls due without any new post.

**When it fails**
- *A store is away*: nothing is half done, every decision is one transaction. The next minute
  decides again; nobody is told twice.
- *A notification cannot be sent*: that never fails a run. It waits for its next try, and after the
  last one is kept and shown as dead; `untagged doctor` names the channel.
- *It fails each time*: the task's log names the rule or the case. Cases already open keep their
  clocks meanwhile.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from dags.assets import MENTIONS


@dag(
    schedule=AssetOrTimeSchedule(
        assets=[MENTIONS], timetable=CronTriggerTimetable("* * * * *", timezone="UTC")
    ),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["untagged", "respond"],
    doc_md=__doc__,
)
def respond_mentions() -> None:
    @task(
        retries=2,
        retry_delay=timedelta(seconds=15),
        execution_timeout=timedelta(minutes=10),
    )
    def respond() -> dict[str, Any]:
        from untagged.wiring import open_pipeline

        with open_pipeline() as pipeline:
            responded = pipeline.respond(now=datetime.now(UTC))
        return {
            "alerts": sum(event.event == "alert" for event in responded.events),
            "cases": sum(event.event == "case" for event in responded.events),
            "sent": responded.sent,
            "delayed": responded.delayed,
            "dead": responded.dead,
        }

    respond()


respond_mentions()

"""What machines ask of the cockpit: `/healthz`, `/readyz`, and `/metrics` for Prometheus.

Names and units follow https://prometheus.io/docs/practices/naming/. Nothing of a post is in them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from alerts import outbox
from alerts.book import list_alerts
from alerts.incident_listing import open_incidents
from alerts.tables import OPEN
from cases import desk
from cases.case import STATUSES
from mentions.errors import TryAgain
from mentions.query.parser import parse_query
from spiders import state
from untagged.pipeline import Pipeline
from untagged.web.doors import ANYBODY, needs
from untagged.web.page import clock_now, pipeline_of

router = APIRouter()
EVERYTHING = parse_query("*")


@router.get("/healthz", dependencies=[ANYBODY])
def healthz() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@router.get("/readyz", dependencies=[ANYBODY])
def readyz(request: Request) -> Response:
    """Both stores answer; 503 with the reason while one does not."""
    pipeline = pipeline_of(request)
    try:
        with pipeline.read() as connection:
            desk.count_cases(connection, now=clock_now())
        pipeline.store.count(EVERYTHING)
    except TryAgain as error:
        return JSONResponse({"status": "unavailable", "why": str(error)}, 503)
    return JSONResponse({"status": "ok"})


@router.get("/metrics", dependencies=[needs("operate", everywhere=True)])
def metrics(request: Request) -> Response:
    """Gauges of what waits and of what is late."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Gauges(pipeline_of(request), clock_now()))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Gauges(Collector):
    def __init__(self, pipeline: Pipeline, now: datetime) -> None:
        self._pipeline, self._now = pipeline, now

    def collect(self) -> Iterable[Metric]:
        """Each family once."""
        yield from self._work()
        yield from self._listening()
        yield from self._exports()
        yield _one(
            "untagged_mentions", "Mentions in the store.", self._pipeline.store.count(EVERYTHING)
        )

    def _work(self) -> Iterable[Metric]:
        with self._pipeline.read() as connection:
            cases = desk.count_cases(connection, now=self._now)
            letters = outbox.counts(connection)
            firing = list_alerts(connection, statuses=OPEN, limit=None)
            incidents = len(open_incidents(connection))
            waiting = len(state.waiting_batches(connection, self._pipeline.journal.names()))
        by_status = [((status,), cases.get(status, 0)) for status in STATUSES]
        yield _gauge("untagged_cases", "Cases by status.", by_status, "status")
        late = "Cases whose promise is missed while its clock runs."
        yield _one("untagged_cases_overdue", late, cases["overdue"])
        yield _one("untagged_cases_unassigned", "Open cases that nobody has.", cases["unassigned"])
        by_state = [((name,), number) for name, number in letters.items()]
        yield _gauge("untagged_notifications", "Notifications by state.", by_state, "state")
        kinds = Counter((one.kind, one.brand, one.status) for one in firing)
        labels = ("kind", "brand", "status")
        yield _gauge("untagged_alerts_open", "Alerts that are not over.", kinds.items(), *labels)
        yield _one("untagged_incidents_open", "Incidents that are not over.", incidents)
        yield _one("untagged_batches_waiting", "Collected batches not yet processed.", waiting)

    def _listening(self) -> Iterable[Metric]:
        sources = self._pipeline.sources(now=self._now)
        yield _gauge(
            "untagged_source_troubled",
            "1 where a source fails, rests or is unusually quiet.",
            [((one.source.name,), one.is_troubled) for one in sources],
            "source",
        )
        yield _gauge(
            "untagged_source_last_success_timestamp_seconds",
            "When a source was last read without a fault.",
            [
                ((one.source.name,), one.health.last_success_at.timestamp())
                for one in sources
                if one.health and one.health.last_success_at
            ],
            "source",
        )

    def _exports(self) -> Iterable[Metric]:
        doing = self._pipeline.exports.doing()
        yield _gauge(
            "untagged_export_failing",
            "1 where a file of an export could not be brought out.",
            [((one.plan.name,), one.failing is not None) for one in doing],
            "export",
        )
        yield _gauge(
            "untagged_export_last_success_timestamp_seconds",
            "When an export was last brought out.",
            [((one.plan.name,), one.last_at.timestamp()) for one in doing if one.last_at],
            "export",
        )


def _one(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=value)


def _gauge(
    name: str, about: str, values: Iterable[tuple[Sequence[str], float]], *labels: str
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about, labels=labels)
    for key, value in values:
        family.add_metric(key, float(value))
    return family

"""Some cases of a small firm whose agents have channels of their own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cases import desk
from cases.routing import Route
from tests.untagged.world import mention, settings_file
from untagged.pipeline import Pipeline

NOW = datetime.now(UTC).replace(microsecond=0)
ACME = ({"name": "Acme"},)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
CHANNELS = "".join(
    f"  - {{name: {name}, url: 'json://127.0.0.1:9/{name}'}}\n" for name in ("to-ben", "to-farah")
)


def teamwork_settings(folder: Path) -> Path:
    """ana has no channel, ben and farah have one each."""
    path = settings_file(folder)
    said = path.read_text(encoding="utf-8").replace("rules:\n", CHANNELS + "rules:\n", 1)
    said = said.replace("{name: ben}", "{name: ben, notify: [to-ben]}")
    said = said.replace("{name: farah}", "{name: farah, notify: [to-farah]}")
    path.write_text(said, encoding="utf-8")
    return path


def open_cases(pipeline: Pipeline, number: int = 4) -> None:
    """As many cases of team care, numbered from 1, the first the oldest."""
    settings = pipeline.settings
    route = Route("everything else", "care", "medium", "standard", (), 'rule "everything else": *')
    posts = [
        mention(one, f"Acme lost my bag {one}. Where is my refund?", NOW - HOUR, brands=ACME)
        for one in range(1, number + 1)
    ]
    pipeline.store.upsert(posts)
    with pipeline.begin() as connection:
        for post in posts:
            desk.open_case(
                connection, post, route, policy=settings.sla[0], teams=settings.teams, now=NOW
            )

"""The town's story as the example's settings hear it: two weeks, and a crisis since three hours.

A file of tests that imports the fixtures has a story of its own, as listening to two weeks takes
half a minute; of its tests, whoever changes something takes a thing that the others leave alone.
The story is told up to this moment, so what is expected of it must hold at any minute of a day.
"""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from tests.untagged.served import served
from untagged.pipeline import Pipeline
from untagged.town.server import TOKEN, TownSettings, running
from untagged.wiring import open_pipeline

LATELY = timedelta(hours=4)
"""How long before now it begins to respond: the crisis is not there yet."""
STEP = timedelta(minutes=15)


@contextlib.contextmanager
def heard(folder: Path) -> Iterator[Pipeline]:
    """A pipeline that has heard and answered the town's two weeks up to this moment."""
    now = datetime.now(UTC)
    town = running(TownSettings(now=now, pace=0, control=True))
    with town as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOWN_TOKEN", TOKEN)
        config = folder / "untagged.yaml"
        example = files("untagged").joinpath("example.yaml").read_text()
        config.write_text(example.replace("127.0.0.1:8765", url.removeprefix("http://")))
        with open_pipeline(config) as pipeline:
            pipeline.collect(now=now)
            pipeline.process(now=now)
            moment = now - LATELY
            while moment <= now:
                pipeline.respond(now=moment)
                moment += STEP
            yield pipeline


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with heard(tmp_path_factory.mktemp("a day")) as told:
        yield told


@pytest.fixture(scope="module")
def cockpit(pipeline: Pipeline) -> Iterator[str]:
    """Where it is served."""
    with served(pipeline) as url:
        yield url

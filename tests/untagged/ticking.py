"""A firm whose clock goes by ticks, in processes that may be killed at any moment.

Its time stands in a file, which moves on only after a tick: as a scheduler would, whoever comes
next answers for the same moment again.
"""

import multiprocessing
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.untagged.dying import Deeds
from untagged.wiring import open_pipeline

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["tests.untagged.ticking"])


def tick_until(config: str, clock: str, until: datetime, step: timedelta) -> None:
    """Respond at each moment from the clock's on, up to and including `until`."""
    with open_pipeline(Path(config)) as pipeline:
        while (now := datetime.fromisoformat(Path(clock).read_text())) <= until:
            pipeline.respond(now=now)
            following = Path(f"{clock}.new")
            following.write_text((now + step).isoformat())
            following.replace(clock)


def ticking(
    config: Path,
    clock: Path,
    until: datetime,
    step: timedelta,
    secrets: Sequence[tuple[str, str]],
    *,
    dies_of: str = "",
    dies_at: int = 0,
    counted: str = "",
) -> ForkServerProcess:
    """A process that does so, started. It dies of its `dies_at`-th statement or write, if told so.

    At its end it writes into the file `counted` how many of each there were.
    """
    ask = (str(config), str(clock), until, step)
    deeds = Deeds(dies_of, dies_at)
    process = FORKED.Process(target=_with, args=(secrets, deeds, counted, *ask), daemon=True)
    process.start()
    return process


def _with(secrets: Sequence[tuple[str, str]], deeds: Deeds, counted: str, *ask: object) -> None:
    os.environ.update(secrets)
    deeds.watch()
    tick_until(*ask)  # type: ignore[arg-type]  # as `ticking` packed them
    if counted:
        deeds.keep(Path(counted))

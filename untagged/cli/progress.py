"""How far long work is: a bar on a terminal, some plain lines elsewhere."""

from rich.console import Console
from rich.progress import Progress

from untagged.cli.output import tell

LINES = 20
"""Signs of progress where there is no terminal."""


class Shown:
    """Shows it while it is entered."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bar = Progress(console=console, transient=True) if console.is_terminal else None
        self._said: dict[str, int] = {}

    def __enter__(self) -> "Shown":
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, doing: str, done: int, total: int) -> None:
        """Say how far it is."""
        if self._bar is None:
            step = LINES * done // max(1, total)
            if step > self._said.get(doing, 0):
                self._said[doing] = step
                tell(f"{doing}: {done:,} of {total:,}")
            return
        if doing not in self._said:
            self._said[doing] = self._bar.add_task(doing, total=total)
        self._bar.update(self._bar.task_ids[self._said[doing]], completed=done)

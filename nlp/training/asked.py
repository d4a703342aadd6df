"""What the commands that train for long are asked: where the data is, and where work is kept."""

import argparse
import logging
from pathlib import Path


def asked_folders(description: str | None) -> tuple[Path, Path]:
    """`--data` and `--work` of the command line; the work folder is there, and progress is told."""
    wanted = argparse.ArgumentParser(description=description)
    wanted.add_argument("--data", type=Path, required=True)
    wanted.add_argument("--work", type=Path, default=Path("var/training"))
    asked = wanted.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    asked.work.mkdir(parents=True, exist_ok=True)
    return asked.data, asked.work

"""`python -m untagged.town`: the demo sites alone."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from mentions.errors import UntaggedError
from mentions.times import parse_moment
from untagged.town.crises.schedule import SCHEDULES
from untagged.town.server import GENEROUS_LIMIT, HOST, PORT, serve


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; 1 and a message if that cannot be."""
    asked = vars(_parser().parse_args(arguments))
    asked["now"] = asked["now"] or datetime.now(UTC)
    sys.stderr.write(f"The town is at http://{HOST}:{asked['port']} (Ctrl-C stops it)\n")
    try:
        serve(**asked)
    except UntaggedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m untagged.town", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=14, help="of past before the start")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--truth", type=Path, help="file for the truth, as JSON lines")
    parser.add_argument("--pace", type=float, default=1.0, help="60: an hour a minute; 0: frozen")
    parser.add_argument("--now", type=_moment, help="the town's time at the start")
    parser.add_argument("--anchor", type=_moment, help="a crisis began 3 h before it")
    parser.add_argument("--schedule", choices=sorted(SCHEDULES), default="ordinary")
    parser.add_argument("--control", action="store_true", help="serve /town/… for tests")
    parser.add_argument("--requests-per-5-minutes", type=int, default=GENEROUS_LIMIT)
    return parser


def _moment(text: str) -> datetime:
    try:
        return parse_moment(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())

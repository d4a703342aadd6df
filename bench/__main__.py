"""Measure: `python -m bench` names the measurements, `python -m bench stores …` runs one."""

import runpy
import sys
from pathlib import Path

KNOWN = sorted(file.stem for file in Path(__file__).parent.glob("[!_]*.py"))


def main() -> None:
    """Run the named measurement with the options that follow it."""
    if len(sys.argv) < 2 or sys.argv[1] not in KNOWN:
        sys.exit(f"which one? known are {', '.join(KNOWN)}; for example: make bench ARGS=matcher")
    del sys.argv[0]
    runpy.run_module(f"bench.{sys.argv[0]}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

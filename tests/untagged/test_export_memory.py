"""An export holds no more of three times the mentions, and Hyper beside it what it is known to."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from untagged.export_tables import ROW_GROUP
from untagged.exporting import Format

FEW, MANY = 2 * ROW_GROUP + 2_000, 6 * ROW_GROUP + 6_000
SLACK_MB = 20
"""24,000 mentions more would hold over 100 MB (each takes 5 KB as an object)."""
HYPER_MB = 120
"""What Hyper itself holds of as many (74 to 83 were measured); it grows up to a block of its own,
131,072 rows, after which another takes over."""
CHILD = """
import json, os, sys, threading
from pathlib import Path
from tests.untagged.world import NOON, mention
from untagged.exporting import write_file

form, count, file = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
beside, is_over = 0, threading.Event()

def held(pid, name):
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) // 1024 for line in lines if line.startswith(name))

def look():
    global beside
    while not is_over.wait(0.01):
        below = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
        beside = max(beside, sum(held(child, "RssAnon:") for child in below))

watching = threading.Thread(target=look)
watching.start()
text = "late again, and nobody says why; " * 6
write_file((mention(n, f"{n} {text}", NOON) for n in range(count)), file, form)
is_over.set()
watching.join()
said = {"own": held("self", "VmHWM:"), "beside": beside, "arrow": "pyarrow" in sys.modules}
print(json.dumps(said))
"""


def exported(form: Format, count: int, folder: Path) -> dict[str, Any]:
    file = str(folder / f"{count}.{form}")
    command = [sys.executable, "-c", CHILD, form, str(count), file]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # ours
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own account of memory is read")
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "hyper"])
def test_an_export_of_three_times_as_many_holds_no_more(form: Format, tmp_path: Path) -> None:
    if form == "hyper":
        pytest.importorskip("tableauhyperapi", reason="Tableau builds no Hyper for this machine")
    few, many = exported(form, FEW, tmp_path), exported(form, MANY, tmp_path)
    assert many["own"] < few["own"] + SLACK_MB
    assert many["beside"] < (HYPER_MB if form == "hyper" else 1)
    assert many["arrow"] == (form == "parquet")  # it holds 80 MB, which the others do without

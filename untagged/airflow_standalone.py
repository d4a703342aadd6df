"""Airflow on this machine: our DAGs, SQLite metadata, every process in one session of its own.

Like `airflow standalone`, which cannot be used as it is: interrupted, it leaves processes behind;
it does not start a component again that died; and it takes two more ports for log servers that
nobody needs where all share a disk.
"""

import contextlib
import json
import secrets
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from mentions.errors import UntaggedError
from untagged.child_process import ChildProcess

DAGS = Path(__file__).parents[1] / "dags"
_PARTS = ("scheduler", "dag_processor", "triggerer")

# $1 is Python. A component that ends is started again, as a service manager would. TERM comes from
# `stop()`, or from the kernel when our parent died, however it died: the components are asked to
# end, and after three seconds whatever is left is killed: the group, then tasks, which run in
# groups of their own but in our session ($6 of /proc/PID/stat, here the 4th after the name).
_GUARD = """
ended() {
    trap '' TERM
    kill -TERM 0
    (sleep 3; kill -KILL 0) &
    wait $components
    for stat in /proc/[0-9]*/stat; do
        { read -r line <"$stat"; } 2>/dev/null || continue
        set -- ${line##*) }
        pid=${stat#/proc/}
        [ "$4" = $$ ] && [ "${pid%/stat}" != $$ ] && kill -KILL "${pid%/stat}" 2>/dev/null
    done
    exit 0
}
trap ended TERM
"$1" -m airflow db migrate & wait $! || exit 1
for component in api-server dag-processor 'scheduler -s' 'triggerer -s'; do # -s: no log server
    (
        trap 'wait; exit 0' TERM
        while :; do
            "$1" -m airflow $component & wait $!
            echo "airflow $component ended with status $?; starting it again"
            sleep 2
        done
    ) &
    components="$components $!"
done
wait
"""


class Airflow:
    """A running Airflow, from its making until `stop()`; what it prints is in `process.log`."""

    def __init__(self, home: Path, *, port: int, env: Mapping[str, str], dags: Path = DAGS) -> None:
        home = home.absolute()
        home.mkdir(parents=True, exist_ok=True)
        self.url = f"http://127.0.0.1:{port}"
        (home / "airflow.log").unlink(missing_ok=True)  # what matters of it is in Airflow
        self.process = ChildProcess(
            "airflow",
            ["/bin/sh", "-c", _GUARD, "airflow", sys.executable],
            log=home / "airflow.log",
            env={**env, **settings(home, port=port, dags=dags)},
            cwd=home,
        )

    def is_ready(self) -> bool:
        """Whether the server answers and says that the other parts are alive."""
        with contextlib.suppress(OSError, ValueError):
            address = f"{self.url}/api/v2/monitor/health"
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  # our own http
                health = json.load(answer)
            return all(health[part]["status"] == "healthy" for part in _PARTS)
        return False

    def wait_until_ready(self, *, patience_seconds: float = 180) -> None:
        """Return when runs can be scheduled. Raises UntaggedError with Airflow's last words."""
        until = time.monotonic() + patience_seconds
        while time.monotonic() < until and self.process.exit_status is None:
            if self.is_ready():
                return
            time.sleep(0.5)
        raise UntaggedError(
            f"Airflow did not start; {self.process.log} ends with:\n{self.process.last_words()}"
        )

    def stop(self) -> None:
        """End all of it: within eight seconds nothing is left."""
        self.process.stop(patience_seconds=8)


def settings(home: Path, *, port: int, dags: Path) -> Mapping[str, str]:
    """Airflow's settings as environment variables: small, quiet, on loopback, without a login."""
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "3",
        # Who reaches loopback is already on this machine; docs/deploy.md has real logins.
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        # Tasks report there; on another port than 8080 every task fails unless this follows.
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        # Several processes write to one SQLite file; each waits for the others.
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db?timeout=60",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
        # Every task talks to the server a dozen times; that alone would be 50 MB of log a day.
        "AIRFLOW__LOGGING__NAMESPACE_LEVELS": "http.access=WARNING",
        # A run cut off by a crash blocks the next one (max_active_runs=1) until it counts as dead.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }

"""A real Elasticsearch for the tests, from Maven Central: no container, no network but loopback.

The artifact integ-test-zip is Elasticsearch without the optional modules (no painless, no
analysis-common, no ILM, not even `GET /`); what works here works everywhere.

`python -m tests.elasticsearch_node` starts one by hand and prints its address.
"""

import base64
import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.server_process import (
    CannotStart,
    ServerProcess,
    give_away,
    temporary_folder,
    unprivileged,
)

OLDEST_JAVA = 17
KNOWN_VERSION = "8.19.0"  # what we fall back to when the newest of the range cannot be found out
VERSIONS = ("[8.19.0,8.19.999]", KNOWN_VERSION)
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>untagged</groupId><artifactId>elasticsearch-for-tests</artifactId><version>1</version>
<packaging>pom</packaging>
<dependencies><dependency>
<groupId>org.elasticsearch.distribution.integ-test-zip</groupId>
<artifactId>elasticsearch</artifactId><version>{version}</version><type>zip</type>
</dependency></dependencies>
</project>"""
SETTINGS = """cluster.name: untagged-tests
node.name: tests
discovery.type: single-node
network.host: 127.0.0.1
http.port: 0
transport.port: 0
node.portsfile: true
path.data: {folder}/data
path.logs: {folder}/logs
xpack.security.enabled: {secured}
path.repo: {folder}/backup
cluster.routing.allocation.disk.threshold_enabled: false
"""
START_SECONDS = 120
SHORT_LIFE = "-XX:TieredStopAtLevel=1 -XX:-UseG1GC -XX:+UseSerialGC -XX:-AlwaysPreTouch"
"""A node that lives for minutes does not earn back what optimising its code takes: its start and
200 tests of the stores took 82 s of processor time with its own choice, 40 with this."""


def java_home() -> Path:
    """Where a Java of at least 17 lives, else CannotStart."""
    java = shutil.which("java", path=_java_path())
    if java is None:
        raise CannotStart("there is no Java: apt-get install openjdk-17-jre-headless maven")
    shown = subprocess.run(
        [java, "-XshowSettings:properties", "-version"], capture_output=True, text=True, check=True
    ).stderr
    found = dict(re.findall(r"^ +(java\.\S+) = (.*)$", shown, re.MULTILINE))
    if int(found["java.specification.version"].split(".")[0]) < OLDEST_JAVA:
        raise CannotStart(f"Java {found['java.version']} is too old, {OLDEST_JAVA} is needed")
    return Path(found["java.home"])


def _java_path() -> str:
    home = os.environ.get("JAVA_HOME")
    return f"{home}/bin:{os.environ['PATH']}" if home else os.environ["PATH"]


def cache_folder() -> Path:
    """Where downloads stay between runs, outside the checkout."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "untagged"


def distribution() -> Path:
    """The unpacked distribution from the cache; downloaded first if it is not there yet."""
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "elasticsearch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test runs at once download once
        unpacked = sorted(cache.glob("elasticsearch-8.19.*/bin"), key=_version)
        return unpacked[-1].parent if unpacked else _download(cache)


def _version(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", path.parent.name)]


def _download(cache: Path) -> Path:
    maven = shutil.which("mvn")
    if maven is None:
        raise CannotStart("there is no Maven to fetch it with: apt-get install maven")
    with tempfile.TemporaryDirectory(dir=cache) as work:
        pom = Path(work, "pom.xml")
        for version in VERSIONS:
            pom.write_text(POM.format(version=version))
            goal = ["dependency:copy-dependencies", f"-DoutputDirectory={work}"]
            ran = subprocess.run(
                [maven, "-B", "-q", "-f", str(pom), *goal],
                capture_output=True,
                text=True,
                check=False,
            )
            if archives := list(Path(work).glob("elasticsearch-*.zip")):
                return _unpack(archives[0], cache)
    raise CannotStart(f"Maven could not fetch Elasticsearch: {(ran.stdout + ran.stderr)[-800:]}")


def _unpack(archive: Path, cache: Path) -> Path:
    """Unpack beside the place and rename, so that what is there is always whole."""
    with tempfile.TemporaryDirectory(dir=cache) as work:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(work)
        home = next(Path(work).glob("elasticsearch-*"))
        for program in (home / "bin").iterdir():
            program.chmod(0o755)
        return home.rename(cache / home.name)


class ElasticsearchNode:
    """One node on a free loopback port, with its data in a temporary folder.

    With a password for its user `elastic` it asks for it, like a node in production.
    """

    def __init__(self, *, password: str | None = None) -> None:
        home, java = distribution(), java_home()
        self.folder = temporary_folder("elasticsearch")
        _copy_for_everybody(home, self.folder / "home")
        for name in ("data", "logs", "backup", "tmp"):
            (self.folder / name).mkdir()
            give_away(self.folder / name)
        config = self.folder / "home" / "config"
        secured = str(password is not None).lower()
        (config / "elasticsearch.yml").write_text(
            SETTINGS.format(folder=self.folder, secured=secured)
        )
        give_away(config)  # it writes its keystore there
        self._env = {
            "PATH": os.environ["PATH"],
            "ES_JAVA_HOME": str(java),
            "ES_JAVA_OPTS": f"-Xms512m -Xmx512m {SHORT_LIFE}",
            "ES_TMPDIR": str(self.folder / "tmp"),  # else it leaves folders in /tmp behind
            "CLI_JAVA_OPTS": f"-Djava.io.tmpdir={self.folder}/tmp",
            "HOME": str(self.folder),
        }
        self._login: dict[str, str] = {}
        if password is not None:
            self._keep(password)
            login = base64.b64encode(f"elastic:{password}".encode()).decode()
            self._login = {"Authorization": f"Basic {login}"}
        self._process = ServerProcess(
            [str(self.folder / "home" / "bin" / "elasticsearch")],
            log=self.folder / "printed.log",
            env=self._env,
        )
        try:
            self.url = self._wait()
        except BaseException:
            self.stop()
            raise

    def _keep(self, password: str) -> None:
        """What the container image does with ELASTIC_PASSWORD."""
        keystore = str(self.folder / "home" / "bin" / "elasticsearch-keystore")
        for arguments in (["create"], ["add", "--stdin", "bootstrap.password"]):
            subprocess.run(
                unprivileged([keystore, *arguments]),
                input=password,
                text=True,
                env=self._env,
                cwd="/",
                check=True,
                capture_output=True,
            )

    def _wait(self) -> str:
        ports = self.folder / "logs" / "http.ports"
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.is_running():
            with contextlib.suppress(OSError, IndexError, ValueError):
                url = f"http://{ports.read_text().split()[0]}"
                health = f"{url}/_cluster/health?wait_for_status=yellow&timeout=5s"
                asked = urllib.request.Request(health, headers=self._login)
                with urllib.request.urlopen(asked, timeout=10) as answer:
                    if not json.load(answer)["timed_out"]:
                        return url
            time.sleep(0.1)
        raise CannotStart(f"Elasticsearch did not start:\n{self._process.last_words()}")

    def stop(self) -> None:
        """End the node and remove its data."""
        self._process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _copy_for_everybody(home: Path, to: Path) -> None:
    """Copy what another user must be able to read: root's own cache is closed to it."""
    shutil.copytree(home, to)
    for folder, _, files in os.walk(to):
        Path(folder).chmod(0o755)
        for name in files:
            file = Path(folder, name)
            file.chmod(0o755 if os.access(file, os.X_OK) and file.parent.name == "bin" else 0o644)


@contextlib.contextmanager
def elasticsearch() -> Iterator[str]:
    """The address of an Elasticsearch: the one that was named, else one of our own."""
    if named := os.environ.get("ELASTICSEARCH_URL"):
        yield named
        return
    node = ElasticsearchNode()
    try:
        yield node.url
    finally:
        node.stop()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt), elasticsearch() as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        while True:
            time.sleep(3600)

"""The set-up: says plainly what is missing, installs once, and only what the lock files name."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ["requirements.lock", "requirements-dev.lock"]
TOOLS = [
    "awk",
    "cat",
    "cksum",
    "cp",
    "df",
    "dirname",
    "env",
    "flock",
    "grep",
    "id",
    "mkdir",
    "mv",
    "pwd",
    "rm",
    "sed",
    "sh",
    "tr",
]

# Answers every question with yes, notes what it was asked, and makes environments of itself.
PYTHON = """#!/bin/sh
echo "$@" >> "$ASKED"
case "$*" in
--version) echo Python 3.12.0 ;;
*"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
esac
"""


class Machine:
    """A checkout in a folder with a space, on a machine that has only what is put there."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "a checkout"
        self.programs = folder / "bin"
        self.asked = folder / "asked"
        self.programs.mkdir(parents=True)
        for tool in TOOLS:
            (self.programs / tool).symlink_to(shutil.which(tool))
        for name in (".setup/environment", "pyproject.toml", *LOCKS):
            copy = self.checkout / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy)

    def has(self, name: str, script: str) -> None:
        """Put a program there."""
        program = self.programs / name
        program.unlink(missing_ok=True)
        program.write_text(script)
        program.chmod(0o755)

    def set_up(self, purpose: str = "run") -> subprocess.CompletedProcess[str]:
        """Run the set-up and see how it ends."""
        return subprocess.run(
            ["/bin/sh", self.checkout / ".setup/environment", purpose],
            env={"PATH": str(self.programs), "ASKED": str(self.asked)},
            capture_output=True,
            text=True,
            check=False,
        )

    def installs(self) -> list[str]:
        """What pip was asked for since the last look."""
        lines = self.asked.read_text().splitlines() if self.asked.exists() else []
        self.asked.unlink(missing_ok=True)
        return [line for line in lines if " install " in line]


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_without_python_it_says_which_one_and_how_to_get_it(machine):
    ended = machine.set_up()
    assert ended.returncode == 1
    assert "Python 3.11, 3.12 or 3.13 is needed" in ended.stderr
    assert "apt-get install python3 python3-venv" in ended.stderr


def test_a_python_that_is_too_old_is_named(machine):
    machine.has("python3", '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 || exit 1\n')
    ended = machine.set_up()
    assert ended.returncode == 1
    assert "found: Python 3.9.2" in ended.stderr


def test_without_the_venv_module_it_names_the_package_that_brings_it(machine):
    python = """#!/bin/sh
    case "$*" in
    *print*) echo python3.12-venv ;;
    *ensurepip*) exit 1 ;;
    esac
    """
    machine.has("python3", python)
    ended = machine.set_up()
    assert ended.returncode == 1
    assert "apt-get install python3.12-venv" in ended.stderr


def test_a_full_disk_is_said_before_anything_is_installed(machine):
    machine.has("python3", PYTHON)
    machine.has("df", "#!/bin/sh\nprintf 'head\\n/dev/vda 1 1 17 99%% /\\n'\n")
    ended = machine.set_up()
    assert ended.returncode == 1
    assert re.search(r"\d+ MB of disk are needed.*17 MB are free", ended.stderr)
    assert not machine.installs()


def test_it_installs_hashed_wheels_once_and_a_second_time_nothing(machine):
    machine.has("python3", PYTHON)
    assert machine.set_up().returncode == 0
    first, itself = machine.installs()
    assert "--require-hashes --only-binary :all: --requirement requirements.lock" in first
    assert "--no-deps --no-build-isolation --editable ." in itself
    assert machine.set_up().returncode == 0
    assert machine.installs() == []


def test_what_can_test_can_run_but_not_the_other_way(machine):
    machine.has("python3", PYTHON)
    machine.set_up("run")
    machine.installs()
    machine.set_up("test")
    assert "requirements-dev.lock" in machine.installs()[0]
    machine.set_up("run")
    assert machine.installs() == []


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml"])
def test_a_changed_lock_is_installed_again(machine, changed):
    machine.has("python3", PYTHON)
    machine.set_up()
    machine.installs()
    with (machine.checkout / changed).open("a") as file:
        file.write("\n")
    machine.set_up()
    assert len(machine.installs()) == 2


def test_a_checkout_that_moved_is_set_up_anew(machine):
    machine.has("python3", PYTHON)
    machine.set_up()
    machine.installs()
    machine.checkout = machine.checkout.rename(machine.checkout.with_name("moved"))
    machine.set_up()
    assert len(machine.installs()) == 2


def test_an_install_that_failed_is_tried_again(machine):
    machine.has("python3", PYTHON + 'case "$*" in *" install "*) exit 1 ;; esac\n')
    assert machine.set_up().returncode == 1
    machine.has("python3", PYTHON)
    shutil.copy(machine.programs / "python3", machine.checkout / ".venv/bin/python")
    machine.installs()
    assert machine.set_up().returncode == 0
    assert len(machine.installs()) == 2


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_and_hashes_every_package_and_names_no_address(lock):
    text = (ROOT / lock).read_text()
    packages = re.findall(r"^[a-z].*(?:\n    --hash=.*)*", text, re.MULTILINE)
    assert len(packages) > 100
    assert all("==" in package and "--hash=sha256:" in package for package in packages)
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=)", text, re.MULTILINE)

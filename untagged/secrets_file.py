"""The secrets file: NAME=value lines for the environment, readable by its owner alone."""

import os
import stat
from collections.abc import MutableMapping
from pathlib import Path

from dotenv import dotenv_values

from mentions.errors import SettingsError

SECRETS_VARIABLE = "UNTAGGED_SECRETS"
DEFAULT_SECRETS = "secrets.env"
MAX_BYTES = 100_000
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def load_secrets(folder: Path, environment: MutableMapping[str, str] = os.environ) -> Path | None:
    """Put the file's variables into the environment, for this process and those that it starts.

    The file is `$UNTAGGED_SECRETS`, else `secrets.env` in the folder if it is there; its path is
    returned. What the environment has already stays. Raises SettingsError where others may read
    the file, or a line is none; no message holds a value.
    """
    named = environment.get(SECRETS_VARIABLE)
    path = Path(named).absolute() if named else folder / DEFAULT_SECRETS
    if not named and not path.exists():
        return None
    try:
        with path.open(encoding="utf-8") as file:
            _check_private(path, os.fstat(file.fileno()))
            said = dotenv_values(stream=file, interpolate=False)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 at byte {error.start}") from error
    for name, value in said.items():
        if value is None:
            raise SettingsError(f"{path}: a line is not NAME=value; quote values that hold spaces")
        environment.setdefault(name, value)
    return path


def _check_private(path: Path, status: os.stat_result) -> None:
    if status.st_mode & _OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        raise SettingsError(
            f"{path} has mode {mode:o}, so others can read the secrets in it; chmod 600 it"
        )
    if status.st_size > MAX_BYTES:
        raise SettingsError(f"{path} is larger than {MAX_BYTES:,} bytes; it is for secrets only")

"""Credentials: from the environment only, and never over plain HTTP to somebody else's network."""

import os

from mentions.errors import SourceRefused
from spiders.source import Source


def secret(variable: str) -> str:
    """What the environment variable holds. Raises SourceRefused where that is nothing."""
    said = os.environ.get(variable, "").strip()
    if not said:
        raise SourceRefused(f"the environment variable {variable} is not set or empty")
    return said


def check_encrypted(server: str, source: Source) -> None:
    """Raise SourceRefused if a secret for this server would travel unencrypted."""
    if server.startswith("http:") and not source.allow_private:
        raise SourceRefused("the token would travel unencrypted; write the server as https://")

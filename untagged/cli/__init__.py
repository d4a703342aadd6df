"""The command line: `main` runs it, `app` describes it."""

from untagged.cli.main import app, main

__all__ = ["app", "main"]

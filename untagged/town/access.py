"""What opens the town's closed doors."""

TOKEN = "saltmarsh-town-token"  # noqa: S105 - the town's only visitor is the demo
"""The bearer token of Saltmarsh Social, for search."""

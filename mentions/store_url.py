"""Addresses of stores, as they may be shown."""


def unsaid(url: str) -> str:
    """The address without its user and password, fit for a log."""
    before, at, after = url.rpartition("@")
    return f"{before.partition('://')[0]}://{after}" if at else url

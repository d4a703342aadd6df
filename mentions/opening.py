"""From the URL in the settings to the store it names."""

import os
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from mentions.errors import SettingsError
from mentions.sqlite import SqliteStore
from mentions.store import MentionStore
from mentions.store_url import unsaid

API_KEY_VARIABLE = "UNTAGGED_STORE_API_KEY"
_SQLITE = "sqlite:///"
_EXPECTED = (
    "write sqlite:///relative/file.db, sqlite:////absolute/file.db "
    "or http(s)://[user:password@]host:port[?prefix=untagged]"
)


def open_store(url: str) -> MentionStore:
    """The store that the URL names; prepare() it before its first use.

    Nothing is opened or asked yet. An Elasticsearch API key comes from UNTAGGED_STORE_API_KEY.
    Raises SettingsError, without any password, for a URL that names none.
    """
    if url.startswith(_SQLITE) and len(url) > len(_SQLITE):
        return SqliteStore(Path(url.removeprefix(_SQLITE)))
    if url.startswith(("http://", "https://")):
        return _elastic(url)
    raise SettingsError(f"{unsaid(url)!r} names no store; {_EXPECTED}")


def _elastic(url: str) -> MentionStore:
    # The client takes a second to load; whoever keeps mentions in SQLite never waits for it.
    from mentions.elastic import ElasticStore  # noqa: PLC0415  # see above

    parts = urlsplit(url)
    options = parse_qs(parts.query, keep_blank_values=True)
    prefixes = options.pop("prefix", ["untagged"])
    if options or len(prefixes) != 1:
        raise SettingsError(f"{unsaid(url)!r} has options that no store knows; {_EXPECTED}")
    return ElasticStore(
        parts._replace(query="", fragment="").geturl(),
        prefix=prefixes[0],
        api_key=os.environ.get(API_KEY_VARIABLE) or None,
    )

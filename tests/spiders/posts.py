"""Posts for tests, as short as they can be."""

from datetime import UTC, datetime
from typing import Any

from mentions.mention import Mention

NOW = datetime(2026, 2, 22, 12, 0, tzinfo=UTC)


def post(native_id: object = 1, text: str = "Nimbus Air is late", **fields: Any) -> Mention:
    given = {"source": "board", "platform": "feed", "published": NOW, "collected": NOW, **fields}
    return Mention(native_id=str(native_id), text=text, **given)

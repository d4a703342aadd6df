"""Who got digests before addresses were asked goes on getting them after the upgrade."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from alerts.digests.subscriptions import Wish, get_subscription, subscribe
from tests.untagged.test_alert_migration import _settings, upgraded
from tests.untagged.world import NOON


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_subscriptions_of_before_need_no_yes(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    from alembic import command

    is_file = kind == "sqlite"
    url = f"sqlite:///{tmp_path}/ops.db" if is_file else request.getfixturevalue("postgres_url")
    engine = create_engine(url)
    with engine.begin() as connection:
        upgraded(connection)
        wish = Wish("health", "Acme", address="ada@acme.example")
        one = subscribe(connection, wish, user_id=3, actor="ada", now=NOON)
        assert one.confirmed_at is None
        settings = _settings(connection)
        before = ScriptDirectory.from_config(settings).get_revision("0030").down_revision
        command.downgrade(settings, str(before))
        upgraded(connection)
        assert get_subscription(connection, one.id).confirmed_at == NOON
    engine.dispose()

"""What the version before knew of alerts and silences is still so after the upgrade."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from alerts.book import get_alert
from alerts.matchers import Matcher
from alerts.silences import list_silences

BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
A_SILENCE = """INSERT INTO silences (matchers, starts_at, ends_at, author, comment, created_at)
    VALUES (:matchers, '2026-03-04 12:00:00', '2026-03-04 13:00:00', 'ana', '',
    '2026-03-04 12:00:00')"""
AN_ALERT = """INSERT INTO alerts (key, rule, kind, brand, signal, status, severity, observed,
    expected, reason, mention_ids, began_at, started_at, last_at, acknowledged_by)
    VALUES ('k', 'r', 'spike', 'Acme', 'all', 'acknowledged', 2, 1, 1, 'why', '[]',
    '2026-03-04 12:00:00', '2026-03-04 12:00:00', '2026-03-04 12:00:00', 'farah')"""


def upgraded(connection: Connection) -> None:
    command.upgrade(_settings(connection), "head")


def brought_back(connection: Connection) -> None:
    """To the version before the one that this is about."""
    settings = _settings(connection)
    before = ScriptDirectory.from_config(settings).get_revision("0008").down_revision
    command.downgrade(settings, str(before))


def _settings(connection: Connection) -> Config:
    settings = Config()
    settings.set_main_option("script_location", "untagged:migrations")
    settings.attributes["connection"] = connection
    return settings


@BOTH
def test_silences_and_owners_survive_the_upgrade_and_the_way_back(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    is_file = kind == "sqlite"
    url = f"sqlite:///{tmp_path}/ops.db" if is_file else request.getfixturevalue("postgres_url")
    engine = create_engine(url)
    with engine.begin() as connection:
        upgraded(connection)
        brought_back(connection)
        connection.execute(text(A_SILENCE), {"matchers": '{"brand": "Acme", "severity": "2"}'})
        connection.execute(text(AN_ALERT))
        upgraded(connection)
        (silence,) = list_silences(connection)
        assert silence.matchers == (Matcher("brand", "=", "Acme"), Matcher("severity", "=", "2"))
        assert get_alert(connection, 1).owner == "farah"
        new = '[["rule", "=~", "neg.*"]]'
        connection.execute(text(A_SILENCE), {"matchers": new})
        brought_back(connection)
        kept = connection.execute(text("SELECT matchers FROM silences ORDER BY id")).scalars()
        assert [str(one).replace("'", '"') for one in kept] == [
            '{"brand": "Acme", "severity": "2"}',
            '{"severity": "none"}',
        ]
    engine.dispose()

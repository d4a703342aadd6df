"""Cases from before there were playbooks survive the upgrade and the way back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from cases import desk
from cases.playbook import playbook_of
from cases.routing import RoutingRule

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
A_CASE = """INSERT INTO cases (brand, title, excerpt, author, url, lang, team, agent, status,
    priority, sla, terms, tags, route_reason, assign_reason, published_at, collected_at, opened_at,
    version) VALUES ('Acme', '', 'lost', 'lena', '', 'en', 'care', 'ana', 'open', 'low',
    'standard', '{}', '[]', 'why', 'who', '2026-03-04 12:00:00', '2026-03-04 12:00:00',
    '2026-03-04 12:00:00', 1)"""
RULE = RoutingRule(name="rest", team="care", sla="standard")


def _settings(connection: Connection) -> Config:
    settings = Config()
    settings.set_main_option("script_location", "untagged:migrations")
    settings.attributes["connection"] = connection
    return settings


def _before(connection: Connection) -> None:
    settings = _settings(connection)
    before = ScriptDirectory.from_config(settings).get_revision("0018").down_revision
    command.downgrade(settings, str(before))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_cases_survive_and_the_history_of_routing_is_guarded(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    is_file = kind == "sqlite"
    url = f"sqlite:///{tmp_path}/ops.db" if is_file else request.getfixturevalue("postgres_url")
    engine = create_engine(url)
    with engine.begin() as connection:
        command.upgrade(_settings(connection), "head")
        _before(connection)
        connection.execute(text(A_CASE))
        command.upgrade(_settings(connection), "head")
        case = desk.show_case(connection, 1).case
        assert (case.playbook, case.plan, playbook_of(case)) == ("", {}, None)
        desk.save_version(connection, [RULE], seen=0, now=NOON, actor="ana")
        with pytest.raises(DBAPIError, match="append-only"), connection.begin_nested():
            connection.execute(text("UPDATE routing_versions SET actor = 'mallory'"))
        _before(connection)
        assert connection.execute(text("SELECT excerpt FROM cases")).scalar() == "lost"
        command.upgrade(_settings(connection), "head")
        assert desk.latest_version(connection) is None
    engine.dispose()

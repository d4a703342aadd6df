"""Answers that settled cases are still known after the upgrade, and after the way back."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from cases.desk import keep_question, known_answers
from tests.untagged.test_alert_migration import _settings, upgraded
from tests.untagged.world import NOON

BAGS = "https://help.example/bags"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_addresses_survive_both_ways_and_words_go_with_the_way_back(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    from alembic import command

    is_file = kind == "sqlite"
    url = f"sqlite:///{tmp_path}/ops.db" if is_file else request.getfixturevalue("postgres_url")
    engine = create_engine(url)
    with engine.begin() as connection:
        upgraded(connection)
        settings = _settings(connection)
        before = ScriptDirectory.from_config(settings).get_revision("0024").down_revision
        given = {"brand": "Acme", "now": NOON, "actor": "ana"}
        keep_question(connection, "How many bags?", url=BAGS, **given)
        keep_question(connection, "Which seat?", text="Any.", **given)
        command.downgrade(settings, str(before))
        left = connection.execute(text("SELECT url FROM answers")).scalars().all()
        assert left == [BAGS]
        upgraded(connection)
        assert [(one.url, one.text) for one in known_answers(connection)] == [(BAGS, "")]
        keep_question(connection, "Which seat?", text="Any.", **given)
        keep_question(connection, "Which row?", text="One.", **given)
        assert len(known_answers(connection)) == 3
    engine.dispose()

from collections.abc import Iterator

import pytest

from tests.untagged.help_desks.fake_desk import FakeDesk, running
from tests.untagged.help_desks.fake_jira import FakeJira
from tests.untagged.help_desks.fake_salesforce import FakeSalesforce
from tests.untagged.help_desks.fake_zendesk import FakeZendesk
from tests.untagged.help_desks.world import World


@pytest.fixture(params=[FakeZendesk, FakeSalesforce, FakeJira], ids=lambda kind: kind.name)
def fake(request: pytest.FixtureRequest) -> Iterator[FakeDesk]:
    """Each desk in turn."""
    with running(request.param()) as desk:
        yield desk


@pytest.fixture
def world(fake: FakeDesk) -> Iterator[World]:
    made = World([fake])
    yield made
    made.engine.dispose()

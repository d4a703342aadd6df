"""What is Salesforce's own."""

from collections.abc import Iterator

import pytest

from alerts.outbox import Delivered
from cases.help_desks.salesforce import SalesforceDesk
from cases.help_desks.settings import Salesforce
from tests.cases.world import NOON
from tests.untagged.help_desks.fake_desk import running
from tests.untagged.help_desks.fake_salesforce import FakeSalesforce
from tests.untagged.help_desks.world import MINUTE, TRIES, World


@pytest.fixture
def fake() -> Iterator[FakeSalesforce]:
    with running(FakeSalesforce()) as made:
        assert isinstance(made, FakeSalesforce)
        yield made


@pytest.fixture
def world(fake: FakeSalesforce) -> Iterator[World]:
    made = World([fake])
    yield made
    made.engine.dispose()


def test_a_token_that_ended_is_replaced_once(fake: FakeSalesforce, world: World) -> None:
    case = world.handed(fake)
    fake.expire()
    fake.say("Closed")
    world.respond(after=TRIES)
    assert world.case(case.id).status == "resolved"
    assert [one.path for one in fake.asked].count("/services/oauth2/token") == 1


def test_credentials_go_to_our_address_alone(fake: FakeSalesforce, world: World) -> None:
    """The token's answer names https://elsewhere.example as the instance."""
    case = world.handed(fake)
    assert world.ticket(case.id).url.startswith(f"{fake.url}/lightning/r/Case/")


def test_a_spent_limit_is_waited_for(fake: FakeSalesforce, world: World) -> None:
    case = world.open()
    world.hand_over(case.id, "salesforce")
    spent = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
    world.desks["salesforce"].check(now=world.now)
    fake.trouble.append((403, {}, spent))
    assert world.respond() == Delivered(delayed=1)
    fake.asked.clear()
    assert world.respond(after=14 * MINUTE) == Delivered()
    assert fake.asked == []
    assert world.respond(after=2 * MINUTE) == Delivered(sent=1)


def test_a_row_that_somebody_locks_is_tried_again(fake: FakeSalesforce, world: World) -> None:
    case = world.open()
    world.hand_over(case.id, "salesforce")
    world.desks["salesforce"].check(now=world.now)
    fake.trouble.append((400, {}, [{"errorCode": "UNABLE_TO_LOCK_ROW", "message": "locked"}]))
    assert world.respond() == Delivered(delayed=1)
    assert world.respond(after=TRIES) == Delivered(sent=1)
    assert world.ticket(case.id).made_at is not None


def test_several_cases_with_one_key_are_a_dead_letter(fake: FakeSalesforce, world: World) -> None:
    case = world.open()
    world.hand_over(case.id, "salesforce")
    world.desks["salesforce"].check(now=world.now)
    fake.trouble.append((300, {}, ["/services/data/v62.0/sobjects/Case/500", "…/501"]))
    assert world.respond() == Delivered(dead=1)
    assert "make Untagged_Key__c unique" in world.ticket(case.id).problem


def test_a_field_that_holds_the_first_response_stops_the_clock(
    fake: FakeSalesforce, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = world.handed(fake)
    settings = Salesforce.model_validate({**fake.settings(), "answered_field": "Answered__c"})
    asking = SalesforceDesk(settings, world.environ)
    found = {
        "Id": fake.only().id,
        "Status": "New",
        "IsClosed": False,
        "SystemModstamp": "x",
        "Answered__c": "2026-03-02T12:30:00.000+0000",
    }
    fake.trouble += [
        (200, {}, {"access_token": "token-9"}),
        (200, {}, {"records": [found]}),
        (200, {}, {"records": []}),
    ]
    (state,) = asking.states([world.ticket(case.id)], now=world.now)
    assert state.answers == (NOON + 30 * MINUTE,)
    assert "Answered__c FROM Case" in fake.asked[-2].query["q"]

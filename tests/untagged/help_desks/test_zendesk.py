"""What is Zendesk's own."""

from collections.abc import Iterator

import pytest

from alerts.outbox import Delivered
from cases import desk
from mentions.errors import DeliveryRefused
from tests.untagged.help_desks.fake_desk import running
from tests.untagged.help_desks.fake_zendesk import FakeZendesk
from tests.untagged.help_desks.world import MINUTE, TRIES, World


@pytest.fixture
def fake() -> Iterator[FakeZendesk]:
    with running(FakeZendesk()) as made:
        assert isinstance(made, FakeZendesk)
        yield made


@pytest.fixture
def world(fake: FakeZendesk) -> Iterator[World]:
    made = World([fake])
    yield made
    made.engine.dispose()


def test_a_ticket_goes_to_the_group_with_the_tags_of_the_settings(
    fake: FakeZendesk, world: World
) -> None:
    world.handed(fake)
    assert fake.only().fields == {"tags": ["untagged"], "group_id": 42}
    assert fake.only().priority == "normal"


def test_a_request_that_zendesk_has_had_with_other_words_is_looked_up(
    fake: FakeZendesk, world: World
) -> None:
    case = world.open()
    world.hand_over(case.id, "zendesk")
    key = world.ticket(case.id).key
    fake.idempotent[key] = ({"ticket": "of another try"}, "100")
    assert world.respond() == Delivered(delayed=1)
    assert "looked up" in world.ticket(case.id).problem
    del fake.idempotent[key]
    assert world.respond(after=TRIES) == Delivered(sent=1)


def test_a_closed_ticket_takes_no_change_and_the_case_says_so(
    fake: FakeZendesk, world: World
) -> None:
    case = world.handed(fake)
    fake.say("closed")
    world.respond(after=TRIES)
    assert world.case(case.id).status == "resolved"
    with world.begin() as connection:
        desk.reopen(connection, case.id, now=world.now, actor="ana")
    assert world.respond(after=MINUTE) == Delivered(dead=1)
    assert "closed prevents ticket update" in world.ticket(case.id).problem
    for _ in range(2):
        assert world.respond(after=TRIES) == Delivered()
    assert "closed prevents ticket update" in world.ticket(case.id).problem


def test_solving_leaves_a_ticket_with_whom_it_is(fake: FakeZendesk, world: World) -> None:
    for number, agent in (("1", None), ("2", 55)):
        fake.tickets.clear()
        case = world.handed(fake, native_id=number)
        if agent:
            fake.only().fields["assignee"] = agent
        with world.begin() as connection:
            desk.resolve(connection, case.id, now=world.now, actor="ana")
        assert world.respond(after=MINUTE) == Delivered(sent=1)
        assert fake.only().fields["assignee"] == (agent or 7)


@pytest.mark.parametrize("role", ["end-user", None])
def test_an_account_that_is_no_agent_is_refused_by_the_test(
    fake: FakeZendesk, world: World, role: str | None
) -> None:
    fake.trouble.append((200, {}, {"user": {"id": None, "role": role}}))
    with pytest.raises(DeliveryRefused, match="make the account an agent"):
        world.desks["zendesk"].check(now=world.now)


def test_the_idempotency_key_is_the_same_at_every_try(fake: FakeZendesk, world: World) -> None:
    case = world.open()
    world.hand_over(case.id, "zendesk")
    fake.trouble += [(500, {}, None)]
    world.respond()
    world.respond(after=TRIES)
    keys = [one.headers.get("idempotency-key") for one in fake.asked if one.method == "POST"]
    assert keys == [world.ticket(case.id).key] * 2

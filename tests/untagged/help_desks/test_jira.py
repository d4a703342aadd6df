"""What is Jira's own."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from alerts.outbox import Delivered
from cases import desk
from cases.help_desks.jira import JiraDesk
from cases.help_desks.settings import Jira
from mentions.errors import DeliveryRefused
from tests.untagged.help_desks.fake_desk import running
from tests.untagged.help_desks.fake_jira import FakeJira
from tests.untagged.help_desks.world import MINUTE, TRIES, World


@pytest.fixture
def fake() -> Iterator[FakeJira]:
    with running(FakeJira()) as made:
        assert isinstance(made, FakeJira)
        yield made


@pytest.fixture
def world(fake: FakeJira) -> Iterator[World]:
    made = World([fake])
    yield made
    made.engine.dispose()


def test_an_attempt_of_unknown_end_is_not_repeated_before_the_search_has_caught_up(
    fake: FakeJira, world: World
) -> None:
    case = world.open()
    world.hand_over(case.id, "jira")
    fake.cut_next = ("POST", "/issue")
    assert world.respond() == Delivered(delayed=1)
    fake.asked.clear()
    # The outbox tries again after half a minute or so, when the search does not show it yet.
    assert world.respond(after=timedelta(seconds=50)) == Delivered(delayed=1)
    assert fake.asked == []
    assert "cannot be asked yet" in world.ticket(case.id).problem
    fake.index()
    assert world.respond(after=TRIES) == Delivered(sent=1)
    assert len(fake.tickets) == 1


def test_our_key_is_a_label_beside_the_tags_of_the_settings(fake: FakeJira, world: World) -> None:
    case = world.handed(fake)
    assert fake.only().key == world.ticket(case.id).key
    assert fake.only().fields == {"tags": ["untagged"]}
    assert world.ticket(case.id).url == f"{fake.url}/browse/CARE-{fake.only().id}"


def test_a_missing_permission_is_named(fake: FakeJira, world: World) -> None:
    fake.trouble += [
        (200, {}, {"displayName": "Untagged"}),
        (200, {}, {"permissions": {"BROWSE_PROJECTS": {"havePermission": True}}}),
    ]
    with pytest.raises(DeliveryRefused, match="lacks CREATE_ISSUES, ADD_COMMENTS, TRANSITION"):
        world.desks["jira"].check(now=world.now)


def test_issues_that_jira_cannot_show_now_are_not_taken_for_gone(
    fake: FakeJira, world: World
) -> None:
    case = world.handed(fake)
    passing = [{"id": fake.only().id, "errorMessage": "try again"}]
    fake.trouble.append((200, {}, {"issues": [], "issueErrors": passing}))
    world.respond(after=TRIES)
    assert world.ticket(case.id).problem == ""
    fake.say("Done")
    world.respond(after=TRIES)
    assert world.case(case.id).status == "resolved"


def test_a_transition_of_the_settings_is_taken_or_said_to_be_missing(
    fake: FakeJira, world: World
) -> None:
    case = world.handed(fake)
    named = Jira.model_validate({**fake.settings(), "resolve_transition": "Finish"})
    JiraDesk(named, world.environ).move(world.ticket(case.id), "resolved", mark="", now=world.now)
    assert fake.only().status == "Done"
    fake.say("To Do")
    absent = Jira.model_validate({**fake.settings(), "resolve_transition": "Archive"})
    with pytest.raises(DeliveryRefused, match="no transition 'Archive' where it stands"):
        JiraDesk(absent, world.environ).move(
            world.ticket(case.id), "resolved", mark="", now=world.now
        )


def test_an_issue_that_is_done_already_takes_no_transition(fake: FakeJira, world: World) -> None:
    case = world.handed(fake)
    with world.begin() as connection:
        desk.resolve(connection, case.id, now=world.now, actor="ana")
    fake.only().status = "Done"
    assert world.respond(after=MINUTE) == Delivered(sent=1)
    assert not any("transitions" in one.path for one in fake.asked)

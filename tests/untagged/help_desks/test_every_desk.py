"""What holds for each help desk: a case is there once, with all it needs, and both sides follow."""

import json
from datetime import timedelta

import pytest

from alerts.outbox import Delivered
from cases import desk, tickets
from cases.help_desks.fitting import as_utf16
from mentions.errors import Conflict, DeliveryDelayed, NotFound
from tests.cases.world import NOON, STANDARD, TEAMS, TO_CARE, post
from tests.untagged.help_desks.fake_desk import FakeDesk
from tests.untagged.help_desks.fake_jira import FakeJira
from tests.untagged.help_desks.world import MINUTE, TRIES, World

HOSTILE = (
    "Nimbus lost my bag <script>alert(1)</script> {{ticket.requester.email}} "
    "*bold* [x](http://evil)\n!image.png! {html}x{html} ' OR 1=1 -- \u202e back"
)
SHOWN = [
    "<script>alert(1)</script>",
    "*bold* [x](http://evil)",
    "> !image.png!",
    "' OR 1=1 --",
    " back",
]


def caught_up(fake: FakeDesk) -> None:
    if isinstance(fake, FakeJira):
        fake.index()


def test_a_case_is_there_with_all_that_a_team_needs(fake: FakeDesk, world: World) -> None:
    case = world.open(text="My suitcase is lost. " * 40)
    world.hand_over(case.id, fake.name)
    assert world.respond() == Delivered(sent=1)
    there = fake.only()
    assert "suitcase" not in there.subject
    assert f"case {case.id}" in there.subject
    for part in (
        f"http://127.0.0.1:8000/cases/{case.id}",
        there.key,
        "Brand: Nimbus Air",
        "Priority: medium",
        "With: care, ana",
        "First response due: 2026-03-02 13:00 UTC",
        "2026-03-02 12:00 UTC, lena on forum",
        "https://board.example/1",
        "> " + ("My suitcase is lost. " * 40).strip(),
    ):
        assert part in there.text
    ticket = world.ticket(case.id)
    assert ticket.there == there.id
    assert ticket.url.startswith(fake.url)
    assert ticket.number
    assert world.trail(case.id)[-2:] == [("ana", "handed over"), ("untagged", "ticket made")]


def test_what_was_handed_over_is_not_handed_over_again(fake: FakeDesk, world: World) -> None:
    case = world.open()
    first = world.hand_over(case.id, fake.name)
    world.respond()
    assert world.hand_over(case.id, fake.name).key == first.key
    world.respond(after=TRIES)
    assert len(fake.tickets) == 1
    assert world.all_tickets() == 1


def test_a_connection_cut_after_it_was_accepted_makes_no_second_ticket(
    fake: FakeDesk, world: World
) -> None:
    case = world.open()
    world.hand_over(case.id, fake.name)
    key = world.ticket(case.id).key
    ends = {"zendesk": ("POST", "tickets"), "salesforce": ("PATCH", key), "jira": ("POST", "issue")}
    fake.cut_next = ends[fake.name]
    assert world.respond() == Delivered(delayed=1)
    assert len(fake.tickets) == 1
    assert "did not answer" in world.ticket(case.id).problem
    caught_up(fake)
    assert world.respond(after=TRIES) == Delivered(sent=1)
    assert len(fake.tickets) == 1
    assert fake.only().made == 0, "nothing was written over what the team may have edited"
    assert world.ticket(case.id).there == fake.only().id
    assert world.ticket(case.id).problem == ""


def test_a_kill_between_making_and_marking_makes_no_second_ticket(
    fake: FakeDesk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_args: object, **_options: object) -> None:
        raise Killed

    case = world.open()
    world.hand_over(case.id, fake.name)
    with monkeypatch.context() as patched:
        patched.setattr(tickets, "was_made", killed)
        with pytest.raises(Killed):
            world.respond()
    assert len(fake.tickets) == 1
    caught_up(fake)
    assert world.respond(after=timedelta(minutes=6)) == Delivered(sent=1)
    assert len(fake.tickets) == 1
    assert world.ticket(case.id).there == fake.only().id


def test_a_desk_that_wants_rest_is_left_alone_until_then(fake: FakeDesk, world: World) -> None:
    case = world.open()
    world.hand_over(case.id, fake.name)
    fake.trouble.append((429, {"retry-after": "600"}, {"error": "APIRateLimitExceeded"}))
    assert world.respond() == Delivered(delayed=1)
    fake.asked.clear()
    world.respond(after=timedelta(minutes=9))
    assert fake.asked == []
    assert world.respond(after=timedelta(minutes=2)) == Delivered(sent=1)
    assert len(fake.tickets) == 1


@pytest.mark.parametrize(
    ("status", "body"), [(500, None), (503, {"x": 1}), (502, "<html>"), (200, [])]
)
def test_a_desk_that_is_broken_is_tried_again(
    fake: FakeDesk, world: World, status: int, body: object
) -> None:
    case = world.open()
    world.hand_over(case.id, fake.name)
    fake.trouble.append((status, {}, body))
    assert world.respond() == Delivered(delayed=1)
    assert world.ticket(case.id).problem
    assert world.respond(after=TRIES) == Delivered(sent=1)
    assert world.ticket(case.id).problem == ""


def test_credentials_that_are_refused_are_named_and_tried_again(fake: FakeDesk) -> None:
    world = World([fake], environ=dict.fromkeys(fake.env, "wrong"))
    case = world.open()
    world.hand_over(case.id, fake.name)
    assert world.respond() == Delivered(delayed=1)
    for name in fake.env:
        assert name in world.ticket(case.id).problem
    world.environ.update(fake.env)
    assert world.respond(after=TRIES) == Delivered(sent=1)
    world.engine.dispose()


def test_no_secret_is_in_what_people_read(fake: FakeDesk) -> None:
    world = World([fake], environ={})
    case = world.open()
    world.hand_over(case.id, fake.name)
    world.respond()
    assert "is not set" in world.ticket(case.id).problem
    world.environ.update(dict.fromkeys(fake.env, "S3cret!"))
    world.respond(after=TRIES)
    assert "S3cret!" not in world.everything()
    world.engine.dispose()


def test_what_a_desk_refuses_is_a_dead_letter_that_says_what_to_do(
    fake: FakeDesk, world: World
) -> None:
    case = world.open()
    world.hand_over(case.id, fake.name)
    fake.trouble += [(422, {}, {"error": "RecordInvalid", "description": "Group is wrong"})] * 2
    assert world.respond() == Delivered(dead=1)
    (letter,) = world.letters("dead")
    assert "resend" in letter.error
    assert world.ticket(case.id).problem == letter.error


def test_a_case_follows_what_is_done_there_in_the_name_of_the_desk(
    fake: FakeDesk, world: World
) -> None:
    case = world.handed(fake)
    assert world.ticket(case.id).status == "open"
    for status in ("pending", "open", "resolved", "open", "resolved", "pending"):
        fake.say(fake.statuses[status])
        world.respond(after=TRIES)
        assert world.case(case.id).status == status
        assert world.ticket(case.id).said == fake.statuses[status]
    done = [(who, did) for who, did in world.trail(case.id) if who == fake.name]
    assert [did for _, did in done] == [
        *("pending", "reopened", "resolved", "reopened", "resolved", "reopened", "pending")
    ]


def test_what_came_from_a_desk_is_not_sent_back(fake: FakeDesk, world: World) -> None:
    case = world.handed(fake)
    for status in ("resolved", "open", "pending"):
        fake.say(fake.statuses[status])
        for _ in range(3):
            assert world.respond(after=TRIES) == Delivered()
    assert world.case(case.id).status == "pending"
    changes = [one for one in fake.writes() if one.method != "POST" or "transitions" in one.path]
    assert changes == []


def test_resolving_and_opening_here_does_so_there_once(fake: FakeDesk, world: World) -> None:
    case = world.handed(fake)
    with world.begin() as connection:
        desk.resolve(connection, case.id, now=world.now, actor="ana")
    assert world.respond(after=MINUTE) == Delivered(sent=1)
    assert fake.only().status == fake.statuses["resolved"]
    for _ in range(3):
        assert world.respond(after=TRIES) == Delivered()
    assert world.case(case.id).status == "resolved"
    with world.begin() as connection:
        desk.reopen(connection, case.id, now=world.now, actor="ana")
    assert world.respond(after=MINUTE) == Delivered(sent=1)
    assert fake.only().status == fake.statuses["open"]
    for _ in range(3):
        assert world.respond(after=TRIES) == Delivered()
    assert world.case(case.id).status == "open"


def test_a_case_resolved_here_stays_so_while_the_desk_has_not_heard_of_it(
    fake: FakeDesk, world: World
) -> None:
    case = world.handed(fake)
    with world.begin() as connection:
        desk.resolve(connection, case.id, now=world.now, actor="ana")
    fake.say(fake.statuses["pending"])
    world.respond(after=TRIES)
    assert world.case(case.id).status == "resolved"
    assert fake.only().status == fake.statuses["resolved"]


def test_a_case_opened_again_before_the_letter_left_is_not_resolved_there(
    fake: FakeDesk, world: World
) -> None:
    case = world.handed(fake)
    with world.begin() as connection:
        desk.resolve(connection, case.id, now=world.now, actor="ana")
    # The desk is away when it is to be told.
    fake.trouble += [(503, {}, None)] * 3
    world.respond(after=MINUTE)
    fake.trouble.clear()
    with world.begin() as connection:
        desk.reopen(connection, case.id, now=world.now, actor="ana")
    world.respond(after=TRIES)
    world.respond(after=TRIES)
    assert fake.only().status != fake.statuses["resolved"]
    assert world.case(case.id).status == "open"


def test_a_public_answer_there_stops_the_clock_when_it_was_given(
    fake: FakeDesk, world: World
) -> None:
    case = world.handed(fake)
    assert case.first_reply_at is None
    fake.public_answer(NOON + 20 * MINUTE, by_agent=False)
    world.respond(after=TRIES)
    assert world.case(case.id).first_reply_at is None
    fake.public_answer(NOON + 30 * MINUTE)
    fake.public_answer(NOON + 40 * MINUTE)
    world.respond(after=timedelta(minutes=90))
    answered = world.case(case.id)
    assert answered.first_reply_at == NOON + 30 * MINUTE
    assert answered.last_reply_at == NOON + 40 * MINUTE
    assert answered.frt_breached_at is None
    assert (fake.name, "answered") in world.trail(case.id)


def test_an_answer_from_a_clock_ahead_of_ours_was_given_now(fake: FakeDesk, world: World) -> None:
    case = world.handed(fake)
    fake.public_answer(world.now + timedelta(hours=1))
    world.respond(after=TRIES)
    given = world.now
    for _ in range(2):
        fake.touch(fake.only())
        world.respond(after=TRIES)
    assert world.case(case.id).first_reply_at == world.case(case.id).last_reply_at == given
    assert world.trail(case.id).count((fake.name, "answered")) == 1
    fake.public_answer(world.now + timedelta(days=365))
    world.respond(after=TRIES)
    assert world.case(case.id).last_reply_at == given


def test_posts_that_join_later_become_internal_comments_once(fake: FakeDesk, world: World) -> None:
    case = world.handed(fake)
    world.open("2", thread="1", author={"handle": "lena"}, text="And now my coat as well")
    paths = {"zendesk": "", "salesforce": "CaseComment", "jira": "comment"}
    fake.cut_next = ("PUT" if fake.name == "zendesk" else "POST", paths[fake.name])
    assert world.respond(after=MINUTE) == Delivered(delayed=1)
    assert world.respond(after=TRIES) == Delivered(sent=1)
    for _ in range(3):
        assert world.respond(after=TRIES) == Delivered()
    (note,) = fake.only().notes
    assert "> And now my coat as well" in note
    assert world.case(case.id).first_reply_at is None


def test_a_post_that_joined_before_the_ticket_was_made_waits_for_it(
    fake: FakeDesk, world: World
) -> None:
    case = world.open()
    world.hand_over(case.id, fake.name)
    fake.trouble += [(503, {}, None)]
    world.open("2", thread="1", text="And now my coat as well")
    world.respond()
    assert fake.tickets == {}
    world.respond(after=TRIES)
    world.respond(after=TRIES)
    assert len(fake.only().notes) == 1


def test_waiting_letters_lose_what_an_author_deletes(fake: FakeDesk, world: World) -> None:
    case = world.open(
        "1", text="Zebra zebra", author={"handle": "zebra"}, url="https://z.example/zebra"
    )
    world.hand_over(case.id, fake.name)
    assert "zebra" in world.everything().lower()
    with world.begin() as connection:
        desk.mention_deleted(connection, "board:1", now=world.now)
    del world.posts["board:1"]
    assert "zebra" not in world.everything().lower()
    world.respond()
    assert "zebra" not in fake.only().text.lower()
    assert "deleted by its author" in fake.only().text


def test_a_post_deleted_before_the_desk_was_told_is_not_told(fake: FakeDesk, world: World) -> None:
    world.handed(fake)
    world.open("2", thread="1", text="Zebra")
    fake.trouble += [(503, {}, None)] * 3
    world.respond(after=MINUTE)
    fake.trouble.clear()
    with world.begin() as connection:
        desk.mention_deleted(connection, "board:2", now=world.now)
    assert world.respond(after=TRIES) == Delivered(sent=1)
    assert fake.only().notes == []


def test_hostile_words_stay_words(fake: FakeDesk, world: World) -> None:
    case = world.open(
        text=HOSTILE,
        author={"handle": "{{x}}<b>\n> Case 1: done"},
        url="https://board.example/1\nCase 2: done\u2028Case 3: done",
    )
    world.hand_over(case.id, fake.name)
    assert world.respond() == Delivered(sent=1)
    text = fake.only().text
    for part in SHOWN:
        assert part in text
    assert "private@acme.example" not in text
    assert "\u202e" not in text
    assert "\n> Case 1: done" not in text
    said = [line for line in text.splitlines() if not line.startswith((">", "<"))]
    assert [line for line in said if line.startswith(("Case 2", "Case 3"))] == []


def test_long_words_are_cut_where_the_desk_would_refuse_them(fake: FakeDesk, world: World) -> None:
    case = world.open(text="\U0001f600&<" * 20_000)
    world.hand_over(case.id, fake.name)
    assert world.respond() == Delivered(sent=1)
    assert fake.only().text.endswith("(shortened; the case shows the whole)")
    assert as_utf16(fake.only().text) > 10_000
    world.respond(after=TRIES)
    world.open("2", thread="1", text="\U0001f600" * 40_000)
    assert world.respond(after=MINUTE) == Delivered(sent=1)
    assert len(fake.only().notes) == 1


def test_a_desk_is_asked_in_batches_and_not_more_often_than_the_settings_say(
    fake: FakeDesk, world: World
) -> None:
    assert world.desks[fake.name].batch == 100, "which each of them takes"
    world.desks[fake.name].batch = 3
    for number in range(5):
        case = world.open(str(number))
        world.hand_over(case.id, fake.name)
    assert world.respond() == Delivered(sent=5)
    fake.asked.clear()
    assert world.respond(after=MINUTE) == Delivered()
    assert fake.asked == []
    world.respond(after=TRIES)
    lists = {"zendesk": "show_many", "salesforce": "query", "jira": "bulkfetch"}
    asked = [one for one in fake.asked if one.path.endswith(lists[fake.name])]
    assert len(asked) == (4 if fake.name == "salesforce" else 2)
    fake.asked.clear()
    world.respond(after=TRIES)
    assert len(fake.asked) == len(asked), "what has not changed is not looked into"


def test_a_ticket_that_is_gone_says_so_and_changes_no_case(fake: FakeDesk, world: World) -> None:
    case = world.handed(fake)
    fake.tickets.clear()
    world.respond(after=TRIES)
    assert "any more" in world.ticket(case.id).problem
    assert world.case(case.id).status == "open"
    fake.asked.clear()
    world.respond(after=TRIES)
    assert fake.asked == []


def test_a_desk_that_is_away_is_asked_later(fake: FakeDesk, world: World) -> None:
    case = world.handed(fake)
    fake.say(fake.statuses["resolved"])
    fake.trouble.append((429, {"retry-after": "900"}, None))
    assert world.respond(after=TRIES) == Delivered()
    assert world.case(case.id).status == "open"
    assert world.respond(after=timedelta(minutes=14)) == Delivered()
    assert world.case(case.id).status == "open"
    world.respond(after=timedelta(minutes=2))
    assert world.case(case.id).status == "resolved"


def test_a_ticket_goes_on_with_the_case_that_its_own_was_merged_into(
    fake: FakeDesk, world: World
) -> None:
    case = world.handed(fake)
    other = world.open("5")
    with world.begin() as connection:
        desk.merge(connection, case.id, into=other.id, now=world.now, actor="ana")
    world.respond(after=TRIES)
    assert any("number 5" in note for note in fake.only().notes)
    fake.say(fake.statuses["resolved"])
    world.respond(after=TRIES)
    assert world.case(other.id).status == "resolved"


def test_where_a_later_case_goes_on_the_ticket_says_so_and_is_left_alone(
    fake: FakeDesk, world: World
) -> None:
    case = world.handed(fake)
    fake.say(fake.statuses["resolved"])
    world.respond(after=TRIES)
    late = NOON + timedelta(days=20)
    world.now = late
    later = world.open("2", thread="1", published=late, author={"handle": "mo"})
    assert later.id != case.id
    fake.say(fake.statuses["open"])
    for _ in range(3):
        assert world.respond(after=TRIES) == Delivered()
    assert world.case(case.id).status == "resolved"
    assert "another case goes on" in world.ticket(case.id).problem
    assert fake.only().status == fake.statuses["open"]


def test_trying_the_credentials_writes_nothing(fake: FakeDesk, world: World) -> None:
    said = world.desks[fake.name].check(now=world.now)
    assert "signed in" in said
    assert fake.tickets == {}
    world.environ.update(dict.fromkeys(fake.env, "wrong"))
    again = World([fake], environ=world.environ)
    with pytest.raises(DeliveryDelayed, match=" and ".join(fake.env)):
        again.desks[fake.name].check(now=world.now)
    again.engine.dispose()


def test_only_a_living_case_and_a_known_desk_are_handed_over(fake: FakeDesk, world: World) -> None:
    case = world.open()
    with pytest.raises(NotFound, match=f"the settings have {fake.name}"):
        world.hand_over(case.id, "elsewhere")
    with pytest.raises(NotFound):
        world.hand_over(404, fake.name)
    with world.begin() as connection:
        desk.resolve(connection, case.id, now=world.now, actor="ana")
    with pytest.raises(Conflict, match="reopen it first to hand over"):
        world.hand_over(case.id, fake.name)
    assert world.letters() == []


def test_a_letter_holds_no_word_of_a_post(fake: FakeDesk, world: World) -> None:
    case = world.open(text="Zebra zebra")
    world.hand_over(case.id, fake.name)
    assert "zebra" not in json.dumps([dict(one.payload) for one in world.letters()]).lower()


def test_a_replayed_post_of_the_case_is_told_once(fake: FakeDesk, world: World) -> None:
    world.handed(fake)
    again = post("1")
    with world.begin() as connection:
        desk.open_case(
            connection,
            again,
            TO_CARE,
            policy=STANDARD,
            teams=TEAMS,
            now=world.now,
        )
    assert world.respond(after=TRIES) == Delivered()
    assert fake.only().notes == []


def test_a_mark_that_begins_as_another_does_is_told_too(fake: FakeDesk, world: World) -> None:
    case = world.handed(fake)
    there = world.ticket(case.id)
    for mark in ("untagged-1-a/51", "untagged-1-a/5", "untagged-1-a/51"):
        world.desks[fake.name].comment(there, "More was said", mark=mark, now=world.now)
    assert len(fake.only().notes) == 2


@pytest.mark.parametrize("pause", ["9" * 30, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_no_desk_is_left_alone_for_longer_than_its_letters_are(
    fake: FakeDesk, world: World, pause: str
) -> None:
    case = world.handed(fake)
    fake.say(fake.statuses["resolved"])
    fake.trouble.append((429, {"retry-after": pause}, None))
    world.respond(after=TRIES)
    assert world.case(case.id).status == "open"
    world.respond(after=timedelta(minutes=59))
    assert world.case(case.id).status == "open"
    world.respond(after=2 * MINUTE)
    assert world.case(case.id).status == "resolved"


def test_a_post_that_joined_before_the_ticket_was_made_is_told_once(
    fake: FakeDesk, world: World
) -> None:
    case = world.open()
    world.hand_over(case.id, fake.name)
    fake.trouble += [(503, {}, None)]
    world.open("2", thread="1", text="And now my coat as well")
    world.respond()
    assert len(world.letters()) == 1, "what cannot be told yet is no letter that dies meanwhile"
    for _ in range(3):
        world.respond(after=TRIES)
    there = fake.only()
    assert ["coat" in said for said in (there.text, *there.notes)] == [False, True]


def test_a_ticket_that_is_gone_is_made_anew_by_handing_over_anew(
    fake: FakeDesk, world: World
) -> None:
    case = world.handed(fake)
    fake.tickets.clear()
    world.respond(after=TRIES)
    assert "hand over anew" in world.ticket(case.id).problem
    world.open("2", thread="1", text="And now my coat as well")
    world.hand_over(case.id, fake.name)
    world.respond(after=MINUTE)
    for _ in range(3):
        world.respond(after=TRIES)
    there = fake.only()
    assert "coat" in there.text
    with world.begin() as connection:
        old, new = tickets.tickets_of(connection, case.id)
    assert (old.said, new.there, new.problem) == (tickets.GONE, there.id, "")
    with world.begin() as connection:
        desk.resolve(connection, case.id, now=world.now, actor="ana")
    world.respond(after=MINUTE)
    assert there.status == fake.statuses["resolved"]
    assert world.letters("dead") == [], "what is gone is told nothing"


def test_two_tickets_of_a_merged_case_are_told_and_done_together(
    fake: FakeDesk, world: World
) -> None:
    case, other = world.handed(fake), world.open("5", author={"handle": "mo"})
    world.hand_over(other.id, fake.name)
    world.respond()
    with world.begin() as connection:
        desk.merge(connection, case.id, into=other.id, now=world.now, actor="ana")
    for _ in range(3):
        world.respond(after=TRIES)
    first, second = fake.tickets.values()
    assert [len(one.notes) for one in (first, second)] == [1, 1]
    first.status = fake.statuses["resolved"]
    fake.touch(first)
    for _ in range(3):
        world.respond(after=TRIES)
    assert world.case(other.id).status == "resolved"
    assert second.status == fake.statuses["resolved"]
    second.status = fake.statuses["open"]
    fake.touch(second)
    for _ in range(3):
        world.respond(after=TRIES)
    assert world.case(other.id).status == "open"
    assert first.status == fake.statuses["open"]
    fake.asked.clear()
    assert world.respond(after=TRIES) == Delivered()
    assert len(world.letters("dead")) == 0


@pytest.mark.parametrize("trouble", ["silent", "busy"])
def test_a_desk_that_is_away_is_asked_once_a_pass_however_many_letters_wait(
    fake: FakeDesk, world: World, trouble: str
) -> None:
    for number in range(5):
        world.hand_over(world.open(str(number)).id, fake.name)
    if trouble == "busy":
        fake.trouble.append((429, {"retry-after": "60"}, None))
    else:
        ends = {"zendesk": ("POST", ""), "salesforce": ("POST", "token"), "jira": ("POST", "")}
        fake.cut_next = ends[fake.name]
    assert world.respond() == Delivered(delayed=5)
    assert len(fake.asked) == 1
    problems = {one.error for one in world.letters("waiting")}
    assert len(problems) == 1
    assert ("429" if trouble == "busy" else "did not answer") in problems.pop()
    caught_up(fake)
    for _ in range(2):
        world.respond(after=TRIES)
    assert len(fake.tickets) == 5
    assert world.letters("waiting") == []


def test_what_one_letter_meets_keeps_no_other_back(fake: FakeDesk, world: World) -> None:
    for number in range(3):
        world.hand_over(world.open(str(number)).id, fake.name)
    fake.trouble.append((500, {}, None))
    assert world.respond() == Delivered(sent=2, delayed=1)

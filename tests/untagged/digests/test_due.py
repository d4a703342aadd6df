"""Digests that are due: made once, told once, to whom they are for, whoever asks how often."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts import outbox
from alerts.digests import issued, subscriptions
from alerts.digests.stopping import SECRET
from alerts.digests.subscriptions import Wish
from mentions.errors import SettingsError, StoreUnavailable, UntaggedError
from tests.alerts.digests.agreed import say_yes
from tests.alerts.digests.mail_server import MailServer, mail_server
from tests.untagged.digests.stand_in import gather
from tests.untagged.entered import entered
from tests.untagged.world import NOON, import_rows, mention, post, settings_file
from untagged.accounts import book
from untagged.accounts.book import By
from untagged.digests import kinds
from untagged.digests.allowing import OVER
from untagged.digests.asked import Asked
from untagged.digests.due import DigestsSent
from untagged.digests.issuing import issue
from untagged.pipeline import Pipeline
from untagged.wiring import open_pipeline

DAY = timedelta(days=1)
MONDAY = NOON + timedelta(days=5)  # 9 March 2026, 12:00 UTC
MORE = """
digests:
  - {name: acme weekly, kind: health, brand: Acme, at: weekly monday 08:00, zone: Europe/Berlin,
     to: [chat, ada@acme.example]}
  - {name: bank, kind: health, brand: Bolt Bank, to: [ada@acme.example], empty: skip}
  - {name: bank told, kind: health, brand: Bolt Bank, to: [ben@acme.example]}
digest_delivery: {mail: post, url: 'https://untagged.acme.example/', domains: [acme.example]}
"""
KEY = "a secret that is long enough for it"


def opened(folder: Path, url: str, database: str = "sqlite:///ops.db"):
    path = settings_file(folder, more=MORE)
    said = path.read_text(encoding="utf-8").replace("sqlite:///ops.db", database)
    chat = "  - {name: chat"
    path.write_text(said.replace(chat, f"  - {{name: post, url: '{url}'}}\n{chat}", 1), "utf-8")
    return open_pipeline(path)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def pipeline(request, tmp_path: Path, monkeypatch, mail: MailServer) -> Iterator[Pipeline]:
    monkeypatch.setitem(kinds.GATHER, "health", gather)
    monkeypatch.setenv(SECRET, KEY)
    is_file = request.param == "sqlite"
    url = "sqlite:///ops.db" if is_file else request.getfixturevalue("postgres_url")
    with opened(tmp_path / "a firm", mail.url, url) as there:
        there.store.upsert([mention(1, "acme lost my bag", NOON, brands=())])
        yield there


def letters(pipeline: Pipeline):
    with pipeline.read() as connection:
        return sorted(outbox.letters(connection), key=lambda one: one.id)


def begun(pipeline: Pipeline) -> None:
    """Look once, days before, so that the settings' subscriptions are there."""
    assert pipeline.digests_due(now=MONDAY - 3 * DAY) == DigestsSent()


def test_what_is_due_is_made_and_told_once_however_often_it_is_asked(pipeline, mail):
    begun(pipeline)
    assert pipeline.digests_due(now=MONDAY) == DigestsSent(made=2, told=3, skipped=1)
    for later in (MONDAY, MONDAY + DAY, MONDAY + 6 * DAY):
        assert pipeline.digests_due(now=later) == DigestsSent()
    told = {(one.channel, one.payload["brand"]) for one in letters(pipeline)}
    assert told == {
        ("chat", "Acme"),
        ("digests by mail: post", "Acme"),
        ("digests by mail: post", "Bolt Bank"),
    }
    assert [to for (to,) in mail.recipients] == ["ada@acme.example", "ben@acme.example"]
    assert pipeline.digests_due(now=MONDAY + 7 * DAY).told == 3


def test_the_page_of_notifications_names_what_was_sent(pipeline):
    begun(pipeline)
    pipeline.digests_due(now=MONDAY)
    page = entered(pipeline).get("/outbox").text
    assert page.count("How Acme is doing") == 2
    assert "digests by mail: post" in page


def test_without_a_carrier_a_persons_mail_waits_until_there_is_one(pipeline):
    person(pipeline)
    there = pipeline.settings
    none = there.digest_delivery.model_copy(update={"mail": ""})
    pipeline.settings = there.model_copy(update={"digest_delivery": none, "digests": ()})
    with pytest.raises(SettingsError, match=r"digest_delivery\.mail"):
        pipeline.digests_due(now=MONDAY)
    pipeline.settings = there.model_copy(update={"digests": ()})
    assert pipeline.digests_due(now=MONDAY).told == 1


def test_running_without_airflow_sends_them_as_well(run, tmp_path, monkeypatch, mail):
    monkeypatch.setitem(kinds.GATHER, "health", gather)
    monkeypatch.setenv(SECRET, KEY)
    with opened(tmp_path, mail.url) as there:
        person(there)
    code, _, told = run("run", "--once")
    assert code == 0
    assert "1 digests made, 1 sent" in told
    assert mail.recipients == [["eve@acme.example"]]


def test_a_cycle_says_which_digest_it_could_not_make(run, tmp_path, monkeypatch, mail):
    monkeypatch.setitem(kinds.GATHER, "health", gather)
    with opened(tmp_path, mail.url) as there:
        person(there)
    code, _, told = run("run", "--once")
    assert code == 1
    assert SECRET in told
    assert "collected 0 posts" in told  # the rest of the cycle was done


def test_the_chat_gets_a_few_lines_with_both_links(pipeline):
    begun(pipeline)
    pipeline.digests_due(now=MONDAY)
    chat = next(one for one in letters(pipeline) if one.channel == "chat").payload
    assert chat["link"] == "https://untagged.acme.example/digests/1"
    assert chat["stop"].startswith("https://untagged.acme.example/unsubscribe/")
    assert "content" not in chat
    assert len(json.dumps(chat)) < 2_000


def test_days_away_send_the_period_that_ended_last_and_no_earlier_one(pipeline):
    begun(pipeline)
    assert pipeline.digests_due(now=MONDAY + 30 * DAY).told == 3
    until = {one.payload["period"] for one in letters(pipeline)}
    assert {re.sub(r".* to ", "", one)[:10] for one in until} == {"6 Apr 2026"}


def test_a_new_subscription_waits_for_its_first_occasion(pipeline):
    assert pipeline.digests_due(now=MONDAY) == DigestsSent()
    assert pipeline.digests_due(now=MONDAY + 7 * DAY).told == 3


def test_many_workers_at_once_make_and_tell_it_once(pipeline):
    begun(pipeline)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: pipeline.digests_due(now=MONDAY), range(4)))
    assert sum(one.told for one in found) == 3
    assert sum(one.made for one in found) == 2
    assert len(letters(pipeline)) == 3
    with pipeline.read() as connection:
        assert len(issued.list_issued(connection)) == 2


def test_a_kept_period_is_the_same_again_and_made_anew_only_when_asked(pipeline):
    asked = Asked(MONDAY - 7 * DAY, MONDAY, MONDAY, "Acme")
    first = issue(pipeline, "health", asked)
    pipeline.store.upsert([mention(2, "acme again", NOON)])
    assert issue(pipeline, "health", replace(asked, now=MONDAY + DAY)).issued == first.issued
    anew = issue(pipeline, "health", replace(asked, now=MONDAY + DAY), again=True)
    assert anew.issued.id == first.issued.id
    assert anew.issued.changed_at == MONDAY + DAY


def test_a_period_that_is_not_over_is_not_kept_half_told(pipeline):
    asked = Asked(MONDAY - DAY, MONDAY + DAY, MONDAY, "Acme")
    for again in (False, True):
        with pytest.raises(UntaggedError, match="not over yet"):
            issue(pipeline, "health", asked, again=again)
    with pipeline.read() as connection:
        assert issued.list_issued(connection) == []


@pytest.mark.parametrize(
    ("since", "until"),
    [(MONDAY.replace(year=1), MONDAY.replace(year=2)), (MONDAY.replace(year=2000), MONDAY)],
)
def test_a_period_of_no_use_is_refused(pipeline, since, until):
    with pytest.raises(UntaggedError, match="3,660 days at most"):
        issue(pipeline, "health", Asked(since, until, MONDAY, "Acme"))


def test_one_that_cannot_be_made_lets_the_others_go_and_is_made_later(pipeline, monkeypatch):
    begun(pipeline)

    def gather_some(there, asked):
        if asked.brand == "Acme":
            raise StoreUnavailable("the store is away; try again when it is back")
        return gather(there, asked)

    monkeypatch.setitem(kinds.GATHER, "health", gather_some)
    with pytest.raises(StoreUnavailable):
        pipeline.digests_due(now=MONDAY)
    assert [one.state for one in letters(pipeline)] == ["sent"]
    monkeypatch.setitem(kinds.GATHER, "health", gather)
    assert pipeline.digests_due(now=MONDAY).told == 2


def test_a_defect_in_one_digest_stops_no_other(pipeline, monkeypatch):
    begun(pipeline)

    def gather_wrongly(there, asked):
        if asked.brand == "Acme":
            raise ZeroDivisionError("a defect")
        return gather(there, asked)

    monkeypatch.setitem(kinds.GATHER, "health", gather_wrongly)
    with pytest.raises(
        UntaggedError, match=r"health for chat failed: ZeroDivisionError\('a defect"
    ):
        pipeline.digests_due(now=MONDAY)
    assert [one.state for one in letters(pipeline)] == ["sent"]


def test_at_another_time_nothing_is_told_at_once(pipeline):
    begun(pipeline)
    assert pipeline.digests_due(now=MONDAY).told == 3
    daily = pipeline.settings.digests[0].model_copy(update={"at": "daily 07:30", "to": ("chat",)})
    changed = pipeline.settings.model_copy(update={"digests": (daily,)})
    pipeline.settings = changed
    assert pipeline.digests_due(now=MONDAY + DAY) == DigestsSent()
    assert pipeline.digests_due(now=MONDAY + 2 * DAY).told == 1


def test_without_a_secret_nothing_goes_out_and_nothing_is_lost(pipeline, monkeypatch):
    begun(pipeline)
    monkeypatch.delenv(SECRET)
    with pytest.raises(SettingsError, match=SECRET):
        pipeline.digests_due(now=MONDAY)
    assert letters(pipeline) == []
    monkeypatch.setenv(SECRET, KEY)
    assert pipeline.digests_due(now=MONDAY).told == 3


def person(pipeline: Pipeline):
    by = By("test", MONDAY - 9 * DAY)
    with pipeline.begin() as connection:
        book.add_user(connection, "eve", role="viewer", password="one tall green door", by=by)
        user = book.find_user(connection, "eve")
        wish = Wish("health", "Acme", address="eve@acme.example")
        made = subscriptions.subscribe(
            connection, wish, user_id=user.id, actor="eve", now=MONDAY - 8 * DAY
        )
        made = say_yes(connection, made, now=MONDAY - 8 * DAY)
    return user, made


def test_a_person_gets_what_they_subscribed_to(pipeline, mail):
    person(pipeline)
    assert pipeline.digests_due(now=MONDAY).told == 1
    assert mail.recipients == [["eve@acme.example"]]


@pytest.mark.parametrize("change", [{"brands": ["Bolt Bank"]}, {"is_disabled": True}])
def test_who_no_longer_sees_it_gets_it_no_more(pipeline, change):
    user, made = person(pipeline)
    with pipeline.begin() as connection:
        connection.execute(book.users.update().where(book.users.c.id == user.id).values(**change))
    assert pipeline.digests_due(now=MONDAY) == DigestsSent()
    with pipeline.read() as connection:
        assert subscriptions.get_subscription(connection, made.id).ended_by == OVER


@pytest.mark.parametrize(
    ("place", "still"),
    [
        ({"channel": "chat"}, False),
        ({"address": "eve@left.example"}, False),
        ({"address": "eve@ACME.example"}, True),
    ],
)
def test_who_may_no_longer_send_it_there_sends_it_there_no_more(pipeline, place, still):
    user, _ = person(pipeline)
    with pipeline.begin() as connection:
        made = subscriptions.subscribe(
            connection,
            Wish("health", "Acme", **place),
            user_id=user.id,  # a viewer by now
            actor="eve",
            now=MONDAY - 8 * DAY,
        )
        if made.confirmed_at is None:
            say_yes(connection, made, now=MONDAY - 8 * DAY)
    assert pipeline.digests_due(now=MONDAY).told == 1 + still
    with pipeline.read() as connection:
        ended = subscriptions.get_subscription(connection, made.id).ended_by
    assert ended == ("" if still else OVER)


def test_who_unsubscribes_is_sent_nothing_that_still_waits(pipeline, mail):
    _, made = person(pipeline)
    mail.answer = "451 later"
    assert pipeline.digests_due(now=MONDAY).told == 1
    assert [one.state for one in letters(pipeline)] == ["waiting"]
    with pipeline.begin() as connection:
        subscriptions.end(connection, made.id, actor="eve", now=MONDAY)
    assert letters(pipeline) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"is_disabled": True}, "eve is disabled"),
        ({"brands": ["Bolt Bank"]}, "eve no longer sees what it tells of"),
    ],
)
def test_a_mail_that_waits_is_not_sent_to_who_may_not_have_it_any_more(
    pipeline, mail, caplog, change, why
):
    user, made = person(pipeline)
    mail.answer = "451 later"
    assert pipeline.digests_due(now=MONDAY).told == 1
    with pipeline.begin() as connection:
        connection.execute(book.users.update().where(book.users.c.id == user.id).values(**change))
    mail.answer = "250 fine"
    assert pipeline.deliver(now=MONDAY + DAY).dropped == 1
    assert letters(pipeline) == []
    assert mail.received == []
    assert f"is not sent: {why}" in caplog.text
    with pipeline.read() as connection:
        assert subscriptions.get_subscription(connection, made.id).ended_by == OVER


def test_who_unsubscribes_while_it_is_made_is_not_told(pipeline, monkeypatch):
    _, made = person(pipeline)

    def gather_slowly(there, asked):
        with there.begin() as connection:
            subscriptions.end(connection, made.id, actor="eve", now=MONDAY)
        return gather(there, asked)

    monkeypatch.setitem(kinds.GATHER, "health", gather_slowly)
    assert pipeline.digests_due(now=MONDAY) == DigestsSent(made=1)
    assert letters(pipeline) == []


def test_old_digests_go_with_the_housekeeping(pipeline):
    asked = Asked(MONDAY - 7 * DAY, MONDAY, MONDAY, "Acme")
    issue(pipeline, "health", asked)
    assert pipeline.housekeeping(now=MONDAY + 400 * DAY).records == 0
    assert pipeline.housekeeping(now=MONDAY + 401 * DAY).records == 1


def test_erasing_an_author_reaches_kept_digests(run, tmp_path, monkeypatch):
    monkeypatch.setitem(kinds.GATHER, "health", gather)
    path = settings_file(tmp_path)
    run("import", str(import_rows(tmp_path, [post(7, "acme lost the violin of my grandmother")])))
    run("process")
    with open_pipeline(path) as there:
        issue(there, "health", Asked(MONDAY - 7 * DAY, MONDAY, MONDAY, "Acme"))
    code, *_ = run("erase", "--author", "someone7", "--yes")
    assert code == 0
    with open_pipeline(path) as there, there.read() as connection:
        (kept,) = issued.list_issued(connection)
    assert "violin" not in str(kept.digest)
    assert "someone7" not in str(kept.digest)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("digests: [{name: x, kind: health, to: [chat], brand: Acne}]", "Acne"),
        ("digests: [{name: x, kind: health, to: [chatt]}]", "chatt"),
        ("digests: [{name: x, kind: health, to: [ada@acme.example]}]", "digest_delivery.mail"),
        ("digests: [{name: x, kind: health, to: ['a b@acme.example']}]", "no mail address"),
        ("digests: [{name: x, kind: health, to: [chat], at: now and then}]", "says no time"),
        ("digests: [{name: x, kind: weather, to: [chat]}]", "feature-requests"),
        ("digests: [{name: x, kind: team, to: [chat], team: nobody}]", "nobody"),
        ("digest_delivery: {mail: chat}", "no mail channel"),
        ("digest_delivery: {domains: [acme.example]}", "names no channel"),
    ],
)
def test_wrong_settings_say_where_and_what(tmp_path, more, expected):
    with pytest.raises(SettingsError, match=expected):
        open_pipeline(settings_file(tmp_path, more=more)).__enter__()

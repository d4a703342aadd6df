"""GDELT's article list of the town, as a collector uses it."""

from datetime import timedelta

from tests.town.conftest import NOW

LIST = "/gdelt/api/v2/doc/doc"


def ask(client, **asked):
    return client.get(LIST, params={"query": "-nowhere", "mode": "artlist", **asked})


def test_articles_are_titles_newest_first_and_dated_by_the_quarter(shown, truths):
    found = ask(shown, maxrecords=250).json()["articles"]
    expected = [t for t in reversed(truths) if t["site"] == "gdelt" and not t["deleted"]]
    assert [(one["url"], one["title"]) for one in found] == [
        (truth["url"], truth["title"]) for truth in expected
    ]
    assert len(found) > 2
    assert all(one["seendate"][11:13] in ("00", "15", "30", "45") for one in found)
    assert all(truth["text"] == "" for truth in expected)


def test_a_window_and_a_number_bound_the_list(shown):
    every = [one["seendate"] for one in ask(shown, sort="dateasc").json()["articles"]]
    assert every == sorted(every)
    edge = every[1].replace("T", "").replace("Z", "")
    first = ask(shown, enddatetime=edge, maxrecords=1, sort="dateasc").json()["articles"]
    assert [one["seendate"] for one in first] == every[:1]
    rest = ask(shown, startdatetime=edge, sort="dateasc").json()["articles"]
    assert [one["seendate"] for one in rest] == every[1:]
    late = f"{NOW + timedelta(days=1):%Y%m%d%H%M%S}"
    assert ask(shown, startdatetime=late).json() == {}


def test_a_wrong_question_is_answered_in_plain_words(shown):
    for asked in ({"query": "ab"}, {"startdatetime": "yesterday"}, {"maxrecords": "many"}):
        answer = ask(shown, **asked)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/plain")

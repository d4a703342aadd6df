"""The chart of a spike says the same to eyes, to a screen reader and in a message."""

import struct
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from lxml import etree

from alerts.group_messages import still_explained
from alerts.messages import alert_payload, render
from alerts.spike_chart import SpikeChart, described
from alerts.spike_drawing import png, spec, svg
from mentions.errors import UntaggedError
from tests.alerts.world import firing, mention

START = datetime(2026, 3, 6, 6, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
BEGAN = START + 28 * QUARTER
MOST_BYTES = 100_000


def chart(**other: object) -> SpikeChart:
    calm, loud = [2.0, 3.0, 1.0, 2.0] * 7, [12.0, 25.0, 41.0, 38.0]
    known = SpikeChart(
        title="Negative mentions of Heron Air",
        unit="negative mentions in an hour",
        start=START,
        step=QUARTER,
        counted=(*calm, *loud),
        expected=(2.1,) * 32,
        low=(0.0,) * 32,
        high=(10.0,) * 32,
        spike=(BEGAN, None),
    )
    return replace(known, **other)


def texts(drawn: str) -> list[str]:
    return [element.text or "" for element in etree.fromstring(drawn.encode()).iter("{*}text")]


def test_the_drawing_shows_the_counts_the_expectation_the_band_and_the_spike() -> None:
    layers = spec(chart(), theme="light", zone="UTC")["layer"]
    marks = [layer["mark"]["type"] for layer in layers]
    assert marks == ["rect", "area", "line", "line"]
    assert [row["y"] for row in layers[-1]["data"]["values"]] == list(chart().counted)
    assert layers[0]["data"]["values"] == [
        {"from": "2026-03-06T13:00:00Z", "to": "2026-03-06T14:00:00Z"}
    ]
    assert {"counted", "expected", "usual range"} <= set(texts(svg(chart())))


def test_what_is_uncertain_is_hatched_from_then_on() -> None:
    layers = spec(chart(uncertain_since=BEGAN), theme="light", zone="UTC")["layer"]
    (hatched,) = [layer for layer in layers if layer["mark"]["type"] == "rule"]
    stamps = [row["at"] for row in hatched["data"]["values"]]
    assert stamps[0] == "2026-03-06T13:00:00Z"
    assert len(stamps) > 20
    assert all(one < other for one, other in pairwise(stamps))
    calm = spec(chart(uncertain_since=START + 99 * QUARTER), theme="light", zone="UTC")["layer"]
    assert not [layer for layer in calm if layer["mark"]["type"] == "rule"]


def test_times_are_the_readers() -> None:
    assert "Fri 06 12:00" in texts(svg(chart()))
    in_tokyo = texts(svg(chart(), zone="Asia/Tokyo"))
    assert "time (Asia/Tokyo)" in in_tokyo
    assert "Fri 06 21:00" in in_tokyo
    assert "Fri 06 12:00" not in in_tokyo


def test_light_and_dark_differ_in_their_inks_alone() -> None:
    light, dark = svg(chart()), svg(chart(), theme="dark")
    assert "#1d2433" in light
    assert "#1d2433" not in dark
    assert texts(light) == texts(dark)


def test_a_screen_reader_gets_the_chart_in_a_sentence() -> None:
    said = described(chart())
    assert said == (
        "Negative mentions of Heron Air: at most 41 negative mentions in an hour, to "
        "2026-03-06 13:45 UTC, when 2.1 were expected and 10 make a spike."
    )
    drawn = etree.fromstring(svg(chart(title="Q & <A>")).encode())
    assert drawn.get("role") == "img"
    assert drawn[0].text == described(chart(title="Q & <A>"))
    assert "nothing was counted" in described(chart(counted=(), expected=(), low=(), high=()))


def test_a_hostile_brand_is_words_in_the_drawing() -> None:
    hostile = "</svg><script>alert(1)</script>{{7*7}}"
    drawn = etree.fromstring(svg(chart(title=hostile, unit=hostile)).encode())
    assert not list(drawn.iter("{*}script"))
    assert png(chart(title=hostile))


def test_the_picture_is_a_whole_png_that_any_chat_takes() -> None:
    picture = png(chart(uncertain_since=BEGAN))
    assert len(picture) < MOST_BYTES
    chunks = chunks_of(picture)
    assert next(kind for kind, _ in chunks) == b"IHDR"
    assert [kind for kind, _ in chunks][-1] == b"IEND"
    width, height, depth, color = struct.unpack(">IIBB", dict(chunks)[b"IHDR"][:10])
    assert (depth, color) == (8, 6)
    # A filter byte and four bytes a pixel in each row: nothing was lost in the packing.
    assert len(zlib.decompress(dict(chunks)[b"IDAT"])) == height * (1 + 4 * width)


def chunks_of(picture: bytes) -> list[tuple[bytes, bytes]]:
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    at, found = 8, []
    while at < len(picture):
        (size,) = struct.unpack(">I", picture[at : at + 4])
        kind, data = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + size]
        (check,) = struct.unpack(">I", picture[at + 8 + size : at + 12 + size])
        assert check == zlib.crc32(kind + data)
        found.append((kind, data))
        at += 12 + size
    return found


def test_numbers_survive_being_kept_and_others_are_refused() -> None:
    assert SpikeChart.from_json(chart().to_json()) == chart()
    with pytest.raises(UntaggedError, match="no numbers of a chart"):
        SpikeChart.from_json({"title": "x"})


def explained_payload(numbers: object) -> dict[str, object]:
    payload = alert_payload(firing(), alert_id=5, posts=[mention()])
    payload["posts"] = [{**payload["posts"][0], "why": "the first to say it"}]
    said = "Stands out: “check-in” (5). 19 posts by 19 authors."
    return {**payload, "explanation": {"said": said}, "chart": numbers}


def test_a_message_says_what_changed_and_why_each_post_is_there() -> None:
    message = render("spike", explained_payload(chart().to_json()), pictured=False)
    assert "\n\nStands out: “check-in” (5). 19 posts by 19 authors.\n\n" in message.text
    assert "20:00 UTC (the first to say it)" in message.text
    assert "<p>Stands out: “check-in” (5)." in message.html
    assert message.picture is None


def test_a_message_draws_its_chart_and_one_of_several_alerts_the_first_chart() -> None:
    assert render("spike", explained_payload(chart().to_json())).picture == png(chart())
    plain = alert_payload(firing(), alert_id=5)
    assert render("spike", plain).picture is None
    told = [plain, explained_payload(chart().to_json())]
    payload = {"alerts": [{**one, "alert": {**plain["alert"], **OPEN}} for one in told]}
    group = {"name": "Acme", "labels": {}, "notification": 1}
    counts = {"firing": 2, "resolved": 0, "severity": 2, "more": 0, "link": ""}
    message = render("alerts", {**payload, "group": group, **counts})
    assert message.picture == png(chart())
    assert message.text.count("Stands out: ") == 1


OPEN = {
    "title": "Acme: spike of negative mentions",
    "status": "firing",
    "is_news": True,
    "acknowledged_by": "",
    "resolved_by": "",
}


def test_what_changed_stays_in_a_message_until_it_is_looked_up_anew() -> None:
    first, plain = explained_payload(chart().to_json()), alert_payload(firing(), alert_id=5)
    kept = still_explained(plain, first)
    assert {name: kept[name] for name in ("explanation", "chart", "posts")} == {
        name: first[name] for name in ("explanation", "chart", "posts")
    }
    assert kept["alert"] == plain["alert"]
    newer = explained_payload(chart(title="newer").to_json())
    assert still_explained(newer, first) == newer
    assert still_explained(plain, None) == plain
    assert still_explained(plain, plain) == plain


def test_a_chart_that_cannot_be_drawn_never_stops_a_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    message = render("spike", explained_payload({"title": "broken"}))
    assert message.picture is None
    assert message.title.startswith("Acme: 43")
    assert "goes without its chart" in caplog.text

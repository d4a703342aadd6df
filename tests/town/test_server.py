"""The server: on loopback only, quick to start, plain about what is wrong."""

import io
import json
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from mentions.errors import SettingsError, UntaggedError
from tests.town.conftest import FROZEN, NOW
from untagged.town import town as town_module
from untagged.town.__main__ import main
from untagged.town.clock import Clock
from untagged.town.server import SITES, TownSettings, open_town, running, serve
from untagged.town.story import Story
from untagged.town.town import Town

ROOT = Path(__file__).parents[2]


def answers(url: str) -> bool:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            return httpx.get(url).status_code == 200
        except httpx.ConnectError:
            time.sleep(0.05)
    return False


def test_a_fortnight_is_served_within_two_seconds():
    started = time.process_time()  # not the clock on the wall: others may keep the machine busy
    with running(TownSettings(now=NOW, seed=99)) as url:
        assert len(httpx.get(f"{url}/api/v1/timelines/public?limit=40").json()) == 40
    assert time.process_time() - started < 2


def test_a_taken_port_is_said_plainly():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UntaggedError, match=f"port {port} .* is taken") as raised:
            serve(now=NOW, days=1, port=port)
    assert isinstance(raised.value.__cause__, OSError)


def test_the_command_says_why_it_cannot_start(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["--days", "1", "--port", str(taken.getsockname()[1])]) == 1
    assert "is taken; stop what runs there" in capsys.readouterr().err


@pytest.mark.slow
def test_an_interrupt_ends_the_command_well():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "untagged.town", "--days", "1", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            assert answers(f"http://127.0.0.1:{port}/robots.txt")
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
        finally:
            process.kill()


def test_an_impossible_port_is_said_plainly():
    with pytest.raises(UntaggedError, match="70000 is no port"):
        serve(now=NOW, days=1, port=70_000)


def test_a_truth_file_that_cannot_be_written_is_said_plainly(tmp_path):
    settings = replace(FROZEN, truth=tmp_path / "no" / "such" / "folder.jsonl")
    with pytest.raises(SettingsError, match="cannot write the truth"), running(settings):
        pass


def test_a_pace_of_many_brings_new_posts_by_itself():
    with running(TownSettings(now=NOW, days=1, pace=3_600)) as url:
        newest = httpx.get(f"{url}/api/v1/timelines/public?limit=1").json()[0]["id"]
        until = time.monotonic() + 10
        while time.monotonic() < until:
            page = httpx.get(f"{url}/api/v1/timelines/public?min_id={newest}").json()
            if page:
                break
            time.sleep(0.05)
    assert page


def test_a_town_with_the_anchor_of_an_earlier_run_goes_on_with_its_story():
    later = NOW + timedelta(hours=5)
    with open_town(replace(FROZEN, days=1), base_url="http://town") as town:
        town.clock.advance(timedelta(hours=5))
        first = {t["id"]: t["text"] for t in town.truths()}
    again = replace(FROZEN, now=later, days=1, anchor=NOW)
    with open_town(again, base_url="http://town") as town:
        second = {t["id"]: t["text"] for t in town.truths()}
    common = first.keys() & second.keys()
    assert len(common) > 200
    assert {number: first[number] for number in common} == {n: second[n] for n in common}


def test_what_a_long_run_keeps_is_bounded(monkeypatch):
    monkeypatch.setattr(town_module, "KEPT_POSTS", 300)
    truth = io.StringIO()
    since = NOW - timedelta(days=3)
    story = Story(1, anchor=NOW)
    town = Town(
        story,
        Clock(NOW, pace=0),
        since=since,
        sites=SITES,
        base_url="http://town",
        truth=truth,
    )
    kept = [t["id"] for t in town.truths()]
    told = {json.loads(line)["id"] for line in truth.getvalue().splitlines()}
    posts = story.posts(since, NOW)
    assert 250 <= len(kept) <= 300
    assert kept == [town.native_id(post) for post in posts[-len(kept) :]]
    assert len(told) == len(posts)
    assert sum(len(town.numbers(site)) for site in SITES) == len(kept)

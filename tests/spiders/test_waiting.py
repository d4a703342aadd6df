import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from mentions.errors import SourceUnavailable
from spiders.addresses import is_address, is_public
from spiders.waiting import MAX_REST, MAX_WAIT_SECONDS, Turns, asked_seconds, body_seconds

NOW = datetime(2026, 2, 22, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=90)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"retry-after": "7"}, 7),
        (503, {"retry-after": format_datetime(LATER, usegmt=True)}, 90),
        (429, {"retry-after": "0"}, 0),
        (429, {"retry-after": "-5"}, 0),
        (429, {"retry-after": "999999999"}, MAX_REST.total_seconds()),
        (429, {"retry-after": "soon"}, None),
        (429, {"retry-after": "nan"}, None),
        (429, {"retry-after": "inf"}, MAX_REST.total_seconds()),
        (429, {}, None),
        (500, {"retry-after": "7"}, None),
        (200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": LATER.isoformat()}, 90),
        (200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-02-22T12:01:30.5Z"}, 90.5),
        (200, {"x-ratelimit-remaining": "1", "x-ratelimit-reset": LATER.isoformat()}, None),
        (200, {"x-ratelimit-remaining": "0"}, None),
        (200, {"ratelimit-remaining": "0", "ratelimit-reset": str(LATER.timestamp())}, 90),
        (200, {"ratelimit-remaining": "7", "ratelimit-reset": str(LATER.timestamp())}, None),
        (429, {"x-rate-limit-reset": str(int(LATER.timestamp()))}, 90),
        (
            200,
            {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(LATER.timestamp()))},
            90,
        ),
        (200, {"x-rate-limit-remaining": "7", "x-rate-limit-reset": "1771761690"}, None),
        (429, {"retry-after": "3", "x-ratelimit-reset": LATER.isoformat()}, 3),
    ],
)
def test_what_a_server_asks_for_is_understood(
    status: int, headers: dict[str, str], seconds: float | None
) -> None:
    assert asked_seconds(status, headers, now=NOW) == seconds


def test_servers_moments_are_told_by_the_servers_clock() -> None:
    fast = NOW + timedelta(hours=3)
    headers = {
        "date": format_datetime(fast, usegmt=True),
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": (fast + timedelta(seconds=20)).isoformat(),
    }
    assert asked_seconds(200, headers, now=NOW) == 20


def test_requests_to_one_host_keep_their_distance_and_others_do_not_wait() -> None:
    async def three() -> list[float]:
        turns, clock = Turns(), asyncio.get_running_loop().time
        began = clock()

        async def take(host: str) -> float:
            await turns.take(host, distance=0.1)
            return clock() - began

        return await asyncio.gather(take("a"), take("a"), take("a"), take("b"))

    first, second, third, other = asyncio.run(three())
    assert first < 0.05
    assert other < 0.05
    assert 0.1 <= second < 0.19
    assert 0.2 <= third < 0.29


def test_host_that_asked_for_too_much_ends_the_pass_with_the_time_it_asked_for() -> None:
    async def rest() -> None:
        turns = Turns()
        turns.rest("a", MAX_WAIT_SECONDS + 30)
        turns.rest("a", 1)
        await turns.take("b", distance=0)
        with pytest.raises(SourceUnavailable, match="a asked us to wait 90 s") as raised:
            await turns.take("a", distance=0)
        assert raised.value.after_seconds == pytest.approx(90, abs=1)

    asyncio.run(rest())


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "[::1]",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "224.0.0.1",
        "ff02::1",
        "example.org",
        "",
    ],
)
def test_inside_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "[2620:fe::fe]", "64:ff9b::909:909"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


def test_names_are_no_addresses() -> None:
    assert is_address("[::1]")
    assert is_address("10.0.0.1")
    assert not is_address("localhost")
    assert not is_address("0x7f.1")


@pytest.mark.parametrize(
    ("status", "body", "seconds"),
    [
        (429, b'{"errors": ["slow"], "extras": {"wait_seconds": 39, "time_left": "39 s"}}', 39.0),
        (429, b'{"extras": {"wait_seconds": 1e12}}', 86_400.0),
        (429, b'{"extras": {"wait_seconds": -5}}', 0.0),
        (429, b'{"extras": {"wait_seconds": NaN}}', None),
        (429, b'{"extras": []}', None),
        (429, b"[1]", None),
        (429, b"Slow down", None),
        (503, b'{"extras": {"wait_seconds": 39}}', None),
    ],
)
def test_wait_that_a_body_asks_for_is_read(status: int, body: bytes, seconds: float | None) -> None:
    assert body_seconds(status, body) == seconds

"""A digest as a mail program's window shows it: light, dark and narrow, nothing loaded or run."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from selenium.webdriver.remote.webdriver import WebDriver

from alerts.digests.around import Around
from alerts.digests.digest import Digest, Figure, Section, Table
from alerts.digests.html import html_document
from tests.alerts.digests.made import FULL
from tests.browser import complaints, sized

AROUND = Around(
    cockpit="https://untagged.acme.example",
    page="https://untagged.acme.example/digests/3",
    stop="https://untagged.acme.example/unsubscribe/signed",
    why="You get this digest every Monday at 08:00 (Europe/Berlin).",
)
CONTRAST = """
const number = (said) => said.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map(
  (c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
).reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
const ground = (one) => {
  const said = number(getComputedStyle(one).backgroundColor);
  return said.length < 4 || said[3] ? said : ground(one.parentElement);
};
return [...document.querySelectorAll("h1,h2,h3,p,a,td,th,span,blockquote")].filter(
  (one) => one.textContent.trim()
).map((one) => {
  const both = [number(getComputedStyle(one).color), ground(one)].map(light);
  const [high, low] = [Math.max(...both), Math.min(...both)];
  return [(high + 0.05) / (low + 0.05), one.outerHTML.slice(0, 80)];
});
"""
LOADED = "return performance.getEntriesByType('resource').map((one) => one.name)"


@contextmanager
def preferring(browser: WebDriver, scheme: str) -> Iterator[None]:
    def prefer(value: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": value}]
        said = {"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}}
        browser.execute("executeCdpCommand", said)

    prefer(scheme)
    try:
        yield
    finally:
        prefer("")


COLUMNS = tuple(f"Column {number}" for number in range(14))
WIDE = Digest(
    kind="health",
    title="Brand health",
    since=FULL.since,
    until=FULL.until,
    lead=("Negative mentions of Acme are 31 % (28–34).",),
    sections=(
        Section(
            "All brands",
            figures=tuple(Figure(f"figure {n}", "−20 (−26 to −12)") for n in range(3)),
            table=Table(COLUMNS, (tuple(range(100_000, 100_014)),)),
        ),
    ),
)


@pytest.fixture(params=[FULL, WIDE], ids=["full", "wide"])
def letter(request: pytest.FixtureRequest) -> Iterator[str]:
    """Its address: the browser may not read a test's own folder."""
    page = html_document(request.param, AROUND).encode()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_page = self.path == "/letter"
            self.send_response(200 if is_page else 404)
            self.send_header("Content-Type", "text/html")  # the charset is the page's to say
            self.end_headers()
            self.wfile.write(page if is_page else b"")

        def log_message(self, *_said: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/letter"
        server.shutdown()
        thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [680, 360])
def test_a_mail_is_readable_runs_nothing_and_loads_nothing(
    letter: str, chromium: WebDriver, scheme: str, width: int
) -> None:
    with preferring(chromium, scheme), sized(chromium, width=width, height=800):
        chromium.get(letter)
        loaded = chromium.execute_script(LOADED) + complaints(chromium)
        own = ("data:", "/favicon.ico")  # the icon is the browser's own wish
        assert [one for one in loaded if not any(part in one for part in own)] == []
        scripts = "return [...document.scripts].map((one) => one.outerHTML)"
        assert chromium.execute_script(scripts) == []
        wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert chromium.execute_script(wide) == 0
        shown = "return [...document.images].every((one) => one.complete && one.naturalWidth > 0)"
        assert chromium.execute_script(shown)
        ground = "return getComputedStyle(document.querySelector('.sheet')).backgroundColor"
        is_dark = chromium.execute_script(ground) == "rgb(26, 32, 42)"
        assert is_dark == (scheme == "dark")
        faint = [one for one in chromium.execute_script(CONTRAST) if one[0] < 4.5]
        assert faint == []  # WCAG 2.2, 1.4.3

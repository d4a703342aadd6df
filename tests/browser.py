"""A real browser for the tests: Chromium without a window, driven through its ChromeDriver.

Selenium, not Playwright: Debian's chromium-driver always fits Debian's chromium, and Playwright
for synchronous code keeps an event loop running, under which no other test may use asyncio.run.
"""

import contextlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from selenium import webdriver
from selenium.common.exceptions import (
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.wait import WebDriverWait

from tests.server_process import CannotStart, ServerProcess, temporary_folder

START_SECONDS = 60
PATIENCE_SECONDS = 30
"""For what a page does by itself; a machine with other work to do may take long."""
SIZE = (1280, 900)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless",
    "--no-sandbox",  # a container rarely grants what the sandbox needs; we open our own pages only
    "--disable-dev-shm-usage",  # a container's /dev/shm is small
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-pipe",  # Chromium ends with its driver, even when the tests are killed
    "--force-prefers-reduced-motion",
    f"--window-size={SIZE[0]},{SIZE[1]}",
)


Seen = TypeVar("Seen")


def _program(*names: str) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    raise CannotStart(f"there is no {names[0]}: apt-get install chromium chromium-driver")


def _port(driver: ServerProcess) -> int:
    """The loopback port that ChromeDriver chose, once it listens."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and driver.is_running():
        if said := re.search(r"started successfully on port (\d+)", driver.last_words()):
            return int(said[1])
        time.sleep(0.02)
    raise CannotStart(f"ChromeDriver did not start:\n{driver.last_words()}")


@contextlib.contextmanager
def browsing() -> Iterator[WebDriver]:
    """A browser that reaches this machine alone; all of it is gone afterwards."""
    browser, driver = _program(*BROWSERS), _program("chromedriver")
    folder = temporary_folder("chromium")
    home = {name: str(folder) for name in ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    process = ServerProcess(
        [driver, "--port=0"],
        log=folder / "printed.log",
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **home},
    )
    try:
        yield from _driven(f"http://127.0.0.1:{_port(process)}", browser)
    finally:
        process.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _driven(url: str, browser: str) -> Iterator[WebDriver]:
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for option in OPTIONS:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with webdriver.Remote(command_executor=url, options=options) as driven:
        yield driven


def complaints(browser: WebDriver) -> list[str]:
    """What the console said since the last look: errors, refused content, failed requests."""
    return [entry["message"] for entry in browser.execute("getLog", {"type": "browser"})["value"]]


def eventually(
    browser: WebDriver, see: Callable[[], Seen], *, what: str, patience: float = PATIENCE_SECONDS
) -> Seen:
    """What `see` finds once it is not empty; fails saying what never came in `patience` seconds."""
    wait = WebDriverWait(browser, patience, poll_frequency=0.05)
    return wait.until(lambda _: see(), message=f"never came: {what}")


def steadily(browser: WebDriver, do: Callable[[], object], *, what: str) -> None:
    """Do it, and once more where the page put something newer in its place meanwhile."""

    def done() -> bool:
        try:
            do()
        except (NoSuchElementException, StaleElementReferenceException):
            return False
        return True

    eventually(browser, done, what=what)


def press(browser: WebDriver, *keys: str) -> None:
    """One after the other, to whatever has the focus."""
    for key in keys:
        ActionChains(browser).send_keys(key).perform()


def text_of(browser: WebDriver, css: str) -> str:
    """What the first such element says, '' if there is none.

    Read at once: the page may be left at any moment.
    """
    read = "return document.querySelector(arguments[0])?.textContent.trim() ?? ''"
    said: str = browser.execute_script(read, css)
    return said


def shows(browser: WebDriver, words: str, css: str = "main") -> None:
    """Wait until the first such element says the words."""
    eventually(browser, lambda: words in text_of(browser, css), what=f"{words!r} in {css}")


@contextlib.contextmanager
def sized(browser: WebDriver, *, width: int, height: int) -> Iterator[None]:
    """The page on a screen of that size, smaller than a window can be."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    _devtools(browser, "Emulation.setDeviceMetricsOverride", **size)
    try:
        yield
    finally:
        _devtools(browser, "Emulation.clearDeviceMetricsOverride")


def _devtools(browser: WebDriver, command: str, **parameters: object) -> None:
    browser.execute("executeCdpCommand", {"cmd": command, "params": parameters})

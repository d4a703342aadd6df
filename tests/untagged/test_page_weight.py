"""No page is heavy and none asks the stores again and again, however long its lists are.

Milliseconds depend on the machine: `python -m bench pages` says them.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import firm, pages
from bench.pages import MOST_BYTES, Looked
from untagged.web.app import create_app
from untagged.wiring import open_pipeline

pytestmark = pytest.mark.slow
MENTIONS = 1_000
NO_PAGE = {
    "/login": 303,  # they are logged in
    "/login/openid": 404,  # there is no provider
    "/login/openid/back": 404,
    "/search/views/{number}": 303,  # to the search
}
STORE_QUESTIONS = {
    "/": 3 * len(firm.BRANDS),  # once a minute, whoever looks
    "/search": 10 + 40,  # how many are new in each kept view, once in a while
    "/alerts/{number}": 12,  # its newest posts
    "/brands/{name}/spike": 40,  # what of it is unlike the weeks before
    "/team": 101,  # the posts of the cases settled last
}
"""More than USUAL, and why; a page of a path is a page of its route."""
USUAL = 10
STATEMENTS = 80
"""Of the operations database; how each source does takes six."""


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Looked]]:
    folder = tmp_path_factory.mktemp("bench") / "a firm"
    with pytest.MonkeyPatch.context() as patch:
        for name in firm.SECRETS:
            patch.setenv(name, firm.SECRET)
        firm.fill(folder, MENTIONS)
        with open_pipeline(folder / "untagged.yaml") as pipeline:
            yield pages.looked_at(pipeline, repeats=1)


def test_every_page_is_there(looked: list[Looked]) -> None:
    wrong = {
        page.address: page.status for page in looked if page.status != NO_PAGE.get(page.route, 200)
    }
    assert not wrong


def test_no_page_is_heavy(looked: list[Looked]) -> None:
    heavy = {
        page.address: page.weight for page in looked if page.is_page and page.weight > MOST_BYTES
    }
    assert not heavy
    lists = ("/alerts", "/cases", "/search", "/admin/users", "/requests", "/digests")
    assert all(page.weight > 10_000 for page in looked if page.address in lists), "they are empty"


def test_no_page_asks_the_mention_store_again_and_again(looked: list[Looked]) -> None:
    most = {page.address: STORE_QUESTIONS.get(page.route, USUAL) for page in looked}
    busy = {page.address: page.store for page in looked if page.store > most[page.address]}
    assert not busy


def test_no_page_asks_the_database_again_and_again(looked: list[Looked]) -> None:
    busy = {page.address: page.sql for page in looked if page.sql > STATEMENTS}
    assert not busy


def test_a_page_that_is_added_is_looked_at(tmp_path: Path) -> None:
    folder = tmp_path / "a firm"
    firm.fill(folder, 200)
    with open_pipeline(folder / "untagged.yaml") as pipeline:
        app = create_app(pipeline)

        @app.get("/new/{thing}")
        def new(thing: str) -> str:
            return thing

        with pytest.raises(SystemExit, match="say in bench"):
            pages.addresses(app, pipeline)

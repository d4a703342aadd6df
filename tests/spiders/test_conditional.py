"""A server that says for ever that nothing changed is believed for some hours only."""

from datetime import timedelta

from spiders.conditional import BELIEVED
from tests.spiders.passes import Collector, feed
from tests.spiders.posts import NOW
from tests.spiders.web import Answer, Asked, site

ITEM = (
    "<item><guid>{0}</guid><title>Post {0}</title>"
    "<pubDate>Sat, 21 Feb 2026 10:00:00 GMT</pubDate></item>"
)


def test_the_whole_is_asked_for_again_so_that_a_lying_validator_hides_nothing(
    collector: Collector,
) -> None:
    items = [ITEM.format(1)]

    def answering(asked: Asked) -> Answer:
        if "If-None-Match" in asked.headers:
            return Answer(status=304)
        body = f"<rss version='2.0'><channel>{''.join(items)}</channel></rss>".encode()
        return Answer(body, headers={"ETag": '"for ever"'})

    with site(answering) as web:
        board = feed("board", f"{web.url}/feed")
        assert collector.run(board)[0].posts == 1
        items.append(ITEM.format(2))
        assert collector.run(board, now=NOW + BELIEVED / 2)[0].posts == 0
        (late,) = collector.run(board, now=NOW + BELIEVED + timedelta(minutes=1))
        assert [post.title for post in collector.posts(late)] == ["Post 2"]
        assert [asked.headers.get("If-None-Match") for asked in web.asked] == [
            None,
            '"for ever"',
            None,
        ]

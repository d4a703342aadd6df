"""Site: how one place in town names its posts, and where it shows them."""

from collections.abc import Callable
from dataclasses import dataclass

from untagged.town.people import Person
from untagged.town.post import Post


@dataclass(frozen=True)
class Site:
    """`native_id` is the id a spider sees; `path` is where people read the post.

    `home` goes in front of the id where a site names posts within their author's account.
    `answer_id` is that of an answer, where a site numbers posts and answers apart.
    """

    name: str
    native_id: Callable[[int], str]
    path: Callable[[Post], str]
    home: Callable[[Person], str] = lambda _person: ""
    answer_id: Callable[[int], str] | None = None

    def id_of(self, post: Post) -> str:
        """The id that a spider sees."""
        is_answer = post.reply_to is not None
        return self.home(post.author) + self.number_id(post.number, is_answer=is_answer)

    def number_id(self, number: int, *, is_answer: bool) -> str:
        """The id of a post or of an answer, without its author's part."""
        return ((is_answer and self.answer_id) or self.native_id)(number)

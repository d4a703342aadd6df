"""Site: how one place in town names its posts, and where it shows them."""

from collections.abc import Callable
from dataclasses import dataclass

from untagged.town.post import Post


@dataclass(frozen=True)
class Site:
    """`native_id` is the id a spider sees; `path` is where people read the post.

    `answer_id` is that of an answer, where a site numbers posts and answers apart.
    """

    name: str
    native_id: Callable[[int], str]
    path: Callable[[Post], str]
    answer_id: Callable[[int], str] | None = None

    def id_of(self, number: int, *, is_answer: bool) -> str:
        """The id of a post or of an answer."""
        return ((is_answer and self.answer_id) or self.native_id)(number)

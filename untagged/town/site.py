"""Site: how one place in town names its posts, and where it shows them."""

from collections.abc import Callable
from dataclasses import dataclass

from untagged.town.post import Post


@dataclass(frozen=True)
class Site:
    """`native_id` is the id a spider sees; `path` is where people read the post.

    Where a post is known by its place in a thread, `placed` makes that id of both numbers.
    """

    name: str
    native_id: Callable[[int], str]
    path: Callable[[Post], str]
    placed: Callable[[int, int], str] | None = None

    def id_of(self, number: int, thread: int | None) -> str:
        """The id of a post by its number and that of its thread."""
        if self.placed is None or thread is None:
            return self.native_id(number)
        return self.placed(number, thread)

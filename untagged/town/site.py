"""Site: how one place in town names its posts, and where it shows them."""

from collections.abc import Callable
from dataclasses import dataclass

from untagged.town.post import Post


@dataclass(frozen=True)
class Site:
    """`native_id` is the id a spider sees; `path` is where people read the post.

    `named` is that id where it takes more than the post's number to tell it.
    """

    name: str
    native_id: Callable[[int], str]
    path: Callable[[Post], str]
    named: Callable[[Post], str] | None = None

    def id_of(self, post: Post) -> str:
        """The id that a spider sees."""
        return self.named(post) if self.named else self.native_id(post.number)

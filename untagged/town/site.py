"""Site: how one place in town names its posts, and where it shows them."""

from collections.abc import Callable
from dataclasses import dataclass

from untagged.town.people import Person
from untagged.town.post import Post


@dataclass(frozen=True)
class Site:
    """`native_id` is the id a spider sees; `path` is where people read the post.

    `home` goes in front of the id where a site names posts within their author's account.
    """

    name: str
    native_id: Callable[[int], str]
    path: Callable[[Post], str]
    home: Callable[[Person], str] = lambda _person: ""

    def id_of(self, post: Post) -> str:
        """The id that a spider sees."""
        return self.home(post.author) + self.native_id(post.number)

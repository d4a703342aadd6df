"""Site: how one place in town names its posts, and where it shows them."""

from collections.abc import Callable
from dataclasses import dataclass

from untagged.town.post import Post


@dataclass(frozen=True)
class Site:
    """`native_id` is the id a spider sees; `path` is where people read the post."""

    name: str
    native_id: Callable[[int], str]
    path: Callable[[Post], str]

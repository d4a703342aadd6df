"""The parameter of a page that takes the address of a search."""

from typing import Annotated

from fastapi import Depends, Query

from untagged.asked import Asked, asked_for
from untagged.web.page import clock_now


def _of_address(
    q: str = "",
    *,
    period: str = "",
    since: Annotated[str, Query(max_length=100)] = "",
    until: Annotated[str, Query(max_length=100)] = "",
    sort: str = "newest",
    cursor: str | None = None,
) -> Asked:
    return asked_for(
        q, period=period, since=since, until=until, sort=sort, cursor=cursor, now=clock_now()
    )


AskedOf = Annotated[Asked, Depends(_of_address)]
"""What the address of the page asks for."""

"""Numbers in addresses: those that the databases can hold; any other is refused as wrong."""

from typing import Annotated

from fastapi import Path

LARGEST = 2**31 - 1
"""Of PostgreSQL's `integer`; SQLite's are wider, and there is no such alert in either."""
Number = Annotated[int, Path(ge=0, le=LARGEST)]

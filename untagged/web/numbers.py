"""Numbers in addresses: those that the databases can hold; any other is refused as wrong."""

from typing import Annotated

from fastapi import Path

from mentions.numbers import MAX_NUMBER

Number = Annotated[int, Path(ge=0, le=MAX_NUMBER)]

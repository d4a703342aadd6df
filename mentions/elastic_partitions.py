"""Which partition a mention belongs to: a pure function of when it was published, for ever.

A month each from 2025 on, a year each from 2020 on, a decade each before. Retention drops whole
months; an import of thirty years makes eight old indices and not four hundred, of the thousand
shards that a node allows. No clock decides, so that every process always agrees; whoever changes
the rule raises MAPPING_VERSION and splits the old indices anew.
"""

import re
from datetime import UTC, datetime

FIRST_YEAR_OF_MONTHS = 2025
FIRST_YEAR_OF_YEARS = 2020
OLDEST_PARTITION = "1990s"
"""Always there, though mostly empty: an alias without any index would be no alias."""
PATTERN = r"\d{4}s|\d{4}\.\d{2}|\d{4}"


def partition_of(published: datetime) -> str:
    """'2026.02', '2023' or '1990s'."""
    moment = published.astimezone(UTC)
    year = moment.year
    if year >= FIRST_YEAR_OF_MONTHS:
        return f"{year}.{moment.month:02}"
    return str(year) if year >= FIRST_YEAR_OF_YEARS else f"{year // 10 * 10}s"


def end_of(partition: str) -> datetime:
    """The first moment after the partition."""
    if not re.fullmatch(PATTERN, partition):
        raise ValueError(f"{partition!r} is no partition")
    year = int(partition[:4])
    if partition.endswith("s"):
        return datetime(year + 10, 1, 1, tzinfo=UTC)
    if "." not in partition:
        return datetime(year + 1, 1, 1, tzinfo=UTC)
    month = int(partition[5:])
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)

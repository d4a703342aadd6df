"""The digest of what does not work."""

from alerts.digests.digest import Digest
from untagged.digests.asked import Asked
from untagged.digests.entries import gather_entries
from untagged.digests.likeness import likeness_in_use
from untagged.pipeline import Pipeline


def gather_bug_reports(pipeline: Pipeline, asked: Asked) -> Digest:
    """Entries under ids that stay, those of most people first, in their words and with links."""
    return gather_entries(pipeline, asked, "bug-reports", likeness_in_use())

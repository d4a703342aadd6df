"""What one DAG leaves for the next: an update of an asset starts whoever waits for it.

A task that found nothing new must not start the others. An outlet that is an asset is updated by
every successful run; one that is an alias only where the task adds the asset to it.
"""

from airflow.sdk import Asset, AssetAlias

JOURNAL = Asset(name="journal", uri="x-untagged://journal")
MENTIONS = Asset(name="mentions", uri="x-untagged://mentions")

NEW_BATCHES = AssetAlias("new_batches")
NEW_MENTIONS = AssetAlias("new_mentions")

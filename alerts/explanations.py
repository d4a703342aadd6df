"""Explanations: what changed when an alert began or got worse, kept with it as plain JSON."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, update

from alerts.tables import alerts


def keep_explanation(conn: Connection, alert_id: int, explanation: Mapping[str, Any]) -> None:
    """Keep it in place of an earlier one, in the transaction that records the alert."""
    change = update(alerts).where(alerts.c.id == alert_id).values(explanation=dict(explanation))
    conn.execute(change)

"""The views for SQL tools: what they are called, what they hold, and how they follow the tables.

They are dropped before any migration and made again after it: SQLite changes a table by making a
new one, which a view over the old one would forbid. Rights that were given on them are given again.
No view holds words of posts or names of authors, so that erasing somebody need not reach a tool.
Whoever changes a view adds a migration, which may be empty, and says so in docs/bi.md.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, inspect, text

PREFIX = "bi_"
EVERYBODY = "PUBLIC"
GONE: tuple[str, ...] = ()
"""Views of older versions that there are no more. Others that begin like ours are somebody's."""


@dataclass(frozen=True, slots=True)
class Speech:
    """How a database says what SQL has no common word for."""

    is_sqlite: bool

    def seconds(self, later: str, earlier: str) -> str:
        """Whole seconds between two moments, null where one is."""
        if self.is_sqlite:
            return f"CAST(round((julianday({later}) - julianday({earlier})) * 86400) AS INTEGER)"
        return f"CAST(round(EXTRACT(EPOCH FROM {later} - {earlier})) AS BIGINT)"

    def day(self, moment: str) -> str:
        """The date of a moment, UTC."""
        return f"date({moment})" if self.is_sqlite else f"CAST({moment} AT TIME ZONE 'UTC' AS date)"

    def source(self, mention_id: str) -> str:
        """What stands before the first colon."""
        if self.is_sqlite:
            return f"substr({mention_id}, 1, instr({mention_id}, ':') - 1)"
        return f"split_part({mention_id}, ':', 1)"


def views(dialect: str) -> dict[str, str]:
    """The SELECT of each view by its name, for 'sqlite' or 'postgresql'."""
    says = Speech(dialect == "sqlite")
    found = {
        "cases": _cases(says),
        "response_times": _response_times(says),
        "alerts": _alerts(says),
        "incidents": _incidents(says),
        "agents_daily": _agents_daily(says),
        "surveys": "SELECT case_id, brand, team, asked_at, answered_at, score FROM surveys",
        "sources_daily": _sources_daily(says),
    }
    return {f"{PREFIX}{name}": select for name, select in found.items()}


def drop_views(connection: Connection) -> dict[str, set[str]]:
    """Drop those that are there; who was given each, for `make_views`."""
    ours = {*views(connection.dialect.name), *GONE}
    there = [one for one in inspect(connection).get_view_names() if one in ours]
    given = {name: _readers(connection, name) for name in there}
    for name in there:
        connection.execute(text(f"DROP VIEW {name}"))
    return given


def make_views(connection: Connection, given: dict[str, set[str]]) -> None:
    """Make all views, and give those that were given to somebody again."""
    quote = connection.dialect.identifier_preparer.quote
    for name, select in views(connection.dialect.name).items():
        connection.execute(text(f"CREATE VIEW {name} AS {select}"))
        for reader in sorted(given.get(name, ())):
            who = reader if reader == EVERYBODY else quote(reader)
            connection.execute(text(f"GRANT SELECT ON {name} TO {who}"))


def _readers(connection: Connection, name: str) -> set[str]:
    if connection.dialect.name != "postgresql":
        return set()
    rights = text(
        "SELECT grantee FROM information_schema.role_table_grants WHERE table_schema = "
        "current_schema() AND table_name = :name AND privilege_type = 'SELECT' "
        "AND grantee <> current_user"
    )
    return set(connection.execute(rights, {"name": name}).scalars())


def _cases(says: Speech) -> str:
    return f"""
SELECT id, CASE WHEN mention_id IS NULL THEN 'alert' ELSE 'post' END AS kind,
    {says.source("mention_id")} AS source, brand, team, agent, status, priority, sla, lang, intent,
    playbook, published_at, collected_at, opened_at, first_reply_at, last_reply_at, resolved_at,
    due_at, {says.seconds("collected_at", "published_at")} AS collecting_seconds,
    {says.seconds("first_reply_at", "published_at")} AS first_reply_seconds,
    {says.seconds("resolved_at", "published_at")} AS resolution_seconds,
    frt_breached_at IS NOT NULL AS frt_missed, nrt_breached_at IS NOT NULL AS nrt_missed,
    rt_breached_at IS NOT NULL AS rt_missed, no_reply <> '' AS needs_no_reply, merged_into
FROM cases"""


def _response_times(says: Speech) -> str:
    def of(promise: str, due: str, met: str, missed: str) -> str:
        return f"""
SELECT id AS case_id, '{promise}' AS promise, brand, team, agent, priority,
    published_at, {due} AS due_at, {met} AS met_at, {missed} AS missed_at,
    {says.seconds(met, "published_at")} AS seconds,
    CASE WHEN {missed} IS NOT NULL THEN 'missed'
        WHEN {due} IS NULL THEN 'none'
        WHEN {met} IS NOT NULL THEN 'kept'
        WHEN no_reply <> '' AND '{promise}' <> 'RT' THEN 'none'
        WHEN status = 'open' THEN 'running'
        WHEN status IN ('pending', 'snoozed') THEN 'paused'
        ELSE 'none' END AS state
FROM cases WHERE status <> 'merged'"""

    never = "CASE WHEN nrt_due_at IS NULL THEN nrt_due_at END"  # a null of the right type
    return " UNION ALL ".join(
        (
            of("FRT", "frt_due_at", "first_reply_at", "frt_breached_at"),
            of("NRT", "nrt_due_at", never, "nrt_breached_at"),
            of("RT", "rt_due_at", "resolved_at", "rt_breached_at"),
        )
    )


def _alerts(says: Speech) -> str:
    return f"""
SELECT alerts.id, rule, kind, brand, signal, status, severity, observed, expected, owner, began_at,
    started_at, last_at, acknowledged_at, acknowledged_by, resolved_at, resolved_by, notified_at,
    notifications, is_silenced, is_inhibited, incident_alerts.incident_id,
    {says.seconds("acknowledged_at", "started_at")} AS acknowledge_seconds,
    {says.seconds("resolved_at", "started_at")} AS resolution_seconds
FROM alerts LEFT JOIN incident_alerts ON incident_alerts.alert_id = alerts.id"""


def _incidents(says: Speech) -> str:
    return f"""
SELECT id, brand, rule, signal, status, severity, owner, began_at, opened_at, acknowledged_at,
    acknowledged_by, resolved_at, resolved_by, is_false_alarm, merged_into,
    {says.seconds("opened_at", "began_at")} AS detection_seconds,
    {says.seconds("acknowledged_at", "opened_at")} AS acknowledge_seconds,
    {says.seconds("resolved_at", "opened_at")} AS resolution_seconds,
    (SELECT count(*) FROM incident_alerts WHERE incident_id = incidents.id) AS alerts,
    (SELECT count(*) FROM incident_cases WHERE incident_id = incidents.id) AS cases
FROM incidents"""


def _agents_daily(says: Speech) -> str:
    moments = {
        "opened": "opened_at",
        "answered": "first_reply_at",
        "resolved": "resolved_at",
        "frt_missed": "frt_breached_at",
        "nrt_missed": "nrt_breached_at",
        "rt_missed": "rt_breached_at",
    }
    events = " UNION ALL ".join(
        f"SELECT {says.day(moment)} AS day, team, agent, '{what}' AS what FROM cases "
        f"WHERE status <> 'merged' AND {moment} IS NOT NULL"
        for what, moment in moments.items()
    )
    sums = ", ".join(
        f"sum(CASE WHEN what = '{what}' THEN 1 ELSE 0 END) AS {what}" for what in moments
    )
    return f"SELECT day, team, agent, {sums} FROM ({events}) AS events GROUP BY day, team, agent"


def _sources_daily(says: Speech) -> str:
    return f"""
SELECT {says.day("started_at")} AS day, source, count(*) AS runs,
    sum(CASE WHEN ok THEN 0 ELSE 1 END) AS failed, sum(posts) AS posts,
    max(newest_post_at) AS newest_post_at
FROM source_runs GROUP BY {says.day("started_at")}, source"""

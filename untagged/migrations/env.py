"""Alembic's entry: migrate over the connection that the wiring hands in, and over no other."""

from alembic import context
from alembic.migration import MigrationContext

from untagged.migrations.bi_views import drop_views, make_views

attributes = context.config.attributes
connection = attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=attributes.get("metadata"),
    render_as_batch=True,
)
newest = set(context.script.get_heads())


def _version() -> set[str]:
    return set(MigrationContext.configure(connection).get_current_heads())


try:
    wanted = context.get_revision_argument()
except KeyError:  # somebody only compares
    is_move = False
else:
    is_move = _version() != ({wanted} if isinstance(wanted, str) else set(wanted or ()))
given = drop_views(connection) if is_move else {}
context.run_migrations()
if is_move and _version() == newest:
    make_views(connection, given)

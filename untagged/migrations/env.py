"""Alembic's entry: migrate over the connection that the wiring hands in, and over no other."""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=attributes.get("metadata"),
    render_as_batch=True,
)
context.run_migrations()

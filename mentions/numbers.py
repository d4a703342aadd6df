"""Numbers that an operations database gives out: of a case, an alert, an incident, a letter."""

MAX_NUMBER = 2**31 - 1
"""An INTEGER of PostgreSQL; SQLite's are wider, and no row has a larger one in either."""

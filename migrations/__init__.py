"""Alembic: one line of history, SQLite and PostgreSQL from the same scripts."""

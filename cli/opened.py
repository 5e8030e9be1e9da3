"""What this command opened; by itself, because every command closes it and few load what there is to open."""

from contextlib import ExitStack

opened = ExitStack()
"""`main` closes it at the end, which makes the database file whole without its log."""

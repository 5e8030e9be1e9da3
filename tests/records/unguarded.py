"""A database without its guards for a while: as somebody has it who tampers with it, or as a test that must."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from records import guards


@contextmanager
def unguarded(engine: Engine) -> Iterator[None]:
    """Records can be deleted until the block ends."""
    with engine.begin() as connection:
        guards.drop(connection)
    try:
        yield
    finally:
        with engine.begin() as connection:
            guards.drop(connection)
            guards.make(connection)

"""Two who do the same at the same moment: one has written and not committed yet when the other one comes."""

from collections.abc import Callable
from threading import Thread

from sqlalchemy import Engine
from sqlmodel import Session

from scheduler.db import writing
from tests.content.test_approving import until_somebody_waits


def while_uncommitted(
    engine: Engine, first: Callable[[Session], object], second: Callable[[], object], *more: Callable[[Session], object]
) -> object:
    """What `second` answered, or raised, while `first` stood uncommitted; on SQLite it comes after.

    `more` is what the first one goes on to do in its transaction once the second one waits.
    """
    told: list[object] = []

    def other() -> None:
        try:
            told.append(second())
        except Exception as error:
            told.append(error)

    thread = Thread(target=other)
    with writing(engine) as session:
        first(session)
        session.flush()
        thread.start()
        until_somebody_waits(engine)
        for one in more:
            one(session)
    thread.join(timeout=20)
    [answer] = told
    return answer

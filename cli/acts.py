"""What is done by command leaves an act as what is done at the desk does: who, on which machine, before and after."""

import getpass
from datetime import datetime

from sqlmodel import Session

from web.acts import Act, note

SERVER = "máy chủ"


def at_the_server() -> str:
    """Who gives this command: the machine's own name for them, said so that it is nobody of the desk."""
    try:
        return f"{SERVER} ({getpass.getuser()})"
    except (OSError, KeyError, ImportError):  # a container may have a number for which there is no name
        return SERVER


def leave(session: Session, act: Act, subject: str, words: str, *, now: datetime, by: str = "") -> None:
    """Leave a row in the same transaction as what was done; the caller commits. `by`: the person the command names."""
    note(session, None, by or at_the_server(), act, subject, words, now=now)

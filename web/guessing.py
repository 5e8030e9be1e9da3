"""Guessing is slow: how long the door stays shut after wrong passwords, counted in the database for every process.

A browser from which the person has come in before carries a sealed mark of it. It is counted by itself, so that no
stranger's guesses keep it out; everybody else is counted by name and by address together.
A try is written down before the password is looked at: two hundred at once are not more than a few in a row.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from scheduler.db import in_turn
from scheduler.vault import Vault, VaultError
from web.door import hashed
from web.tables import SignInTry
from web.words import Say, say

FREE, FREE_FROM_ADDRESS = 5, 20
"""Wrong tries without a wait: for one name, and from one address, which a whole office may share."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
REMEMBERED, FROM_ADDRESS_REMEMBERED = timedelta(hours=12), timedelta(hours=1)
DEVICE = "device:"
"""How the source of a try begins that came from a known browser."""


@dataclass(frozen=True, slots=True)
class Try:
    """One try: `wait` says how long the door stays shut; only without a wait may the password be looked at."""

    row_id: int = 0
    wait: timedelta = timedelta(0)


def begin_try(session: Session, login: str, source: str, *, now: datetime) -> Try:
    """Write a try down as a failure, or say how long to wait and write nothing. The caller commits.

    `login` is whom it is about, `source` an address or a `device_source`.
    """
    in_turn(session.connection(), "sign in")
    wait = _wait(session, login, source, now)
    if wait > timedelta(0):
        return Try(wait=wait)
    row = SignInTry(at=now, login=login, address=source, ok=False)
    session.add(row)
    session.flush()
    return Try(row_id=row.id or 0)


def end_try(session: Session, one: Try) -> None:
    """It was the right password after all. The caller commits."""
    row = session.get_one(SignInTry, one.row_id)
    row.ok = True
    session.add(row)


def _wait(session: Session, login: str, source: str, now: datetime) -> timedelta:
    known = source.startswith(DEVICE)
    same = col(SignInTry.address) == source if known else col(SignInTry.address).not_like(f"{DEVICE}%")
    about = (col(SignInTry.login) == login, same, col(SignInTry.at) > now - REMEMBERED)
    last_good = session.exec(select(func.max(SignInTry.id)).where(*about, col(SignInTry.ok).is_(True))).one() or 0
    by_name = (*about, col(SignInTry.id) > last_good)
    waits = [_from(session, by_name, FREE, now)]
    if not known:
        by_address = (col(SignInTry.address) == source, col(SignInTry.at) > now - FROM_ADDRESS_REMEMBERED)
        waits.append(_from(session, by_address, FREE_FROM_ADDRESS, now))
    return max(waits)


def _from(session: Session, which: tuple[ColumnElement[bool], ...], free: int, now: datetime) -> timedelta:
    """From the last of these failures on, twice as long for each one beyond the free ones, up to the longest."""
    failed = select(func.count(), func.max(SignInTry.at)).where(*which, col(SignInTry.ok).is_(False))
    count, last = session.exec(failed).one()
    if count < free or last is None:
        return timedelta(0)
    wait: timedelta = min(FIRST_WAIT * 2 ** min(count - free, 10), LONGEST_WAIT)
    ends: datetime = last + wait
    return max(ends - now, timedelta(0))


# The mark of a known browser -----------------------------------------------------------------------------


def device_mark(vault: Vault, staff_id: int, secret: str) -> str:
    """What a browser keeps once somebody has come in with it: who, and which browser."""
    return vault.wrap("a known browser", f"{staff_id} {hashed(secret)[:24]}".encode()).decode()


def device_source(vault: Vault, mark: str, staff_id: int) -> str:
    """The source of tries from a browser this person came in with; "" for any other."""
    try:
        whose, device = vault.unwrap("a known browser", mark.encode()).decode().split(" ")
    except VaultError:
        return ""
    return f"{DEVICE}{device}" if whose == str(staff_id) else ""


def shut(wait: timedelta) -> Say:
    """The door stays shut for a while, in words; rounded up, so that nobody comes too early."""
    seconds = max(1, round(wait.total_seconds() + 0.499))
    if seconds < 60:
        return say("Đã thử sai nhiều lần; hãy đợi {seconds} giây rồi thử lại.", seconds=seconds)
    return say("Đã thử sai nhiều lần; hãy đợi {minutes} phút rồi thử lại.", minutes=-(-seconds // 60))

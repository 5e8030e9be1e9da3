"""The second step at the door: a code of six digits from a phone, which works once.

The secret is sealed by the vault for its owner alone. While it is being set up it stands sealed in the form, so that
nothing half-made is kept.
"""

import io
import secrets
from datetime import datetime, timedelta

import pyotp
import segno
from markupsafe import Markup
from sqlmodel import Session, col, update

from scheduler.resealing import Sealed
from scheduler.vault import Vault, VaultError
from web.tables import Staff

STEP = 30
"""Seconds that a code stands on the phone."""
AROUND = (-1, 0, 1)
"""A phone's clock may be half a minute off."""
SET_UP_WITHIN = timedelta(minutes=30)
ISSUER = "CCHC"
SEALED = (Sealed(Staff, Staff.id, Staff.totp, "xác thực hai bước của người dùng"),)
"""The secrets in the desk's own tables."""


def new_offer(vault: Vault, staff_id: int, *, now: datetime) -> tuple[str, str]:
    """A new secret as the phone reads it, and the same sealed for the form that confirms it."""
    secret = pyotp.random_base32()
    sealed = vault.wrap(f"totp offer {staff_id}", f"{secret} {int(now.timestamp())}".encode())
    return secret, sealed.decode()


def offered(vault: Vault, staff_id: int, sealed: str, *, now: datetime) -> str:
    """The secret of an offer that was made to this person lately; "" for anything else."""
    try:
        secret, made = vault.unwrap(f"totp offer {staff_id}", sealed.encode()).decode().split(" ")
    except VaultError:
        return ""
    return secret if now.timestamp() - int(made) <= SET_UP_WITHIN.total_seconds() else ""


def picture(secret: str, login: str) -> Markup:
    """The secret as a picture for the phone's camera: an SVG without anything that a strict page refuses."""
    address = pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=login, issuer_name=ISSUER)
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", scale=5, border=4, xmldecl=False, svgns=True, dark="#000", light="#fff", svgclass="qr",
        lineclass=None, omitsize=False,
    )  # fmt: skip
    return Markup(out.getvalue().decode())  # noqa: S704  drawn by us from a random secret and a checked login


def in_groups(secret: str) -> str:
    """The secret for somebody who types it: four letters at a time."""
    return " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))


def matching_step(secret: str, code: str, *, now: datetime, after: int = 0) -> int:
    """The time step whose code this is, newer than `after`; 0 when it is none."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdecimal() and len(digits) == 6):
        return 0
    totp, current = pyotp.TOTP(secret, interval=STEP), int(now.timestamp()) // STEP
    steps = [step for step in (current + off for off in AROUND) if step > after]
    found = [step for step in steps if secrets.compare_digest(totp.generate_otp(step), digits)]
    return found[0] if found else 0


def keep(session: Session, vault: Vault, staff: Staff, secret: str, step: int, *, now: datetime) -> bool:
    """The person has a second factor from now on; `step` is the code that proved it. False when there is one already.

    The caller commits.
    """
    without = (col(Staff.id) == staff.id, col(Staff.totp).is_(None))
    facts = {"totp": vault.wrap(_purpose(staff), secret.encode()), "totp_step": step, "updated_at": now}
    kept = update(Staff).where(*without).values(**facts).execution_options(synchronize_session=False)
    return session.exec(kept).rowcount == 1


def use(session: Session, vault: Vault, staff: Staff, code: str, *, now: datetime) -> bool:
    """Whether it is the person's code now, and used for the first time. Raises `VaultError` with another key."""
    if staff.totp is None:
        return False
    secret = vault.unwrap(_purpose(staff), staff.totp).decode()
    step = matching_step(secret, code, now=now, after=staff.totp_step)
    if not step:
        return False
    # Two requests with one code: the row lets one through.
    taken = update(Staff).where(col(Staff.id) == staff.id, col(Staff.totp_step) < step).values(totp_step=step)
    return session.exec(taken.execution_options(synchronize_session=False)).rowcount == 1


def drop(session: Session, staff_id: int, *, now: datetime) -> None:
    """The person has no second factor any more. The caller commits."""
    row = session.get_one(Staff, staff_id)
    row.totp, row.updated_at = None, now
    session.add(row)


def _purpose(staff: Staff) -> str:
    return f"totp of {staff.id}"

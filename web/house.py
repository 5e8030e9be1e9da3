"""What the pages stand on: built once by the composition root, the same for every request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from argon2 import PasswordHasher
from sqlalchemy import Engine

from portal.guard import Guard
from reports.mailing import SummaryMail
from scheduler.conflicts import Watch
from scheduler.consents import Consents
from scheduler.service import Service
from scheduler.submission import Submissions
from web.roles import Role
from web.surroundings import UNTOLD, Surroundings


@dataclass(frozen=True)
class House:
    """One office's desk. Between requests it keeps only what the database is asked to confirm each time: any number of
    processes may serve the same one."""

    service: Service
    submissions: Submissions
    consents: Consents
    guard: Guard
    """Which addresses a person may ask the server to read."""
    library_dir: Path
    plan_dir: Path
    data_dir: Path
    summaries_dir: Path
    address: str
    """The desk as browsers know it, "https://cchc.example.gov.vn"; empty: whatever they called."""
    redirect_uri: str
    """Where a platform sends the browser back after a consent."""
    week_start: int = 0
    summary_mail: SummaryMail | None = None
    """How the weekly summary goes out; None: it is shown here only."""
    portal_days: int = 60
    passwords: PasswordHasher = PasswordHasher()  # noqa: RUF009  it is immutable and holds nothing but parameters
    trust_proxy: bool = False
    """Whether X-Forwarded-For tells the browser's address."""
    totp_roles: frozenset[Role] = frozenset()
    """Roles that do not come in without a second factor."""
    surroundings: Surroundings = UNTOLD
    """What the settings say of this installation, for the level file."""
    alive: Callable[[], bool] = lambda: True

    @property
    def engine(self) -> Engine:
        """The database."""
        return self.service.engine

    @cached_property
    def watch(self) -> Watch:
        """What stands too close to something like it."""
        return Watch(self.service.policy)

    def now(self) -> datetime:
        """This moment, aware UTC."""
        return self.service.clock.now()

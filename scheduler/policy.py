"""How this office runs its calendar: numbers that rules ask for, told by the settings."""

from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path

from scheduler.autopilot.values import ALIKE_DAYS, COOL_DOWN_DAYS
from scheduler.metrics.cadence import USUAL, Cadence


@dataclass(frozen=True, slots=True)
class Policy:
    """The same for every command and page; built once by the composition root."""

    plan_dir: Path | None = None
    """Where the holidays of the plan are; None: only what the office keeps in its table."""
    cool_down: int = COOL_DOWN_DAYS
    """Days before a post is repeated on a channel, where the post says nothing else."""
    alike_days: int = ALIKE_DAYS
    """For so many days nothing that says nearly the same goes out on a channel."""
    days_ahead: int = 2
    """So many coming days are kept filled…"""
    plan_at: time = time(16, 0)
    """… by the job of this local hour."""
    catch_up: timedelta = timedelta(minutes=15)
    """After an outage, at least so much time lies between two late posts of a channel."""
    cadence: Cadence = USUAL
    """How often a publication's figures are asked for at which age."""
    raw_days: int = 400
    """For so many days the platforms' answers are kept beside the figures; 0: never."""

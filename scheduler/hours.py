"""Hours of the day as rules tell them: minutes after midnight in Asia/Ho_Chi_Minh, whatever the machine's own zone."""

from datetime import datetime, time, timedelta

from content.vietnamese import LOCAL, local

DAY_MINUTES = 24 * 60


def midnight(at: datetime) -> datetime:
    """The beginning of the local day of an aware moment."""
    return datetime.combine(local(at).date(), time(), LOCAL)


def is_quiet(at: datetime, quiet_from: int, quiet_until: int) -> bool:
    """Whether an aware moment lies in quiet hours; they may run over midnight, and two equal ends mean none."""
    minute = local(at).hour * 60 + local(at).minute
    if quiet_from <= quiet_until:
        return quiet_from <= minute < quiet_until
    return minute >= quiet_from or minute < quiet_until


def after_quiet(at: datetime, quiet_from: int, quiet_until: int) -> datetime:
    """`at` itself, or the end of the quiet hours that it lies in."""
    if not is_quiet(at, quiet_from, quiet_until):
        return at
    end = midnight(at) + timedelta(minutes=quiet_until)
    return end if end > at else end + timedelta(days=1)


def clock_of(minute: int) -> str:
    """07:30 for 450."""
    return f"{minute // 60:02}:{minute % 60:02}"

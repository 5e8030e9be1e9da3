"""What an error means for the publication and its channel: a value, decided without doing anything."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.errors import (
    Blocked,
    ConnectorError,
    Limited,
    LimitedWork,
    Misconfigured,
    Reconnect,
    Rejected,
    Unavailable,
    Unsupported,
)
from content.errors import ContentError
from scheduler.lifecycle import Event
from scheduler.vault import VaultError

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 40, 60, 120))
"""The pause after the 1st, 2nd, … failed try; when they are used up the publication fails."""

LATE = timedelta(minutes=10)
"""Later than this after its hour, a post went out late, and its history says why."""

LOOK_SOON, SOON_LOOKS = timedelta(minutes=5), 12
"""While nobody knows whether a post is public, the platform is asked at least this often, for about an hour."""

PREPARE, PUBLISH, FIND = "prepare", "publish", "find"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to record.

    `at` is the publication's next own time; `counts` whether the try uses up the budget; `channel_state`
    (empty: unchanged) and `channel_until` stop the channel.
    """

    event: Event
    words: str
    at: datetime | None = None
    counts: bool = False
    channel_state: str = ""
    channel_until: datetime | None = None
    refresh: bool = False


def pause_after(attempts: int, rng: random.Random) -> timedelta | None:
    """The pause after the `attempts`-th failed try (from 1), scattered by a tenth; None when none is left."""
    if attempts > len(BACKOFF):
        return None
    return BACKOFF[attempts - 1] * rng.uniform(0.9, 1.1)


def judge(error: Exception, action: str, attempts: int, *, now: datetime, rng: random.Random) -> Verdict:
    """The verdict on `error`, raised by the connector during `action`; `attempts` failed tries came before.

    While something is being prepared nothing can be public, so even a lost answer may be repeated. While
    it is being published, a lost answer and any exception that nobody classified mean: look. A look that
    fails decides nothing; for a look `attempts` counts the looks that failed.
    """
    words = error.words if isinstance(error, ConnectorError) else _unknown_words(error)
    stay = Event.LOOK_AGAIN if action == FIND else Event.WILL_RETRY
    match error:
        case VaultError():
            return Verdict(stay, str(error), now, channel_state="misconfigured")
        case ContentError():
            return Verdict(Event.UNCLEAR if action == FIND else Event.REJECTED, error.words)
        case Reconnect():
            state = "" if error.refresh_first else "reconnect"
            return Verdict(stay, words, now, channel_state=state, refresh=error.refresh_first)
        case Misconfigured():
            return Verdict(stay, words, now, channel_state="misconfigured")
        case Blocked():
            until = max(error.until, now + BACKOFF[0])
            return Verdict(stay, words, until, channel_state="blocked", channel_until=until)
        case LimitedWork():
            return Verdict(stay, words, max(error.until, now + BACKOFF[0]))
        case Limited():
            until = max(error.until, now + BACKOFF[0])
            return Verdict(stay, words, until, channel_until=until)
        case Unavailable():
            return _again(stay, words, attempts, now, rng, error.retry_after)
    if action == FIND:
        return Verdict(Event.UNCLEAR, words)
    if isinstance(error, Rejected | Unsupported):
        return Verdict(Event.REJECTED, words)
    if action == PUBLISH:
        return Verdict(Event.NO_ANSWER, words)
    return _again(Event.WILL_RETRY, words, attempts, now, rng, None)


def _again(
    event: Event,
    words: str,
    attempts: int,
    now: datetime,
    rng: random.Random,
    asked: timedelta | None,
) -> Verdict:
    pause = pause_after(attempts + 1, rng)
    if event is Event.LOOK_AGAIN and attempts < SOON_LOOKS:
        pause = min(pause or LOOK_SOON, LOOK_SOON)
    if pause is None and event is Event.WILL_RETRY:
        return Verdict(Event.REJECTED, f"Đã thử {attempts + 1} lần không được. Lần cuối: {words}", counts=True)
    pause = max(pause or BACKOFF[-1], asked or timedelta(0))
    return Verdict(event, words, now + pause, counts=event is Event.WILL_RETRY)


def _unknown_words(error: Exception) -> str:
    if isinstance(error, Unsupported):
        return str(error)
    return f"Lỗi chưa được phân loại ({type(error).__name__}); cần người kỹ thuật xem nhật ký."

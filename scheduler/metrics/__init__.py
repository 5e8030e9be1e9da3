"""Reach and engagement flow back: read each channel's posts in few calls, store every value with its name.

Counters are stored as they were told: cumulative, perhaps falling, None where the platform told nothing.
A channel that cannot be read stops only itself. Figures give way to publishing: they have only a share of
every budget, and where a platform says that its limit is nearly used up, old posts are left out first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import Engine, bindparam
from sqlmodel import Session, col, select

from connectors.base import Connector, Figure, Meter
from connectors.errors import Blocked, ConnectorError, Limited, LimitedWork, Misconfigured, OverBudget, Reconnect
from content.vietnamese import number
from scheduler.access import Access
from scheduler.channels import stop_channel
from scheduler.db import looking, reading, writing
from scheduler.limits import BELIEVED, Work, may, told_levels
from scheduler.metrics.cadence import USUAL, Cadence
from scheduler.metrics.due import Due, asked, due_on
from scheduler.metrics.keeping import Keeper, begin, store
from scheduler.tables import Channel

TOGETHER = 50
"""So many channels are looked up and begun together."""
STORED_TOGETHER = 5
"""What so many channels told is written down together: no more is asked again after a crash."""
log = structlog.get_logger("scheduler.metrics")

NOT_YET = "Chưa đến lúc thu số liệu của kênh nào."
BUSY_WORDS = "Nền tảng báo gần hết giới hạn số lượt gọi nên lần này không thu số liệu, để dành cho việc đăng bài."
OLD_WORDS = "Nền tảng báo gần hết giới hạn số lượt gọi nên lần này chưa thu số liệu của {count} bài cũ."


@dataclass
class Collected:
    """What one collection brought: values stored, and the channels that could not be read, with the reason."""

    readings: int = 0
    asked: int = 0
    """Channels that were asked anything at all."""
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """One sentence, and one more for each channel that failed."""
        told = f"Thu {number(self.readings)} số liệu." if self.asked else NOT_YET
        return told + "".join(f" {key}: {words}" for key, words in self.failed.items())


def is_quiet(engine: Engine, *, now: datetime, cadence: Cadence = USUAL) -> bool:
    """Whether no channel can have anything due at `now` (aware)."""
    with looking(engine) as connection:
        return not any(one.leaves(cadence, now) for one in asked(connection, now))


def collect(
    engine: Engine,
    access: Access,
    *,
    now: datetime,
    cadence: Cadence = USUAL,
    keep_raw: bool = True,
    everything: bool = False,
) -> Collected:
    """Ask every connected channel for what is due (or for `everything`), and store what it told as of `now`."""
    collected = Collected()
    with looking(engine) as connection:
        waiting = [one for one in asked(connection, now) if everything or one.leaves(cadence, now)]
    for start in range(0, len(waiting), TOGETHER):
        some = waiting[start : start + TOGETHER]
        with reading(engine) as session:
            told = told_levels(session, now=now)
            found = due_on(session.connection(), some, cadence, now=now, everything=everything)
            channels = _channels(session, [one.channel_id for one in some if found[one.channel_id]])
        begun = begin(engine, {one: len(found[one].posts) for one in channels}, now=now)
        opened: Mapping[int, Connector] = {}
        ended: list[Keeper] = []
        try:
            for place, (channel_id, channel) in enumerate(channels.items()):
                if place % STORED_TOGETHER == 0:  # no sooner: what publishing spends meanwhile is not theirs any more
                    opened = _opened(access, list(channels.values())[place : place + STORED_TOGETHER], now)
                level = told.of(channel)
                due = found[channel_id] if may(Work.READ_OLD, level) else found[channel_id].only_new()
                keeper = Keeper(begun[channel_id], channel_id, asked=len(due.posts), keep_raw=keep_raw, now=now)
                turn = _Turn(engine, access, channel, due, keeper, opened.get(channel_id))
                words = turn.run(may_read=may(Work.READ, level))
                ended.append(keeper)
                if turn.was_told_a_level:  # the app's own may be higher now, and the next ones have it
                    with reading(engine) as session:
                        told = told_levels(session, now=now)
                collected.asked += 1
                collected.readings += keeper.readings
                if words:
                    collected.failed[channel.key] = words
                if len(ended) >= STORED_TOGETHER:
                    store(engine, ended)
                    ended = []
        finally:
            store(engine, ended)
    return collected


def _channels(session: Session, wanted: Sequence[int]) -> dict[int, Channel]:
    """By id, in this order."""
    if not wanted:
        return {}
    found = {channel.id: channel for channel in session.exec(_THESE, params={"numbers": wanted})}
    return {number: found[number] for number in wanted if number in found}


def _opened(access: Access, channels: Sequence[Channel], now: datetime) -> Mapping[int, Connector]:
    """Those whose access is at hand; where that cannot be told for all of them, each is opened at its turn."""
    try:
        return access.at_hand(channels, now=now, figures=True) if channels else {}
    except Exception:
        log.exception("not_opened_together")
        return {}


_THESE = select(Channel).where(col(Channel.id).in_(bindparam("numbers", expanding=True)))


class _Turn:
    """One channel's turn."""

    def __init__(
        self, engine: Engine, access: Access, channel: Channel, due: Due, keeper: Keeper, opened: Connector | None
    ) -> None:
        self.engine = engine
        self.opened = opened
        self.access = access
        self.channel = channel
        self.due = due
        self.keeper = keeper
        self.meters: list[Meter] = []
        self.was_told_a_level = False

    def run(self, *, may_read: bool) -> str:
        """Ask, say how it ended; why the channel could not be read, or ""."""
        failed, words = "", ""
        try:
            if not may_read:
                raise OverBudget("level", until=self.keeper.now + BELIEVED, words=BUSY_WORDS)
            words = self._ask()
        except ConnectorError as error:
            failed = error.words
            _note(self.engine, self.channel, error)
            log.warning("not_read", channel=self.channel.key, error=str(error))
        except Exception as error:
            failed = f"Lỗi chưa được phân loại ({type(error).__name__})."
            log.exception("not_read", channel=self.channel.key)
        self.keeper.end(failed or words, sum(meter.calls for meter in self.meters))
        return failed

    def _ask(self) -> str:
        """The channel's own figures, then its posts': what stops the second does not lose the first."""
        now, posts = self.keeper.now, self.due.posts
        cut = OLD_WORDS.format(count=number(self.due.left_out)) if self.due.left_out else ""
        reads: list[Callable[[Connector], list[Figure]]] = []
        if self.due.own:
            reads.append(lambda connector: connector.read_channel(now=now))
        if posts:
            reads.append(lambda connector: connector.read_posts(list(posts), now=now))

        def ask(connector: Connector) -> None:
            nonlocal cut
            self.meters.append(connector.meter)
            transcript = connector.transcript
            try:
                while reads:  # what was answered is not asked again when the access had to be renewed in between
                    before = len(transcript.heard)
                    figures = reads[0](connector)
                    self.keeper.add(figures, posts, transcript.heard[before:])
                    cut = transcript.cut or cut
                    del reads[0]
            finally:
                self.was_told_a_level |= bool(connector.meter.levels)

        if reads:
            self.access.ask(self.channel, ask, now=now, figures=True, opened=self.opened)
        return cut


def _note(engine: Engine, channel: Channel, error: ConnectorError) -> None:
    """A read that shows the access is gone, or a limit reached, counts for writing too; our own share does not."""
    if isinstance(error, LimitedWork):
        return
    assert channel.id is not None
    state = ""
    until = None
    if isinstance(error, Reconnect) and not error.refresh_first:
        state = "reconnect"
    elif isinstance(error, Misconfigured):
        return
    elif isinstance(error, Blocked | Limited):
        until = error.until
    if state or until:
        with writing(engine) as session:
            stop_channel(session, channel.id, state, error.words, until)

"""Reading the portals' feeds in turn: claim a source, fetch with no transaction open, then one short write.

Each source has a rhythm of its own. One that is slow or wrong keeps its last good articles, says what is wrong,
comes back later each time, and holds up neither the others nor the publishing, which runs in other threads. What
is read becomes suggestions; nothing here makes a post or a publication.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, OperationalError

from content.articles import articles
from content.errors import ContentError
from content.sources import claim, due_sources, find_source, is_being_read, leased, sources, went_well, went_wrong
from content.suggestions import Recorded, oldest_new, put_away, record
from content.tables import PortalSource
from content.vietnamese import moment, number
from portal.values import Reading
from scheduler.clock import Clock
from scheduler.db import reading, writing

LANES = 4
"""Feeds that are read at once."""
AT_ONCE = 100
"""Sources of one turn; the next turn comes in a minute."""

log = structlog.get_logger("scheduler.intake")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a portal answered. `reading` None: nothing has changed since the last time."""

    reading: Reading | None
    etag: str = ""
    last_modified: str = ""
    wait: timedelta | None = None
    """How long the server asked to be left alone."""


Ask = Callable[[PortalSource, datetime], Answer]
"""Fetch and read one feed. Gives every failure that it knows as a `Reading` with an error."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of reading one source."""

    key: str
    ok: bool
    words: str
    """One sentence for staff."""
    recorded: Recorded


class Intake:
    """Reads what is due. Any number of processes may run one over the same database."""

    def __init__(self, engine: Engine, clock: Clock, ask: Ask, *, days: int) -> None:
        """`days`: how long a suggestion waits for an answer before it is put away."""
        self.engine = engine
        self.clock = clock
        self.ask = ask
        self.days = days
        self._stopped = threading.Event()

    def run(self) -> list[Turn]:
        """Read every source that is due, side by side, and put old suggestions away."""
        now = self.clock.now()
        with reading(self.engine) as session:
            due = due_sources(session, now)[:AT_ONCE]
            oldest = oldest_new(session)
        if oldest is not None and oldest < now - timedelta(days=self.days):
            self._tidy(now)
        if not due:
            return []
        with ThreadPoolExecutor(min(LANES, len(due)), thread_name_prefix="portal") as pool:
            turns = list(pool.map(self._guarded, due))
        return [turn for turn in turns if turn is not None]

    def read_now(self, keys: Sequence[str]) -> list[Turn]:
        """Read these sources whether they are due or not; none given: every source that is not paused.

        Raises `ContentError` for a source that does not exist or is being read just now.
        """
        now = self.clock.now()
        with reading(self.engine) as session:
            wanted = [find_source(session, key) for key in keys] or [one for one in sources(session) if one.active]
        if not wanted:
            raise ContentError("Chưa có nguồn nào đang dùng; thêm bằng lệnh: cchc portal add.")
        for source in wanted:
            if is_being_read(source, now):
                raise ContentError(
                    f"Nguồn “{source.key}” đang được đọc; hãy xem kết quả bằng lệnh: cchc portal list, "
                    f"hoặc thử lại sau {moment(source.next_at)}."
                )
        with ThreadPoolExecutor(min(LANES, len(wanted)), thread_name_prefix="portal") as pool:
            return [turn for turn in pool.map(self._read, wanted) if turn is not None]

    def stop(self) -> None:
        """Begin nothing new; what is being read ends within its own time limit."""
        self._stopped.set()

    def _tidy(self, now: datetime) -> None:
        with writing(self.engine) as session:
            put_away(session, now, self.days)

    def _guarded(self, source: PortalSource) -> Turn | None:
        """One source that fails in a way nobody thought of does not stop the others."""
        try:
            return None if self._stopped.is_set() else self._read(source)
        except Exception:
            log.exception("not_read", source=source.key)
            return None

    def _read(self, source: PortalSource) -> Turn | None:
        """Claim, ask, write; None when another process has the source."""
        assert source.id is not None
        with writing(self.engine) as session:
            lease = claim(session, source, self.clock.now())
        if lease is None:
            return None
        try:
            answer = self.ask(source, self.clock.now())
        except Exception as error:
            log.exception("not_read", source=source.key)
            words = f"Lỗi chưa được phân loại khi đọc nguồn ({type(error).__name__})."
            answer = Answer(Reading(error="unexpected", words=words))
        try:
            return self._write(source.id, lease, answer)
        except (IntegrityError, OperationalError):
            # the same article came from another feed at the same moment (or the two waited for each other); now it
            # is there to be found
            return self._write(source.id, lease, answer)

    def _write(self, source_id: int, lease: datetime, answer: Answer) -> Turn | None:
        """Everything that a reading changes, in one transaction: killed before its end, it was never read.

        What takes its time, cleaning what the portal told, comes before it.
        """
        now, told = self.clock.now(), answer.reading
        ready = articles(told) if told is not None and told.ok else []
        with writing(self.engine) as session:
            source = leased(session, source_id, lease)
            if source is None:
                return None
            recorded = Recorded()
            if told is not None and not told.ok:
                went_wrong(source, now, told.words, answer.wait)
                words = told.words
            else:
                if told is not None:
                    recorded = record(session, source, ready, now)
                odd = source.words if told is None and not source.failures else _odd(told, recorded)
                words = f"{_count(told, recorded)} {odd}".strip()
                went_well(source, now, *_marks(source, answer, recorded), words=odd)
            session.add(source)
        return Turn(source.key, told is None or told.ok, words, recorded)


def _marks(source: PortalSource, answer: Answer, recorded: Recorded) -> tuple[str, str]:
    """What to ask with the next time: etag and last-modified."""
    if answer.reading is None:
        return answer.etag or source.etag, answer.last_modified or source.last_modified
    # with articles left over, "nothing has changed" would be the wrong answer
    return ("", "") if recorded.left else (answer.etag, answer.last_modified)


def _count(told: Reading | None, recorded: Recorded) -> str:
    if told is None:
        return "Không có gì mới từ lần đọc trước."
    words = (
        f"{number(recorded.new)} đề xuất mới, {number(recorded.updated)} cập nhật, {number(recorded.same)} giữ nguyên."
    )
    if recorded.changed_after:
        words += f" {number(recorded.changed_after)} bài gốc đã sửa sau khi lấy."
    return words


def _odd(told: Reading | None, recorded: Recorded) -> str:
    """What an editor or the IT man should know of a reading that worked."""
    words = []
    if recorded.left:
        words.append(f"Còn {number(recorded.left)} bài mới, lần đọc sau lấy tiếp.")
    if told is not None and told.warnings:
        more = f" (và {len(told.warnings) - 1} điều khác)" if len(told.warnings) > 1 else ""
        words.append(f"Lưu ý: {told.warnings[0].rstrip('.')}{more}.")
    return " ".join(words)

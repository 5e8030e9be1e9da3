"""What would become of one item at its hour: the same questions that the queue asks then, asked beforehand."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.base import Part
from content.seasons import in_season, season_words
from content.tables import LateRule
from content.vietnamese import day, local_day, moment
from scheduler.channels import BLOCKED, CHANNEL_WORDS, CONNECTED
from scheduler.days import broken
from scheduler.foresight.values import RECURRENCE, STAFF, Cause, ChannelFacts, PostFacts, Snapshot, Standing, Trouble
from scheduler.hours import clock_of, is_quiet
from scheduler.lifecycle import WORDS, Event, State
from scheduler.pauses import covering, tell

STOPPED = frozenset({State.FAILED, State.MISSED, State.NEEDS_PERSON})
"""Only a person leads out of these."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One item with all that is known of it."""

    row: Standing
    post: PostFacts
    channel: ChannelFacts
    snapshot: Snapshot

    @property
    def late_until(self) -> datetime | None:
        """After this it is not sent any more; None: worth sending however late."""
        if self.row.id:
            return self.row.late_until
        if self.post.late_rule == LateRule.ANY_TIME:
            return None
        return self.row.at + timedelta(minutes=self.post.late_minutes)

    @property
    def is_left_out(self) -> bool:
        """Whether a rule that is against it keeps it out: an occurrence that is not queued yet."""
        return self.row.origin == RECURRENCE and not self.row.id

    def against(self, cause: Cause, words: str) -> Trouble:
        """What a rule has against it: a person may put it there nevertheless, the job that queues what recurs does
        not."""
        if self.is_left_out:
            return Trouble(cause, f"{words} Lượt lặp lại này sẽ bị bỏ qua.", self.page)
        return Trouble(cause, words, self.page, fails=False)

    @property
    def page(self) -> str:
        """Where at the desk something can be done about it."""
        return f"/muc/{self.row.id}" if self.row.id else f"/bai/{self.post.key}"

    def when_open_at(self, opens: datetime, cause: Cause, why: str, path: str) -> Trouble:
        """It has to wait until `opens`: too late for its own rule, or only late."""
        until = self.late_until
        if until is None or opens <= until:
            return Trouble(cause, f"{why} Bài sẽ đăng muộn, từ {moment(opens)}.", path, fails=False)
        if self.post.late_rule == LateRule.NEXT_SLOT and self.row.part == Part.POST:
            words = f"{why} Đến {moment(opens)} mới đăng được nên bài sẽ dời sang khung giờ trống sau đó."
            return Trouble(cause, words, path, fails=False)
        return Trouble(cause, f"{why} Đến {moment(opens)} mới đăng được, khi đó đã quá giờ của bài.", path)


def troubles_of(asked: Asked) -> list[Trouble]:
    """Everything that speaks against this item by itself; what depends on others is in `scheduler.foresight.crowd`."""
    return [*(trouble for check in CHECKS for trouble in check(asked)), *asked.row.crowd]


def _stopped(asked: Asked) -> Iterator[Trouble]:
    row = asked.row
    state = State(row.state)
    if state in STOPPED or (state is State.HELD and row.held_by != Event.APPROVAL_LOST):
        why = row.problem or "Hãy mở mục này để quyết định."
        yield Trouble(Cause.STOPPED, f"Mục đang ở trạng thái “{WORDS[state]}”, không tự đăng. {why}", asked.page)
    elif state is State.UNCONFIRMED:
        words = "Đang hỏi lại nền tảng xem bài đã hiện hay chưa."
        yield Trouble(Cause.STOPPED, words, asked.page, fails=False)


def _late(asked: Asked) -> Iterator[Trouble]:
    until, now = asked.late_until, asked.snapshot.now
    if State(asked.row.state) in STOPPED or until is None or until >= now:
        return
    if asked.post.late_rule == LateRule.NEXT_SLOT and asked.row.part == Part.POST:
        words = f"Đã quá giờ hẹn {moment(asked.row.at)}; bài sẽ dời sang khung giờ trống tiếp theo."
        yield Trouble(Cause.LATE, words, asked.page, fails=False)
    else:
        words = f"Đã quá giờ hẹn {moment(asked.row.at)} nên không tự đăng nữa; hãy chọn giờ khác."
        yield Trouble(Cause.LATE, words, asked.page)


def _approval(asked: Asked) -> Iterator[Trouble]:
    post = asked.post
    if not post.approved:
        path = f"/duyet/{post.key}" if post.submitted else f"/soan/{post.key}"
        state = f" (đang là “{post.waits_for}”)" if post.waits_for else ""
        words = f"Bài chưa được duyệt{state}; đến giờ sẽ bị giữ lại cho tới khi có người duyệt."
        yield Trouble(Cause.APPROVAL, words, path)


def _validity(asked: Asked) -> Iterator[Trouble]:
    if asked.row.part == Part.REVISION:
        return
    on, post, path = local_day(max(asked.row.at, asked.snapshot.now)), asked.post, f"/soan/{asked.post.key}"
    if post.valid_to is not None and post.valid_to < on:
        words = f"Bài chỉ có hiệu lực đến hết ngày {day(post.valid_to)}; hãy đổi giờ đăng hoặc hạn của bài."
        yield Trouble(Cause.VALIDITY, words, path)
    elif post.valid_from is not None and on < post.valid_from:
        words = f"Bài chỉ có hiệu lực từ ngày {day(post.valid_from)}; đến giờ sẽ bị giữ lại, hãy đổi giờ đăng."
        yield Trouble(Cause.VALIDITY, words, path)


def _season(asked: Asked) -> Iterator[Trouble]:
    season = asked.post.season
    if asked.row.part == Part.POST and not in_season(season, local_day(asked.row.at)):
        words = f"Bài dành cho mùa {season_words(season)}; ngày đăng nằm ngoài mùa."
        yield asked.against(Cause.SEASON, words)


def _channel(asked: Asked) -> Iterator[Trouble]:
    channel, path = asked.channel, f"/kenh/{asked.channel.key}"
    opens = channel.not_before
    if channel.state == CONNECTED or (channel.state == BLOCKED and opens is not None):
        if opens is not None and opens > asked.row.at:
            why = channel.state_words or "Nền tảng tạm thời không cho đăng."
            yield asked.when_open_at(opens, Cause.CHANNEL, f"Kênh “{channel.name}” phải chờ: {why}", path)
        return
    words = channel.state_words or f"{CHANNEL_WORDS[channel.state]}."
    yield Trouble(Cause.CHANNEL, f"Kênh “{channel.name}” không đăng được: {words}", path)


def _access(asked: Asked) -> Iterator[Trouble]:
    channel, path = asked.channel, f"/kenh/{asked.channel.key}"
    if not channel.has_access:
        words = f"Kênh “{channel.name}” chưa có mã truy cập; hãy kết nối kênh."
        yield Trouble(Cause.ACCESS, words, path)
    elif channel.expires_at is not None and not channel.renews and channel.expires_at <= asked.row.at:
        words = (
            f"Mã truy cập của kênh “{channel.name}” hết hạn lúc {moment(channel.expires_at)}, trước giờ đăng, "
            "và không tự làm mới được; hãy kết nối lại kênh."
        )
        yield Trouble(Cause.ACCESS, words, path)


def _pause(asked: Asked) -> Iterator[Trouble]:
    at = max(asked.row.at, asked.snapshot.now)
    pause = covering(asked.snapshot.pauses, asked.channel, at, asked.post)
    if pause is not None and not asked.post.allowed_in_pause:
        words = f"{tell(pause)} Đến giờ bài sẽ bị giữ lại."
        yield Trouble(Cause.PAUSE, words, "/tam-dung/giu-lai")


def _refused(asked: Asked) -> Iterator[Trouble]:
    words = asked.snapshot.refusals.get((asked.post.id, asked.channel.id), "")
    if words and asked.row.part == Part.POST:
        yield Trouble(Cause.REFUSED, f"{asked.channel.label} sẽ từ chối: {words}", f"/soan/{asked.post.key}")


def _window(asked: Asked) -> Iterator[Trouble]:
    opens = asked.row.opens
    if opens is not None and opens > asked.row.at:
        why = f"{asked.channel.label} không nhận gửi vào giờ này."
        yield asked.when_open_at(opens, Cause.WINDOW, why, asked.page)


def _quiet(asked: Asked) -> Iterator[Trouble]:
    channel, row = asked.channel, asked.row
    by_hand = row.part == Part.POST and (row.origin == STAFF or asked.is_left_out)
    if by_hand and is_quiet(row.at, channel.quiet_from, channel.quiet_until):
        hours = f"{clock_of(channel.quiet_from)} đến {clock_of(channel.quiet_until)}"
        words = f"Giờ đăng nằm trong giờ yên lặng của kênh “{channel.name}” ({hours})."
        yield asked.against(Cause.QUIET, words)


def _preparing(asked: Asked) -> Iterator[Trouble]:
    needs, left = asked.channel.prepare_ahead, asked.row.at - asked.snapshot.now
    waiting = asked.row.id and State(asked.row.state) in (State.SCHEDULED, State.RETRY_WAIT)
    if waiting and asked.post.has_video and timedelta(0) < left < needs:
        hours = int(needs.total_seconds() // 3600)
        words = (
            f"Chỉ còn {int(left.total_seconds() // 60)} phút để tải video lên, trong khi {asked.channel.label} "
            f"thường cần chuẩn bị trước {hours} giờ; bài có thể đăng muộn."
        )
        yield Trouble(Cause.PREPARING, words, asked.page, fails=False)


def _day(asked: Asked) -> Iterator[Trouble]:
    on = local_day(asked.row.at)
    rule = asked.snapshot.task.rules.get(on)
    if rule is not None and asked.row.part == Part.POST and (words := broken(rule, asked.post.tags, on)):
        yield asked.against(Cause.DAY, words)


Check = Callable[[Asked], Iterator[Trouble]]
CHECKS: Sequence[Check] = (
    *(_stopped, _late, _approval, _validity, _refused, _channel, _access, _pause),
    *(_window, _day, _season, _quiet, _preparing),
)
"""In the order in which a person would mend them."""

"""What needs this very person: each need is one sentence, a way on, and whatever stands behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from content import office
from content.holidays import Holiday
from content.standing import Approver
from content.tables import Review
from content.vietnamese import moment, number, weekday
from scheduler.channels import CHANNEL_WORDS, CONNECTED, OFF
from scheduler.lifecycle import WORDS, Event, State
from web.roles import Permission, Person
from web.rooms.today import reading
from web.rooms.today.reading import ChannelLine, Counts, Line
from web.words import Say, say

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Way:
    """A way on, in words."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing behind a need. `line`: a publication, which shows its state."""

    title: str
    words: Say
    ways: tuple[Way, ...] = ()
    line: Line | None = None
    channel: ChannelLine | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """Something to do. `icon` and `tone` as in the macros."""

    icon: str
    tone: str
    words: Say
    ways: tuple[Way, ...] = ()
    details: Sequence[Detail] = field(default_factory=tuple)


def as_approver(someone: Person) -> Approver:
    """How far this person's right to approve goes, and in whose name."""
    for level, right in ((2, Permission.APPROVE_SENSITIVE), (1, Permission.APPROVE)):
        if someone.may(right):
            return Approver(someone.name, level, someone.on_behalf_of(right))
    return Approver(someone.name, 0)


def needs(
    session: Session,
    someone: Person,
    known: dict[int, ChannelLine],
    counted: Counts,
    holidays: Mapping[date, Holiday],
    now: datetime,
) -> list[Need]:
    """Everything that waits for this person, the most pressing first."""
    found: list[Need] = []
    if not counted.runs(now):
        found.append(_clock(counted))
    if someone.may(Permission.SCHEDULE):
        found += _trouble(session, known, now)
    if counted.held_by_pause and (someone.may(Permission.SCHEDULE) or someone.may(Permission.PAUSE)):
        words = say("{n} mục bị giữ lại khi tạm dừng đang chờ quyết định.", n=number(counted.held_by_pause))
        found.append(Need("held", "warn", words, (Way("Quyết định", "/tam-dung/giu-lai"),)))
    if someone.may(Permission.CHANNELS):
        found += _channels(session, list(known.values()), now)
    found += _posts(session, someone)
    if someone.may(Permission.SCHEDULE):
        found += _empty(session, list(known.values()), holidays, now)
    if counted.suggestions and someone.may(Permission.EDIT):
        words = say("{n} đề xuất mới từ Cổng Thông tin điện tử.", n=number(counted.suggestions))
        found.append(Need("article", "calm", words, (Way("Xem đề xuất", "/de-xuat"),)))
    return found


def _clock(counted: Counts) -> Need:
    if counted.beat is None:
        words = say("Dịch vụ đăng bài không chạy nên đến giờ không có bài nào được đăng; hãy báo quản trị hệ thống.")
    else:
        words = say(
            "Dịch vụ đăng bài không chạy từ {at} nên đến giờ không có bài nào được đăng; hãy báo quản trị hệ thống.",
            at=moment(counted.beat),
        )
    return Need("bad", "bad", words)


# Publications -----------------------------------------------------------------------------------------------

_WAYS: dict[State, tuple[tuple[str, str], ...]] = {
    State.NEEDS_PERSON: (("Hỏi lại", "hoi-lai"), ("Kết luận", "ket-luan")),
    State.HELD: (("Tiếp tục", "tiep-tuc"), ("Đổi giờ", "doi-gio"), ("Hủy lịch", "huy")),
    State.FAILED: (("Đổi giờ", "doi-gio"), ("Hủy lịch", "huy")),
    State.MISSED: (("Đổi giờ", "doi-gio"), ("Hủy lịch", "huy")),
}


def _trouble(session: Session, known: dict[int, ChannelLine], now: datetime) -> list[Need]:
    lines, total = reading.in_trouble(session, now)
    if not lines:
        return []
    details = [_of_line(line, known) for line in lines]
    ways = (Way("Xem tất cả trong nhật ký", "/nhat-ky"),) if total > len(lines) else ()
    words = say("{n} mục trong hàng chờ cần người xử lý.", n=number(total))
    return [Need("ask", "bad", words, ways, details)]


def _of_line(line: Line, known: dict[int, ChannelLine]) -> Detail:
    if line.state is State.HELD and line.held_by == Event.APPROVAL_LOST:
        ways: tuple[Way, ...] = (Way("Mở bài", f"/bai/{line.key}"), Way("Đổi giờ", f"/muc/{line.id}/doi-gio?tiep=/"))
    else:
        ways = tuple(Way(words, f"/muc/{line.id}/{verb}?tiep=/") for words, verb in _WAYS[line.state])
    return Detail(line.title, say(line.problem or WORDS[line.state]), ways, line, known.get(line.channel_id))


# Channels ---------------------------------------------------------------------------------------------------


def _channels(session: Session, known: Sequence[ChannelLine], now: datetime) -> list[Need]:
    stopped = [one for one in known if one.state not in (CONNECTED, OFF)]
    ending = [
        one for one in known
        if one.state != OFF and one.dies_at is not None and one.dies_at <= now + reading.EXPIRES_SOON
    ]  # fmt: skip
    found = []
    for one in stopped:
        words = say(
            "{channel}: {state}. {why}", channel=one.name, state=CHANNEL_WORDS[one.state].lower(), why=one.words
        )
        found.append(Need("bad", "bad", words, (Way("Mở kênh", f"/kenh/{one.key}"),)))
    after = reading.after_the_end(session, ending)
    for one in ending:
        gone = one.dies_at is not None and one.dies_at <= now
        what = "đã hết hạn" if gone else "hết hạn"
        facts = {"channel": one.name, "what": what, "at": moment(one.dies_at)}
        if one.id in after:
            count, first = after[one.id]
            pattern = (
                "Mã truy cập của {channel} {what} lúc {at}; sau đó còn {n} mục trong hàng chờ, "
                "mục đầu tiên lúc {first}."
            )
            words = say(pattern, **facts, n=number(count), first=moment(first))
        else:
            words = say("Mã truy cập của {channel} {what} lúc {at}.", **facts)
        tone = "bad" if one.id in after else "warn"
        found.append(Need("lock", tone, words, (Way("Kết nối lại", f"/kenh/{one.key}"),)))
    return found


# Posts ------------------------------------------------------------------------------------------------------


def _posts(session: Session, someone: Person) -> list[Need]:
    waiting = reading.to_decide(session, as_approver(someone), edits=someone.may(Permission.EDIT))
    found = []
    if waiting.mine:
        words = say("{n} bài chờ bạn duyệt.", n=number(len(waiting.mine)) + ("+" if waiting.more else ""))
        details = [
            Detail(post.title, _submitted(submission), (Way("Xem và duyệt", f"/duyet/{post.key}"),))
            for post, submission in waiting.mine[:SHOWN]
        ]
        found.append(Need("approve", "calm", words, (Way("Duyệt bài", "/duyet"),), details))
    if waiting.returned:
        words = say("{n} bài được trả lại để sửa.", n=number(len(waiting.returned)))
        details = [
            Detail(post.title, say("Lý do trả lại: {why}", why=why or "-"), (Way("Sửa bài", f"/soan/{post.key}"),))
            for post, why in waiting.returned[:SHOWN]
        ]
        found.append(Need("left", "warn", words, (), details))
    return found


def _submitted(submission: Review | None) -> Say:
    if submission is None:
        return say("")
    return say("{name} trình lúc {at}.", name=submission.actor, at=moment(submission.at))


# Days -------------------------------------------------------------------------------------------------------


def _empty(
    session: Session, known: Sequence[ChannelLine], holidays: Mapping[date, Holiday], now: datetime
) -> list[Need]:
    lacking = reading.empty_days(session, known, now)
    if not lacking:
        return []
    details = []
    for one, days in lacking:
        named = [f"{weekday(on, short=True)} {on:%d/%m}" + _holiday(holidays, on) for on in days]
        ways = (Way("Xếp bài", f"/lich?tuan={_week(days[0])}"),)
        details.append(Detail(one.name, say("Chưa có bài: {days}.", days=", ".join(named)), ways, channel=one))
    words = say("{n} kênh còn ngày trống trong bảy ngày tới.", n=number(len(lacking)))
    return [Need("calendar", "warn", words, (), details)]


def _holiday(holidays: Mapping[date, Holiday], on: date) -> str:
    return f" ({holidays[on].name})" if on in holidays else ""


def _week(on: date) -> str:
    year, week, _ = on.isocalendar()
    return f"{year}-W{week:02}"


def named_days(session: Session, plan_dir: Path, today: date) -> dict[date, Holiday]:
    """The special days from today on; a file that cannot be read is the settings page's to tell."""
    return office.holidays_anyway(session, plan_dir, (today + timedelta(days=one) for one in range(reading.AHEAD + 1)))[
        0
    ]

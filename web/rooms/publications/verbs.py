"""The verbs of a publication: what each will do, what it asks for, what it answers.

The rules are the queue's (`scheduler`); a verb reads its form, asks the queue, and says what came of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connectors import connector_class
from connectors.base import Part
from content.editorial import is_approved
from content.tables import Post
from content.vietnamese import LOCAL, moment
from scheduler.db import reading
from scheduler.lifecycle import TRANSITIONS, Event, State
from scheduler.moving import MOVABLE, ask_again, hasten, move
from scheduler.parts import PART_WORDS
from scheduler.queue import Desk, is_address
from scheduler.release import back_to_draft
from scheduler.slots import warnings
from scheduler.tables import Channel, Publication
from web.forms import Form
from web.roles import Permission
from web.words import Say, say

REASON_MOST, ADDRESS_MOST = 500, 500


@dataclass(frozen=True, slots=True)
class Asked:
    """One publication, and somebody who wants something of it."""

    desk: Desk
    row: Publication
    post: Post
    channel: Channel
    form: Form
    actor: str
    now: datetime

    @property
    def number(self) -> int:
        """The publication's number."""
        return self.row.id or 0

    def say(self, words: str, **facts: str) -> Say:
        """A sentence about this publication: {title}, {channel}, {at} and {what} are known."""
        known = {"title": self.post.title, "channel": self.channel.name, "at": moment(self.row.due_at)}
        return say(words, **{**known, "what": PART_WORDS[self.row.part], **facts})

    def reason(self, *, required: bool) -> str:
        """Why, in one line."""
        return self.form.text("ly_do", "Lý do", most=REASON_MOST, required=required)


@dataclass(frozen=True, slots=True)
class Verb:
    """`tells` what will happen, before it does; `do` leaves errors in the form or does it and says so."""

    name: str
    """The last part of its address."""
    title: str
    button: str
    states: frozenset[State]
    tells: Callable[[Asked], Say]
    do: Callable[[Asked], Say]
    fields: tuple[str, ...] = ()
    danger: bool = False
    needs: tuple[Permission, ...] = (Permission.SCHEDULE,)


def from_states(event: Event) -> frozenset[State]:
    """The states in which this may happen."""
    return frozenset(state for state, one in TRANSITIONS if one is event)


# What each will do ------------------------------------------------------------------------------------------


def _tell_move(asked: Asked) -> Say:
    if asked.row.state == State.HELD and not is_approved(asked.post):
        return asked.say("Giờ đăng hiện nay là {at}. Mục này đang chờ duyệt và chỉ được đăng sau khi bài được duyệt.")
    return asked.say("Giờ đăng hiện nay là {at}. Hệ thống sẽ đăng bài trên {channel} vào giờ mới.")


def _tell_resume(asked: Asked) -> Say:
    if asked.row.due_at > asked.now:
        return asked.say("Mục này trở lại hàng chờ và được đăng trên {channel} lúc {at}.")
    return asked.say("Giờ đăng {at} đã qua nên bài sẽ được đăng trên {channel} ngay khi tới lượt.")


def _tell_settle(asked: Asked) -> Say:
    label = connector_class(asked.channel.platform).capabilities.label
    return asked.say("Hãy mở {label}, xem {what} đã có trên {channel} chưa rồi chọn đúng một kết luận.", label=label)


# Doing it ---------------------------------------------------------------------------------------------------


def _move(asked: Asked) -> Say:
    at = asked.form.moment("ngay", "gio", "Ngày và giờ đăng")
    seen, wrong = _seen(asked.form.raw("cu"))
    if wrong:
        asked.form.fail("ngay", say("Biểu mẫu đã cũ; hãy tải lại trang rồi chọn giờ."))
    if at is None or asked.form.errors:
        return say("")
    against = _against(asked, at)
    state = move(asked.desk, asked.number, at, now=asked.now, actor=asked.actor, seen=seen)
    if state is State.HELD:
        done = asked.say("Đã đổi giờ “{title}” trên {channel} sang {new}; mục này vẫn chờ duyệt.", new=moment(at))
    else:
        done = asked.say("Đã đổi giờ đăng “{title}” trên {channel} sang {new}.", new=moment(at))
    return say("{said} Lưu ý: {notes}", said=done, notes=" ".join(against)) if against else done


def _against(asked: Asked, at: datetime) -> list[str]:
    """What the channel's rules say against an hour that a person chose."""
    if asked.row.part != Part.POST:
        return []
    with reading(asked.desk.engine) as session:
        return warnings(
            session, asked.channel, at, now=asked.now, policy=asked.desk.policy, post=asked.post, itself=asked.row.id
        )


def _seen(text: str) -> tuple[datetime | None, bool]:
    """The time that stood on the page, when the form tells it; whether what it tells is none."""
    if not text:
        return None, False
    try:
        seen = datetime.fromisoformat(text)
    except ValueError:
        return None, True
    return (seen if seen.tzinfo else seen.replace(tzinfo=LOCAL)), False


def _act(event: Event, done: str) -> Callable[[Asked], Say]:
    def do(asked: Asked) -> Say:
        why = asked.reason(required=False)
        if asked.form.errors:
            return say("")
        asked.desk.act(asked.number, event, now=asked.now, actor=asked.actor, words=why)
        return asked.say(done)

    return do


def _now(asked: Asked) -> Say:
    hasten(asked.desk, asked.number, now=asked.now, actor=asked.actor)
    return asked.say("Đang đăng “{title}” trên {channel}; kết quả hiện ở đây sau ít phút.")


def _ask(asked: Asked) -> Say:
    ask_again(asked.desk, asked.number, now=asked.now, actor=asked.actor)
    return asked.say("Đang hỏi lại {channel} về “{title}”; kết quả hiện ở đây sau ít phút.")


def _settle(asked: Asked) -> Say:
    form = asked.form
    what = form.choice("ket_qua", "Kết luận", ("co", "da_gui", "chua_co"))
    why, link = asked.reason(required=True), ""
    if what == "co":
        link = form.text("dia_chi", "Địa chỉ bài đăng", most=ADDRESS_MOST, required=True)
        if link and not is_address(link):
            form.fail("dia_chi", say("Địa chỉ bài đăng phải bắt đầu bằng https:// và chép nguyên từ trình duyệt."))
    if form.errors:
        return say("")
    asked.desk.settle(asked.number, link, now=asked.now, actor=asked.actor, sent=what == "da_gui", reason=why)
    if what == "chua_co":
        return asked.say("Đã ghi: “{title}” chưa có trên {channel}; hệ thống sẽ đăng lại.")
    return asked.say("Đã ghi: “{title}” đã có trên {channel}.")


def _withdraw(asked: Asked) -> Say:
    why = asked.reason(required=True)
    if asked.form.errors:
        return say("")
    asked.desk.withdraw(asked.number, why, now=asked.now, actor=asked.actor)
    return asked.say("Đã gỡ “{title}” khỏi {channel}.")


def _draft(asked: Asked) -> Say:
    why = asked.reason(required=False)
    if asked.form.errors:
        return say("")
    back_to_draft(asked.desk, asked.number, why, now=asked.now, actor=asked.actor)
    return asked.say("Đã bỏ mục này khỏi hàng chờ và trả “{title}” về cho người soạn.")


def _tells(words: str) -> Callable[[Asked], Say]:
    return lambda asked: asked.say(words)


_ALL = (
    Verb("doi-gio", "Đổi giờ đăng", "Đổi giờ", frozenset(MOVABLE), _tell_move, _move, ("gio",)),
    Verb(
        "giu",
        "Giữ lại",
        "Giữ lại",
        from_states(Event.HELD),
        _tells("“{title}” không được đăng trên {channel} cho đến khi có người cho tiếp tục."),
        _act(Event.HELD, "Đã giữ lại “{title}” trên {channel}."),
        ("ly_do",),
    ),
    Verb(
        "tiep-tuc",
        "Tiếp tục",
        "Tiếp tục",
        from_states(Event.RESUMED),
        _tell_resume,
        _act(Event.RESUMED, "Đã đưa “{title}” trở lại hàng chờ của {channel}."),
    ),
    Verb(
        "huy",
        "Hủy lịch",
        "Hủy lịch",
        from_states(Event.CANCELLED),
        _tells("“{title}” sẽ không được đăng trên {channel} lúc {at}. Bài vẫn còn trong thư viện."),
        _act(Event.CANCELLED, "Đã hủy lịch đăng “{title}” trên {channel}."),
        ("ly_do",),
        danger=True,
    ),
    Verb(
        "dang-ngay",
        "Đăng ngay",
        "Đăng ngay",
        frozenset(MOVABLE),
        _tells("“{title}” sẽ được đăng ngay trên {channel}, không đợi đến {at}. Đăng rồi thì chỉ gỡ bài được."),
        _now,
    ),
    Verb(
        "hoi-lai",
        "Hỏi lại nền tảng",
        "Hỏi lại",
        from_states(Event.ASKED),
        _tells("Hệ thống hỏi lại xem “{title}” đã có trên {channel} chưa; trong lúc hỏi không đăng lại gì."),
        _ask,
    ),
    Verb(
        "ket-luan",
        "Kết luận kết quả đăng",
        "Ghi kết luận",
        frozenset({State.NEEDS_PERSON}),
        _tell_settle,
        _settle,
        ("ket_qua",),
    ),
    Verb(
        "go-bai",
        "Gỡ bài",
        "Gỡ bài",
        frozenset({State.PUBLISHED, State.WITHDRAWN}),
        _tells("“{title}” sẽ bị gỡ khỏi {channel}, người xem không còn thấy nữa. Gỡ rồi không khôi phục được."),
        _withdraw,
        ("ly_do!",),
        danger=True,
        needs=(Permission.SCHEDULE, Permission.APPROVE),
    ),
    Verb(
        "ve-nhap",
        "Chuyển về nháp",
        "Chuyển về nháp",
        frozenset({State.HELD}),
        _tells("Mục đăng lúc {at} trên {channel} bị bỏ, và “{title}” được trả về cho người soạn sửa, trình duyệt lại."),
        _draft,
        ("ly_do",),
    ),
)
VERBS = {one.name: one for one in _ALL}
"""By the last part of their address."""

"""What happened, told to people: one sentence for every kind of event, decision and act.

A `Story` keeps its sentence as `Say`, so that it is told in the reader's language; what a platform or a person wrote
about it stands beside it as it was written.
"""

from dataclasses import dataclass
from datetime import datetime

from connectors.base import Part
from content.tables import Review
from reports.lives import OUTCOMES, TRIES
from scheduler.claim import WAITS
from scheduler.lateness import SPACED
from scheduler.lifecycle import Event, State
from scheduler.parts import PART_WORDS
from scheduler.tables import Attempt, PublicationEvent
from web.acts import Act
from web.tables import DeskAct
from web.words import Say, say

SYSTEM, AUTOPILOT = Say("Hệ thống"), Say("Xếp lịch tự động")
THIS = Say("này")
"""How a post is called on its own page."""
QUEUED = "queued"
"""The first event of every publication; no edge leads to it."""

CLAIMED = {
    State.PREPARING: "{who} bắt đầu chuẩn bị bài {what} cho {channel}.",
    State.PUBLISHING: "{who} bắt đầu gửi bài {what} lên {channel}.",
    State.UNCONFIRMED: "{who} hỏi {channel} xem bài {what} đã có chưa.",
}
EVENTS: dict[str, str] = {
    QUEUED: "{who} xếp bài {what} vào hàng chờ của {channel}.",
    WAITS: "Đến giờ mà bài {what} còn phải đợi trước khi lên {channel}.",
    SPACED: "Bài {what} đã trễ giờ nên được đăng lên {channel} cách các bài khác một khoảng.",
    Event.CLAIMED: CLAIMED[State.PREPARING],
    Event.STEP_DONE: "{who} chuẩn bị thêm được một phần của bài {what} cho {channel}.",
    Event.PREPARED: "{who} chuẩn bị xong bài {what}, sẵn sàng đăng lên {channel}.",
    Event.STALE: "Bản chuẩn bị của bài {what} cho {channel} không còn dùng được nên được làm lại.",
    Event.SUCCEEDED: "Bài {what} đã hiện trên {channel}.",
    Event.ACCEPTED: "{channel} đã nhận bài {what}; hệ thống đợi bài hiện ra.",
    Event.WILL_RETRY: "Chưa đăng được bài {what} lên {channel}; hệ thống sẽ tự thử lại.",
    Event.REJECTED: "Không đăng được bài {what} lên {channel}.",
    Event.NO_ANSWER: "Đã gửi bài {what} mà {channel} không trả lời; chưa rõ bài đã hiện hay chưa.",
    Event.LEASE_RAN_OUT: "Việc đang làm với bài {what} trên {channel} bị ngắt giữa chừng.",
    Event.NOT_BEGUN: "Chưa tiến trình nào nhận bài {what} trên {channel} nên hệ thống xếp lại.",
    Event.FOUND: "{who} tìm thấy bài {what} trên {channel}.",
    Event.LOOK_AGAIN: "Chưa thấy bài {what} trên {channel}; hệ thống sẽ tìm lại.",
    Event.NOT_FOUND: "{who} tìm đủ lần mà không thấy bài {what} trên {channel}; bài sẽ được gửi lại.",
    Event.UNCLEAR: "Không tự biết được bài {what} đã có trên {channel} chưa; cần người xem.",
    Event.ASKED: "{who} yêu cầu hỏi lại {channel} về bài {what}.",
    Event.APPROVAL_LOST: "Bài {what} bị giữ lại, chưa lên {channel}, vì chưa được duyệt đúng như hiện có.",
    Event.TOO_LATE: "Bài {what} đã quá giờ đăng trên {channel} nên không gửi nữa.",
    Event.EXPIRED: "Bài {what} hết thời gian hiệu lực trước giờ đăng trên {channel}.",
    Event.HELD: "{who} giữ lại bài {what} trên {channel}.",
    Event.PAUSED: "Bài {what} được giữ lại, chưa đăng trên {channel}, vì có lệnh tạm dừng.",
    Event.MOVED: "{who} đổi giờ đăng bài {what} trên {channel}.",
    Event.RESUMED: "{who} cho bài {what} tiếp tục lên {channel}.",
    Event.CANCELLED: "{who} hủy lịch đăng bài {what} trên {channel}.",
    Event.WITHDRAWN: "{who} gỡ bài {what} khỏi {channel}.",
    Event.RESTORED: "Dữ liệu được khôi phục từ bản cũ hơn nên bài {what} được đối chiếu với {channel} trước khi đăng.",
    Event.COMPARED: "{who} đối chiếu: bài {what} chưa có trên {channel}; bài chờ đăng như đã xếp.",
}
BY_A_PERSON = {
    Event.FOUND: "{who} kết luận: bài {what} đã có trên {channel}.",
    Event.NOT_FOUND: "{who} kết luận: bài {what} chưa có trên {channel}; bài sẽ được gửi lại.",
}
"""Where a person's decision reads otherwise than what the system found."""
REVIEWS: dict[str, str] = {
    "loaded": "{who} nạp bài {what}.",
    "created": "{who} soạn bài mới {what}.",
    "proposed": "{who} gửi đề xuất bài {what}.",
    "changed": "{who} sửa bài {what}.",
    "submitted": "{who} trình duyệt bài {what}.",
    "endorsed": "{who} duyệt cấp 1 bài {what}.",
    "approved": "{who} duyệt bài {what}.",
    "approved_urgently": "{who} duyệt khẩn một mình bài {what}.",
    "returned": "{who} trả lại bài {what}.",
}
ACTS: dict[str, str] = {
    Act.SIGNED_IN: "{who} đăng nhập.",
    Act.SIGNED_OUT: "{who} đăng xuất.",
    Act.SESSION_ENDED: "{who} kết thúc một phiên đăng nhập.",
    Act.PASSWORD: "{who} đặt mật khẩu.",
    Act.TOTP: "{who} đổi xác thực hai bước.",
    Act.PERSON: "{who} sửa thông tin người dùng.",
    Act.DELEGATED: "{who} thay đổi ủy quyền duyệt.",
    Act.TOKEN: "{who} thay đổi mã truy cập cho chương trình.",
    Act.SETTING: "{who} sửa cấu hình.",
    Act.FEED: "{who} sửa nguồn tin.",
    Act.CHANNEL: "{who} sửa kênh.",
    Act.PAUSED: "{who} tạm dừng việc đăng bài.",
    Act.RESUMED: "{who} cho việc đăng bài tiếp tục.",
    Act.FILE: "{who} tải tệp lên.",
    Act.CAMPAIGN: "{who} sửa chiến dịch.",
    Act.REPORT: "{who} lập hoặc sửa báo cáo.",
    Act.ACTIVITY: "{who} ghi hoặc sửa hoạt động trực tiếp.",
    Act.SUBMISSION: "{who} ghi việc nộp báo cáo.",
    Act.SUMMARY: "{who} sửa hoặc gửi tổng hợp tuần.",
    Act.EVIDENCE: "{who} lập hồ sơ kiểm chứng.",
    Act.RETENTION: "{who} xóa dữ liệu hết thời hạn hoặc sửa thời hạn lưu giữ.",
    Act.HOLD: "{who} đặt hoặc dỡ lệnh giữ hồ sơ.",
    Act.ARCHIVE: "{who} niêm phong hoặc tải về gói lưu trữ tháng.",
    Act.PERSONAL_DATA: "{who} trích xuất hoặc xóa dữ liệu cá nhân của người dùng.",
    Act.PLAN: "{who} nạp kế hoạch.",
    Act.LIBRARY: "{who} nạp thư viện.",
    Act.EXPORT: "{who} xuất nhật ký kiểm toán.",
    Act.BACKUP: "{who} sao lưu dữ liệu.",
    Act.RESTORE: "{who} khôi phục dữ liệu từ bản sao lưu.",
    Act.KEY: "{who} thay, xuất hoặc đặt lại khóa bảo vệ bí mật.",
    Act.MOVED: "{who} chuyển dữ liệu sang cơ sở dữ liệu khác.",
}
UNTOLD = "{who}: {what}."
"""For a word in the history that this version does not know."""


@dataclass(frozen=True, slots=True)
class Story:
    """One thing that happened."""

    at: datetime
    sentence: Say
    words: str = ""
    """What was written about it then: by a platform, by the system or by a person."""
    link: str = ""
    """Where it can be read in full."""
    kind: str = ""
    """publication, review or desk."""


def called(title: str, part: str = Part.POST) -> Say:
    """How a post, or what follows it, is called in a sentence; without a title on its own page."""
    what = Say("“{title}”", title=title) if title else THIS
    return what if part == Part.POST else say("{what} ({part})", what=what, part=Say(PART_WORDS.get(part, part)))


def of_event(row: PublicationEvent, title: str, part: str, channel: str) -> Story:
    """An event in the life of a publication."""
    pattern = BY_A_PERSON.get(Event(row.event)) if row.actor and row.event in BY_A_PERSON else None
    if row.event == Event.CLAIMED:
        pattern = next((words for state, words in CLAIMED.items() if state == row.state_after), None)
    who = AUTOPILOT if row.actor == "autopilot" else row.actor or SYSTEM
    what = called(title, part) if row.event in EVENTS else row.event
    sentence = Say(pattern or EVENTS.get(row.event, UNTOLD), who=who, what=what, channel=channel)
    return Story(row.at, sentence, row.words, f"/muc/{row.publication_id}", "publication")


def of_review(row: Review, key: str, title: str = "") -> Story:
    """A decision about a post."""
    pattern = REVIEWS.get(row.action)
    what = called(title) if pattern else row.action
    return Story(row.at, Say(pattern or UNTOLD, who=row.actor, what=what), row.reason, f"/bai/{key}", "review")


def of_act(row: DeskAct) -> Story:
    """Something a person did at the desk."""
    pattern = ACTS.get(row.act)
    sentence = Say(pattern, who=row.actor) if pattern else Say(UNTOLD, who=row.actor, what=row.act)
    told = (row.subject if row.act != Act.FILE else "", row.words)
    return Story(row.at, sentence, ": ".join(filter(None, told)), "", "desk")


def of_attempt(row: Attempt) -> tuple[str, str]:
    """What was tried, and how it ended, as sentences' parts."""
    return TRIES.get(row.action, row.action), OUTCOMES.get(row.outcome, row.outcome)

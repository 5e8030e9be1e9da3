"""What became of a publication, in a few words each: its moves, its tries, and how they ended."""

from scheduler.claim import WAITS
from scheduler.lateness import SPACED
from scheduler.lifecycle import Event

TRIES = {
    "prepare": "Chuẩn bị",
    "publish": "Gửi lên nền tảng",
    "find": "Hỏi nền tảng xem bài đã có chưa",
    "withdraw": "Gỡ khỏi nền tảng",
}
"""What was tried."""
OUTCOMES = {
    "": "chưa có kết quả",
    "ok": "xong",
    "accepted": "nền tảng đã nhận",
    "not_there": "không thấy bài trên kênh",
    "unclear": "không xác định được",
    "not_begun": "chưa bắt đầu vì chưa có tiến trình nhận việc",
    "approval_lost": "dừng lại vì bài chưa được duyệt đúng như hiện có",
    "paused": "dừng lại vì đang tạm dừng",
    "connectorerror": "có lỗi",
    "rejected": "nền tảng không nhận",
    "reconnect": "mã truy cập không còn dùng được",
    "misconfigured": "thiếu quyền hoặc sai cấu hình",
    "blocked": "tài khoản đang bị nền tảng chặn",
    "limited": "đã hết lượt cho phép",
    "limitedwork": "đã hết lượt cho phép của loại việc này",
    "overbudget": "đã dùng hết hạn mức",
    "unavailable": "chưa làm được gì, thử lại được",
    "unconfirmed": "đã gửi mà không có trả lời",
    "unclassified": "có lỗi chưa rõ loại",
}
"""How it ended: the class of the error in lower case, or what was found."""

MOVES: dict[str, str] = {
    "queued": "xếp vào hàng chờ",
    WAITS: "đến giờ nhưng còn phải đợi",
    SPACED: "đăng cách bài khác vì đã trễ giờ",
    Event.CLAIMED: "hệ thống bắt đầu làm",
    Event.STEP_DONE: "chuẩn bị thêm một phần",
    Event.PREPARED: "chuẩn bị xong",
    Event.STALE: "bản chuẩn bị đã cũ, chuẩn bị lại",
    Event.SUCCEEDED: "đã hiện trên kênh",
    Event.ACCEPTED: "nền tảng đã nhận, đợi hiện",
    Event.WILL_RETRY: "chưa đăng được, sẽ tự thử lại",
    Event.REJECTED: "nền tảng từ chối",
    Event.NO_ANSWER: "đã gửi mà không có trả lời",
    Event.LEASE_RAN_OUT: "bị ngắt giữa chừng",
    Event.NOT_BEGUN: "chưa có tiến trình nhận việc",
    Event.FOUND: "tìm thấy trên kênh",
    Event.LOOK_AGAIN: "chưa thấy, sẽ tìm lại",
    Event.NOT_FOUND: "không có trên kênh, gửi lại",
    Event.UNCLEAR: "không tự biết được, cần người xem",
    Event.ASKED: "yêu cầu hỏi lại nền tảng",
    Event.APPROVAL_LOST: "bị giữ vì chưa được duyệt đúng như hiện có",
    Event.TOO_LATE: "quá giờ đăng",
    Event.EXPIRED: "hết thời gian hiệu lực",
    Event.HELD: "giữ lại",
    Event.PAUSED: "giữ lại vì có lệnh tạm dừng",
    Event.MOVED: "đổi giờ đăng",
    Event.RESUMED: "cho tiếp tục",
    Event.CANCELLED: "hủy lịch",
    Event.WITHDRAWN: "gỡ khỏi kênh",
    Event.RESTORED: "dữ liệu khôi phục từ bản cũ hơn, đối chiếu với kênh trước khi đăng",
    Event.COMPARED: "đối chiếu: không có trên kênh, chờ đăng như đã xếp",
}
"""The edges of a publication's life."""

"""The house itself: pauses, failed jobs, workers and feeds that are gone, notices that reach nobody, deadlines."""

from collections.abc import Iterator
from datetime import timedelta

from content.vietnamese import moment
from scheduler.alarms.values import Snapshot
from scheduler.jobs import TAKE_OVER
from scheduler.notices import Finding, Grade, Kind

NEWS_LASTS = timedelta(days=1)
"""The end of a pause is news for so long."""
UNREAD = timedelta(days=1)
"""A feed that could not be read for this long is told."""

_WAYS = {
    "mail": "Hãy kiểm tra các dòng CCHC_SMTP_… trong tệp .env rồi thử bằng lệnh: cchc notices test.",
    "webhook": "Hãy kiểm tra CCHC_WEBHOOKS trong tệp .env và máy nhận rồi thử bằng lệnh: cchc notices test.",
}


def pauses(snapshot: Snapshot) -> Iterator[Finding]:
    """Pauses in force, and those that ended lately."""
    for one in snapshot.pauses:
        if one.since > snapshot.now:
            continue
        if one.over is None or one.over > snapshot.now:
            words = f"{one.told} Do {one.started_by} đặt; bài đến giờ được giữ lại, trừ bài được phép đăng."
            yield Finding(Kind.PAUSE, f"pause:{one.id}:began", Grade.NEWS, words, "/tam-dung")
        elif one.over > one.since and one.over > snapshot.now - NEWS_LASTS:
            by = f"do {one.ended_by} kết thúc" if one.ended_at and one.over == one.ended_at else "tự kết thúc"
            words = (
                f"Lệnh tạm dừng số {one.id} đã {by} lúc {moment(one.over)}; hãy xem các mục đã bị giữ lại và quyết "
                "định từng mục."
            )
            yield Finding(Kind.PAUSE, f"pause:{one.id}:ended", Grade.NEWS, words, "/tam-dung/giu-lai")


def failed_jobs(snapshot: Snapshot) -> Iterator[Finding]:
    """Calendar jobs whose newest run failed, or died on its way."""
    for one in snapshot.jobs:
        died = not one.outcome and one.started_at <= snapshot.now - 2 * TAKE_OVER
        if one.outcome != "failed" and not died:
            continue
        why = f" ({one.told.rstrip('.')})" if one.told else ""
        what = "bị lỗi" if one.outcome == "failed" else "chưa xong và có thể đã dừng giữa chừng"
        words = (
            f"Việc “{one.words}” của lúc {moment(one.slot)} {what}{why}; hệ thống sẽ tự làm lại. Nếu vẫn lỗi, hãy báo "
            "quản trị hệ thống xem nhật ký."
        )
        subject = f"job:{one.name}:{one.slot:%Y%m%d%H%M}"
        yield Finding(Kind.JOB, subject, Grade.ALARM, words, "/nhat-ky")


def unread_portals(snapshot: Snapshot) -> Iterator[Finding]:
    """Feeds that could not be read for a day."""
    for one in snapshot.portals:
        if one.since > snapshot.now - UNREAD:
            continue
        words = (
            f"Nguồn tin “{one.name}” không đọc được từ {moment(one.since)}. {one.words.rstrip('.')}. Hãy sửa địa chỉ "
            "hoặc tạm dừng nguồn này."
        )
        subject = f"portal:{one.key}:{one.since:%Y%m%d%H%M}"
        yield Finding(Kind.PORTAL, subject, Grade.WARNING, words, f"/cau-hinh/nguon-tin/{one.key}")


def unheard(snapshot: Snapshot) -> Iterator[Finding]:
    """Ways of telling that do not work: then only the desk tells."""
    for one in snapshot.ways:
        what = "bằng thư" if one.way == "mail" else f"tới webhook {one.target}"
        why = f" {one.words.rstrip('.')}." if one.words else ""
        words = f"Không gửi được thông báo {what} từ {moment(one.at)}.{why} {_WAYS[one.way]}"
        yield Finding(Kind.TELLING, f"telling:{one.way}:{one.target[:200]}", Grade.ALARM, words, "/thong-bao")


def no_workers(snapshot: Snapshot) -> Iterator[Finding]:
    """The clocks hand over what is due, and nobody is there to take it: nothing goes out."""
    if snapshot.workers == 0:
        words = (
            "Không có tiến trình cchc worker nào đang chạy nên bài đến giờ không được đăng; hãy báo quản trị hệ thống "
            "khởi động lại các tiến trình này (lệnh: cchc worker)."
        )
        yield Finding(Kind.WORKERS, "workers:none", Grade.ALARM, words, "/")


def deadlines(snapshot: Snapshot) -> Iterator[Finding]:
    """Days by which agencies have to hand in: each reminder is an event of its own, so each is told once."""
    for one in snapshot.deadlines:
        subject = f"deadline:{one.plan}:{one.code}:{one.step}"
        path = f"/hoat-dong/nop-bao-cao?han={one.code}"
        yield Finding(Kind.DEADLINE, subject, Grade.WARNING, f"{one.words} Hãy đôn đốc các cơ quan này.", path)

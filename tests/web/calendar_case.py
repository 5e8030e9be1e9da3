"""An office whose calendar runs itself, for the pages of the autopilot and of the dry run."""

from datetime import timedelta
from typing import Any

from content.tables import Editorial
from scheduler.channels import set_slots
from scheduler.db import writing
from scheduler.tables import Channel, Credential, Pause
from tests.conftest import NOW
from tests.web.desk import Desk

TITLES = (
    "Giữ giấy hẹn để biết ngày nhận kết quả giải quyết thủ tục hành chính tại bộ phận một cửa",
    "Nộp hồ sơ trực tuyến tại nhà",
    "Nhận ra trang giả mạo cơ quan nhà nước và năm thói quen an toàn trên mạng",
    "Phản ánh hiện trường bằng ứng dụng của tỉnh",
    "Bảy nhóm nhiệm vụ cải cách hành chính",
)
A_DAY = timedelta(days=1)


def page_of(desk: Desk, key: str = "fanpage", *minutes: int, **facts: Any) -> Channel:
    """A connected channel that takes posts at these minutes of every day."""
    channel = desk.channel("facebook", key=key, name=facts.pop("name", "Fanpage tỉnh"), **facts)
    with writing(desk.engine) as session:
        set_slots(session, channel, {weekday: list(minutes) or [450, 1020] for weekday in range(7)})
        session.add(Credential(channel_id=channel.id or 0, secret=b"x", updated_at=NOW))
    return channel


def library(desk: Desk, count: int = 33) -> list[Any]:
    """Approved posts over all topics, some with long titles."""
    return [
        desk.post(key=f"thu-vien-{number}", title=f"{TITLES[number % 5]} ({number})", topic="abcdđeghikl"[number % 11])
        for number in range(count)
    ]


def trouble(desk: Desk, channel: Channel) -> dict[str, int]:
    """Items of the queue that would not go out, by what is wrong: their numbers."""
    draft = desk.post(title="Lịch tiếp công dân cuối năm của Chủ tịch UBND tỉnh", state=Editorial.SUBMITTED)
    ends = desk.post(title="Hạn cuối nộp hồ sơ đợt 2", valid_to=(NOW + 2 * A_DAY).date())
    paused = desk.post(title="Cuộc thi tìm hiểu dịch vụ công")
    with writing(desk.engine) as session:
        session.add(Pause(reason="quoc_tang", since=NOW + 5 * A_DAY, until=NOW + 6 * A_DAY, started_by="Hà"))
    hours = {
        "approval": (draft, NOW + A_DAY),
        "validity": (ends, NOW + 4 * A_DAY),
        "pause": (paused, NOW + 5.2 * A_DAY),
    }
    found = {}
    for name, (post, due) in hours.items():
        held = {"state": "held", "held_by": "approval_lost"} if name == "approval" else {}
        row = desk.publication(post_id=post.id, channel_id=channel.id, due_at=due, next_attempt_at=due, **held)
        found[name] = row.id or 0
    return found

"""A desk with campaigns that are running, over and to come, with figures, for the tests of their pages."""

from datetime import date, timedelta
from typing import Any

from content.campaign_fields import CampaignFields
from content.campaigns import add_posts, create, end
from content.tables import Campaign
from scheduler.db import writing
from scheduler.lifecycle import State
from scheduler.tables import Channel, Reading
from tests.conftest import LAN, MINH, NOW
from tests.web.desk import Desk

KEY = "tuan-le-phan-anh-hien-truong"
HERE = f"/chien-dich/{KEY}"
TITLES = (
    ("Phản ánh hiện trường: chụp, gửi, theo dõi", "l"),
    (
        "Camera giám sát đô thị: vì an toàn của bạn, dùng thế nào cho đúng? Những điều cần biết trước khi gửi phản ánh",
        "l",
    ),
    ("Xem hồ sơ của mình đang được giải quyết đến đâu", "l"),
    ("Mùa mưa lũ: bật cảnh báo trên ứng dụng đô thị thông minh", "l"),
    ("Năm thói quen giữ an toàn khi lên mạng", "k"),
    ("Nhận ra trang giả mạo cơ quan nhà nước trong 30 giây", "k"),
)
FIELDS = CampaignFields(
    "Tuần lễ phản ánh hiện trường", date(2026, 11, 12), date(2026, 12, 6),
    "Người dân biết gửi phản ánh và theo dõi kết quả xử lý.", ("fanpage", "oa"), 20, {"l": 12, "k": 5}, {"fanpage": 14},
)  # fmt: skip


def made(desk: Desk, fields: CampaignFields = FIELDS, posts: list[str] | None = None, *, by: str = LAN) -> Campaign:
    """A campaign with these posts."""
    channels = ["fanpage", "oa", "youtube"]
    with writing(desk.engine) as session:
        row = create(session, fields, channels=channels, by=by, now=desk.clock.now()).row
        if posts:
            add_posts(session, row.key, posts, by=by, now=desk.clock.now())
    return row


def furnished(desk: Desk) -> Desk:
    """Two channels; six posts of which four went out, with readings; four campaigns."""
    page = desk.channel("facebook", key="fanpage", name="Cải cách hành chính Huế")
    oa = desk.channel("zalo", key="oa", name="Cổng TTĐT thành phố Huế")
    rows = [desk.post(key=f"bai-cd-{n}", title=title, topic=topic) for n, (title, topic) in enumerate(TITLES)]
    for n, row in enumerate(rows[:4]):
        _publish(
            desk, row.id, page, NOW - timedelta(days=9 - 2 * n), reach=1_200 * (n + 1), reactions=40 * n, comments=3
        )
        if n % 2:
            _publish(desk, row.id, oa, NOW - timedelta(days=8 - 2 * n), views=310 * n)
    for n, (row, channel, state) in enumerate(
        [(rows[4], page, State.SCHEDULED), (rows[0], oa, State.READY), (rows[2], oa, State.FAILED)]
    ):
        desk.publication(post_id=row.id, channel_id=channel.id, due_at=NOW + timedelta(days=n + 1), state=state)
    made(desk, FIELDS, [row.key for row in rows])
    made(desk, CampaignFields("Ngày Chuyển đổi số quốc gia 10/10", date(2026, 10, 5), date(2026, 10, 12), total=8))
    later = CampaignFields(
        "Chung tay giữ an toàn khi mua sắm và làm thủ tục trên mạng dịp Tết Nguyên đán Đinh Mùi năm 2027",
        date(2027, 1, 4), date(2027, 2, 12), total=30, topics={"k": 20},
    )  # fmt: skip
    made(desk, later)
    made(desk, CampaignFields("Đợt giới thiệu một cửa", date(2026, 11, 1), date(2026, 11, 30)), [rows[0].key])
    with writing(desk.engine) as session:
        end(session, "dot-gioi-thieu-mot-cua", by=MINH, now=NOW)
    return desk


def _publish(desk: Desk, post_id: int | None, channel: Channel, at: Any, **values: int) -> None:
    row = desk.publication(
        post_id=post_id, channel_id=channel.id, state=State.PUBLISHED, due_at=at, published_at=at, next_attempt_at=None,
        permalink="https://example.vn/1",
    )  # fmt: skip
    with writing(desk.engine) as session:
        session.add_all(
            Reading(
                channel_id=row.channel_id, publication_id=row.id, metric=name, value=value, name=f"post_{name}",
                version="v26.0", taken_at=NOW - timedelta(hours=2),
            )
            for name, value in values.items()
        )  # fmt: skip

"""What only OA Manager shows and a person may enter: the figures of a broadcast (zalo 4.2, 5.4)."""

from connectors.base import ByHand, Metric, Part

_CONSOLE = "Nhập tay từ OA Manager (trang quản trị Zalo OA)"

BY_HAND = (
    ByHand(
        Metric.SENT,
        Part.BROADCAST,
        "Số người được gửi",
        f"{_CONSOLE}: số người quan tâm mà tin truyền thông đã được gửi tới.",
    ),
    ByHand(
        Metric.DELIVERED,
        Part.BROADCAST,
        "Số người đã nhận",
        f"{_CONSOLE}: số người quan tâm đã nhận được tin truyền thông.",
    ),
    ByHand(
        Metric.OPENED,
        Part.BROADCAST,
        "Số người đã xem",
        f"{_CONSOLE}: số người quan tâm đã mở xem tin truyền thông.",
    ),
)

"""The days on which Facebook stopped counting something, or began to count it in another way (facebook 5.3).

Only metrics that a figure of ours follows on from: the purges of 2024 ended counts that have no successor here.
"""

from datetime import date

from connectors.measuring import DefinitionBreak, Metric

SOURCE = "facebook 5.3"
IMPRESSIONS_END = date(2025, 11, 15)
UNIQUE_END = date(2026, 6, 15)
"""Meta's own page prints 2025; its reference and the notes on v25 say 2026."""

BREAKS = (
    DefinitionBreak(
        Metric.VIEWS,
        IMPRESSIONS_END,
        "Từ ngày 15/11/2025 Facebook bỏ số lượt hiển thị (impressions) và thay bằng số lượt xem nội dung (media view), "
        "không so sánh với số liệu trước đó.",
        SOURCE,
    ),
    DefinitionBreak(
        Metric.FOLLOWERS,
        IMPRESSIONS_END,
        "Từ ngày 15/11/2025 Facebook bỏ số người thích Trang (fans) và chỉ còn số người theo dõi (follows), không so "
        "sánh với số liệu trước đó.",
        SOURCE,
    ),
    DefinitionBreak(
        Metric.NEW_FOLLOWERS,
        IMPRESSIONS_END,
        "Từ ngày 15/11/2025 Facebook đếm người theo dõi mới thay cho người thích Trang mới, không so sánh với số liệu "
        "trước đó.",
        SOURCE,
    ),
    DefinitionBreak(
        Metric.LOST_FOLLOWERS,
        IMPRESSIONS_END,
        "Từ ngày 15/11/2025 Facebook đếm người bỏ theo dõi thay cho người bỏ thích Trang, không so sánh với số liệu "
        "trước đó.",
        SOURCE,
    ),
    DefinitionBreak(
        Metric.REACH,
        UNIQUE_END,
        "Từ ngày 15/06/2026 Facebook bỏ số người tiếp cận theo lượt hiển thị (impressions unique) và thay bằng số "
        "người đã xem nội dung (media view unique), không so sánh với số liệu trước đó.",
        SOURCE,
    ),
)

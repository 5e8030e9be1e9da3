"""The days on which YouTube began to count views in another way (youtube 4.1)."""

from datetime import date

from connectors.measuring import DefinitionBreak, Metric

SOURCE = "youtube 4.1"

BREAKS = (
    DefinitionBreak(
        Metric.VIEWS,
        date(2025, 3, 31),
        "Từ ngày 31/03/2025 YouTube đếm lượt xem Shorts ngay khi video bắt đầu phát hoặc phát lại, không so sánh với "
        "số liệu trước đó; số đếm theo cách cũ là “lượt xem có tương tác” (engagedViews).",
        SOURCE,
    ),
    DefinitionBreak(
        Metric.VIEWS,
        date(2026, 8, 24),
        "Từ khoảng ngày 24/08/2026 YouTube đếm lượt xem của mọi video ngay khi bắt đầu phát, kể cả tự phát và xem "
        "lướt, không so sánh với số liệu trước đó.",
        SOURCE,
        sure=False,  # Google announced it on the 27th; the day itself is second-hand
    ),
)

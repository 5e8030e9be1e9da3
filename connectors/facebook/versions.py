"""The versions of the Graph API and how long each can be used (facebook 1.1); a new line is a reviewed change."""

from datetime import date, datetime, timedelta

from connectors.base import Finding

USABLE_UNTIL: dict[str, date | None] = {
    "v26.0": None,  # not announced; not before 29/07/2028
    "v25.0": date(2028, 7, 29),
    "v24.0": date(2028, 2, 18),
    "v23.0": date(2027, 10, 8),
    "v22.0": date(2027, 5, 20),
    "v21.0": date(2027, 1, 21),
    "v20.0": date(2026, 9, 24),
    "v19.0": date(2026, 5, 21),
    "v18.0": date(2026, 1, 26),
}
"""As known in November 2026."""
SOON = timedelta(days=120)
WHAT = "Phiên bản Graph API"
UPDATE = "Hãy báo người quản trị hệ thống cập nhật phần mềm và thiết lập phiên bản Graph API."


def look_at(pinned: str, served: str, now: datetime) -> list[Finding]:
    """Whether the pinned version is in use, for how long, and whether it is what really answers."""
    found = [_of_pin(pinned, now.date())]
    if served != pinned:
        words = f"Hệ thống gọi {pinned} nhưng Facebook trả lời bằng {served}; số liệu có thể khác."
        found.append(Finding(WHAT, False, words, UPDATE))
    return found


def _of_pin(pinned: str, today: date) -> Finding:
    if pinned not in USABLE_UNTIL:
        words = f"Hệ thống không biết phiên bản {pinned}; Facebook có thể trả lời bằng phiên bản cũ nhất còn dùng được."
        return Finding(WHAT, False, words, UPDATE)
    until = USABLE_UNTIL[pinned]
    if until is None:
        return Finding(WHAT, True, f"Đang dùng {pinned}; Facebook chưa công bố ngày ngừng.")
    day = until.strftime("%d/%m/%Y")
    if today >= until:
        words = f"Phiên bản {pinned} đã hết hạn ngày {day}; Facebook trả lời bằng phiên bản cũ nhất còn dùng được."
        return Finding(WHAT, False, words, UPDATE)
    if today >= until - SOON:
        return Finding(WHAT, False, f"Phiên bản {pinned} chỉ dùng được đến ngày {day}.", UPDATE)
    return Finding(WHAT, True, f"Đang dùng {pinned}, dùng được đến ngày {day}.")

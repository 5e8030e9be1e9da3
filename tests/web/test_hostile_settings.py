"""Whatever is sent to the rooms of settings and channels, and whatever an address says, nothing of ours breaks."""

import pytest

from tests.web.desk import Desk, Visitor
from web.roles import Role

FORMS = (
    *("/cau-hinh/co-quan-moi", "/cau-hinh/co-quan/snv", "/cau-hinh/co-quan/theo-tep", "/cau-hinh/ngay-nghi"),
    *("/cau-hinh/ngay-nghi/2026-09-02", "/cau-hinh/nguon-tin-moi", "/cau-hinh/tam-dung/quoc_tang"),
    *("/cau-hinh/nhan-dien-moi", "/cau-hinh/nhan-dien/snv", "/kenh/fanpage/khung-gio", "/kenh/fanpage/tuy-chon"),
    *("/kenh/fanpage/co-quan", "/kenh/ket-noi"),
)
FIELDS = (
    *("code", "name", "short", "kind", "duties", "valid_from", "valid_to", "replaced_by", "on", "key", "address"),
    *("topic", "agency", "every_minutes", "words", "line", "palette", "seen", "dau", "slot0", "o.reel", "kenh"),
)
GOOD = {
    **{"name": "X", "short": "X", "kind": "nhom", "code": "moi_1", "on": "01/02/2029", "key": "k-1", "words": "x"},
    **{"address": "https://127.0.0.1/rss", "every_minutes": "30", "agency": "bao_chi", "nen_tang": "facebook"},
}
VALUES = ("a\x00b", "x" * 5000, "<script>alert(1)</script>", "{x}{{7*7}}%00", "\u202e\ufeff", "' OR 1=1 --", "\x0b\x1f")
ADDRESSES = (
    *("/kenh/{}", "/kenh/{}/kiem-tra", "/kenh/{}/khung-gio", "/kenh/ket-noi/lan/{}", "/kenh/ket-noi/chon/{}"),
    *("/kenh/ket-noi?kenh={}", "/kenh/ket-noi?nen-tang={}", "/kenh/ket-noi/ve?state={}&code={}"),
    *("/cau-hinh/co-quan/{}", "/cau-hinh/nguon-tin/{}", "/cau-hinh/nguon-tin/{}/doc", "/cau-hinh/nhan-dien/{}"),
    *(
        "/cau-hinh/nhan-dien/{}/logo.png",
        "/cau-hinh/ngay-nghi/{}",
        "/cau-hinh/ngay-nghi/{}/xoa",
        "/cau-hinh/{}/theo-tep",
    ),
    *("/cau-hinh/ngay-nghi?nam={}", "/cau-hinh/nhan-dien-moi?co-quan={}", "/cau-hinh/tam-dung/{}"),
)


@pytest.fixture
def both_roles(both: Desk) -> Visitor:
    """Somebody whom every door is open to."""
    both.channel(key="fanpage")
    return both.visit(both.person("an", "An", Role.CHANNEL_ADMIN, Role.SYSTEM_ADMIN))


def test_no_value_in_any_field_breaks_a_form(both_roles: Visitor) -> None:
    for path in FORMS:
        for value in VALUES:
            for form in (dict.fromkeys(FIELDS, value), GOOD | {"name": value, "duties": value, "line": value}):
                answer = both_roles.post(path, form, allow_redirects=False)
                assert answer.status_code < 500, (path, value[:20], answer.status_code)
                assert "<script>alert" not in answer.text


def test_no_address_breaks_a_page(both_roles: Visitor) -> None:
    for pattern in ADDRESSES:
        for word in ("%00", "a%00b", "%ff", "x" * 3000, "..%2f..", "%F0%9F%98%80", "%3Cx%3E"):
            path = pattern.replace("{}", word)
            for answer in (both_roles.get(path), both_roles.post(path, allow_redirects=False)):
                assert answer.status_code < 500, (path[:60], answer.status_code)

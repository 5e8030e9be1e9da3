from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from content.checks import Finding, check
from content.postfile import PostFile, read_post
from tests.content.shelf import plan, shelf


@pytest.fixture
def good(tmp_path: Path) -> PostFile:
    return read_post(shelf(tmp_path), plan())


def findings(post: PostFile, **changes: Any) -> list[Finding]:
    changed = replace(post, **changes)
    return check(changed, changed.places(), plan())


def test_a_good_post_has_no_finding(good: PostFile) -> None:
    assert findings(good) == []


@pytest.mark.parametrize(
    ("changes", "field", "words", "blocks"),
    [
        ({"topic": "z"}, "topic", "đ (Dịch vụ công trực tuyến)", True),
        ({"source": " "}, "source", "thiếu nguồn chính thống", True),
        ({"title": ""}, "title", "chưa có tiêu đề", True),
        ({"body": "\n"}, "body", "chưa có nội dung", True),
        ({"title": "Đề án " * 20}, "title", "nên viết trong 90 ký tự", False),
        ({"title": "ĐỀ ÁN MỘT CỬA"}, "title", "viết hoa toàn bộ", False),
        ({"title": "Cách làm hay: [tên mô hình]"}, "title", "còn chỗ chưa điền: “[tên mô hình]”", True),
        ({"variants": {"zalo": {"text": "Gọi ……"}}}, "variants.zalo.text", "còn chỗ chưa điền", True),
        ({"legal_refs": ["61/2018/NĐ-CP"]}, "legal_refs", "đã hết hiệu lực: Nghị định 61/2018/NĐ-CP", False),
        ({"body": "Theo Nghị định 61/2018/NĐ-CP."}, "legal_refs", "Hãy dùng 118/2025/NĐ-CP", False),
        ({"legal_refs": ["23/CT-TTg"]}, "legal_refs", "Cần kiểm tra hiệu lực", False),
        ({"legal_refs": ["1/2030/NĐ-CP"]}, "legal_refs", "chưa có trong danh mục văn bản", False),
        ({"body": "Xem https://bit.ly/abc"}, "body", "bit.ly nằm ngoài danh sách", False),
        ({"body": "Xem https://gov.vn.example.com/x"}, "body", "gov.vn.example.com nằm ngoài", False),
        ({"body": "Xem https://dichvucong-gov.vn"}, "body", "dichvucong-gov.vn nằm ngoài", False),
        ({"body": "Xem http://hue.gov.vn."}, "body", "hãy dùng https", False),
        ({"source_url": "hue.gov.vn"}, "source_url", "không phải địa chỉ trang", True),
        ({"hashtags": ["#Cải-cách"]}, "hashtags", "chữ và số viết liền", True),
        ({"hashtags": ["#2026"]}, "hashtags", "chữ và số viết liền", True),
        ({"hashtags": ["#CảiCách"]}, "hashtags", "nên viết không dấu", False),
        ({"hashtags": ["#CCHC", "#cchc"]}, "hashtags", "viết hai lần", False),
        ({"audiences": ["tre_em"]}, "audiences", "không có đối tượng “tre_em”", True),
        ({"platforms": []}, "platforms", "chưa chọn nền tảng", True),
        ({"platforms": ["facebook"]}, "variants.zalo", "platforms không chọn nó", True),
        ({"form": "video"}, "assets", "chưa có tệp video", True),
        ({"form": "lien_ket"}, "source_url", "phải có địa chỉ bài gốc", True),
        ({"assets": []}, "assets", "chưa có ảnh", True),
        ({"body": "L\ufffdy l\ufffdi"}, "body", "chữ bị hỏng", True),
        ({"body": "cải сách"}, "body", "U+0441", False),
        ({"body": "b\u0323\u0301"}, "body", "có ký tự lạ", False),
        ({"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)}, "valid_to", "đứng trước", True),
    ],
)
def test_each_slip_is_found_in_its_field(
    good: PostFile, changes: dict[str, Any], field: str, words: str, blocks: bool
) -> None:
    found = findings(good, **changes)
    assert any(one.field == field and words in one.words and one.blocks is blocks for one in found), found


def test_a_picture_without_alternative_text_blocks(good: PostFile) -> None:
    silent = [replace(good.assets[0], alt=" ")]
    assert [one.blocks for one in findings(good, assets=silent)] == [True]


@pytest.mark.parametrize(
    "body",
    [
        "Xem https://dichvucong.gov.vn.",
        "Xem https://xaydungchinhsach.chinhphu.vn/bai-viet",
        "“Đề án 06” (giai đoạn 2) tăng 88,38% – 🎉",
        "Theo Nghị định 2361/2018/NĐ-CP",
    ],
)
def test_good_words_raise_no_alarm(good: PostFile, body: str) -> None:
    assert findings(good, body=body) == []
